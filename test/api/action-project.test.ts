import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { itemId } from '../../domain/ids.ts';
import { violations } from '../support/invariants.ts';
import { OFFICE } from '../support/people.ts';
import { give, walkTo } from './cases.ts';
import { drive } from './driven.ts';
import { beginFlow, type Flow, told, type Told, EVIDENCE, IN_PROGRESS, grantRole, revoke } from './flow.ts';
import { setTime } from './stopped-clock.ts';

let flow: Flow;
beforeAll(async () => {
  flow = await beginFlow();
  await grantRole(flow.api, 'clerk.pa', 'clerk2', 'unit_clerk', { unit: 'YX-PA' });
});
beforeEach(async () => await setTime(flow.api, '2026-03-02T09:00'));
afterEach(async () => expect(await violations(flow.api.db.admin)).toEqual([]));
afterAll(async () => await flow.api.end());

const handIn = async (id: string): Promise<Told> =>
  await flow.does('case1', id, 'hand-in', { evidence: EVIDENCE, result: '已办' });

describe('request-extension', () => {
  const ask = async (id: string, amount: unknown = 3, user = 'clerk1'): Promise<Told> =>
    await flow.does(user, id, 'request-extension', { amount, reason: '配件未到' });

  test('asked and granted makes the limit longer, from the same start, and takes the label away', async () => {
    const id = await walkTo(flow.api, 'start-work');
    const before = await flow.clockOf(id, 'handle');
    expect(before).toMatchObject({ due: '2026-03-04T17:30:00+08:00', limit: { amount: 2 } });
    expect(await ask(id)).toEqual(IN_PROGRESS);
    expect((await flow.viewOf(id)).labels).toMatchObject([{ code: 'extension_review' }]);
    expect(await flow.clockOf(id, 'handle')).toEqual(before); // asking stops nothing
    await setTime(flow.api, '2026-03-03T10:00');
    expect(await flow.decide('supervise1', id)).toEqual(IN_PROGRESS);
    expect(await flow.clockOf(id, 'handle')).toMatchObject({
      run: before?.run,
      due: '2026-03-09T17:30:00+08:00',
      limit: { kind: 'work_day', amount: 5 },
    });
    expect(await flow.viewOf(id)).toMatchObject({ labels: [], counts: { extensions: 1, extended: 3 } });
  });

  test.each([
    ['nothing', 0, 400, 'shape-invalid'],
    ['less than nothing', -3, 400, 'shape-invalid'],
    ['half a day', 1.5, 400, 'shape-invalid'],
    ['a word', 'many', 400, 'shape-invalid'],
    ['15 working days', 15, 200, 'in_progress'],
    ['16 working days', 16, 422, 'extension-exceeded'],
  ])('for %s', async (_title, amount, status, code) => {
    expect(await ask(await walkTo(flow.api, 'start-work'), amount)).toEqual([status, code]);
  });

  test('at the due instant is in time, a millisecond later is not, whenever it is decided', async () => {
    const [one, two] = [await walkTo(flow.api, 'start-work'), await walkTo(flow.api, 'start-work')];
    await setTime(flow.api, '2026-03-04T17:30:00.000');
    expect(await ask(one)).toEqual(IN_PROGRESS);
    await setTime(flow.api, '2026-03-04T17:30:00.001');
    expect(await ask(two)).toEqual([409, 'asked-too-late']);
    await setTime(flow.api, '2026-03-05T10:00');
    expect(await flow.decide('supervise1', one)).toEqual(IN_PROGRESS);
    expect((await flow.clockOf(one, 'handle'))?.due).toBe('2026-03-09T17:30:00+08:00');
  });

  test('invariant 26: what the old limit had reached is recorded once, and the levels of the new one are new', async () => {
    const id = await walkTo(flow.api, 'start-work');
    await ask(id);
    await setTime(flow.api, '2026-03-05T10:00');
    await flow.decide('supervise1', id);
    await setTime(flow.api, '2026-03-10T10:00');
    await drive(flow.api.db.store, OFFICE, itemId(id));
    const { rows } = await flow.api.db.admin.query<{ level: string }>(
      `SELECT (event->'level'->'limit'->>'amount') || ':' || (event->'level'->>'level') AS level
         FROM record, json_array_elements(bytes::json->'data'->'events') AS event
         WHERE stream_id = $1 AND event->>'type' = 'level-reached' AND event->'level'->>'id' = 'handle' ORDER BY seq`,
      [id],
    );
    expect(rows.map(({ level }) => level)).toEqual(['2:1', '2:2', '5:1', '5:2']);
  });

  test('twice at most, together 15 working days at most', async () => {
    const id = await walkTo(flow.api, 'start-work');
    await ask(id, 9);
    await flow.decide('supervise1', id);
    expect(await ask(id, 7)).toEqual([422, 'extension-exceeded']);
    expect(await ask(id, 6)).toEqual(IN_PROGRESS);
    await flow.decide('supervise1', id);
    expect(await ask(id, 1)).toEqual([409, 'extensions-used-up']);
    expect((await flow.clockOf(id, 'handle'))?.limit.amount).toBe(17);
  });

  test('that is refused leaves the limit and may be asked again', async () => {
    const id = await walkTo(flow.api, 'start-work');
    await ask(id);
    expect(await ask(id)).toEqual([409, 'already-requested']);
    expect(await flow.decide('supervise1', id, 'refuse-request', { reason: '理由不足' })).toEqual(IN_PROGRESS);
    expect((await flow.clockOf(id, 'handle'))?.limit.amount).toBe(2);
    expect(await ask(id)).toEqual(IN_PROGRESS);
  });

  test('is for the unit’s clerk and granted by the supervisor; S2: never by who asked', async () => {
    const id = await walkTo(flow.api, 'start-work');
    expect(await ask(id, 3, 'clerk2')).toEqual([403, 'other-unit']);
    expect(await ask(id, 3, 'case1')).toEqual([403, 'not-permitted']);
    expect(await ask(await walkTo(flow.api, 'hand-in'))).toEqual([409, 'wrong-state']);
    await ask(id);
    expect(await flow.decide('dispatch1', id)).toEqual([403, 'not-permitted']);
    await grantRole(flow.api, 's2', 'clerk1', 'supervisor');
    expect(await flow.decide('clerk1', id)).toEqual([403, 'second-person-needed']);
    await revoke(flow.api, 's2');
  });
});

describe('request-suspension', () => {
  const ask = async (id: string, reviewDays: unknown = 30, user = 'clerk1'): Promise<Told> =>
    await flow.does(user, id, 'request-suspension', { ground: 'season', reviewDays, reason: '须待春季' });
  async function suspended(reviewDays = 30): Promise<string> {
    const id = await walkTo(flow.api, 'start-work');
    await ask(id, reviewDays);
    await flow.decide('supervise1', id);
    expect(await flow.decide('leader1', id)).toEqual([200, 'suspended']);
    return id;
  }

  test('takes two persons besides the asker, pauses the handling clock and sets the review', async () => {
    const id = await walkTo(flow.api, 'start-work');
    expect(await ask(id)).toEqual(IN_PROGRESS);
    expect((await flow.viewOf(id)).labels).toMatchObject([{ code: 'suspension_review' }]);
    expect(await flow.decide('supervise1', id)).toEqual(IN_PROGRESS);
    expect((await flow.viewOf(id)).requests[0]?.granted).toEqual(['supervise1']);
    expect(await flow.decide('supervise1', id)).toEqual([403, 'second-person-needed']);
    expect(await flow.decide('supervise2', id)).toEqual([200, 'suspended']);
    expect(await flow.clockOf(id, 'handle')).toMatchObject({ due: null, paused: true });
    expect((await flow.clockOf(id, 'review'))?.due).toBe('2026-04-02T00:00:00+08:00');
  });

  test('the database too keeps the two apart from each other and from the asker', async () => {
    const id = await walkTo(flow.api, 'start-work');
    await ask(id);
    const first = async (who: string): Promise<unknown> =>
      await flow.api.db.admin.query('UPDATE request SET granted_first = $2 WHERE item_id = $1', [id, who]);
    await expect(first('clerk1')).rejects.toMatchObject({ constraint: 'second-person-needed-twice' });
    await flow.decide('supervise1', id);
    const second = flow.api.db.admin.query(
      "UPDATE request SET decided_by = 'supervise1', outcome = 'granted' WHERE item_id = $1",
      [id],
    );
    await expect(second).rejects.toMatchObject({ constraint: 'second-person-needed-twice' });
  });

  test.each([
    ['no day', 0, 400, 'shape-invalid'],
    ['a day in the past', -1, 400, 'shape-invalid'],
    ['90 days', 90, 200, 'in_progress'],
    ['91 days', 91, 422, 'review-too-far'],
  ])('with a review in %s', async (_title, days, status, code) => {
    expect(await ask(await walkTo(flow.api, 'start-work'), days)).toEqual([status, code]);
  });

  test('is resumed by a supervisor with a reason, and the clock goes on where it stopped', async () => {
    const id = await suspended();
    await setTime(flow.api, '2026-03-12T09:00');
    expect(await flow.does('clerk1', id, 'resume', { reason: 'x' })).toEqual([403, 'not-permitted']);
    expect(await flow.does('supervise1', id, 'resume')).toEqual([422, 'reason-missing']);
    expect(await flow.does('supervise1', id, 'resume', { reason: '资金到位' })).toEqual(IN_PROGRESS);
    // of the fourteen office hours six and a half lie on the twelfth, seven on the thirteenth, and half an hour on Monday
    expect(await flow.clockOf(id, 'handle')).toMatchObject({ due: '2026-03-16T09:00:00+08:00', paused: false });
    expect(await flow.clockOf(id, 'review')).toBeUndefined();
  });

  test('is resumed by its date, and nothing of the paused clock fires meanwhile', async () => {
    const id = await suspended(10);
    await setTime(flow.api, '2026-03-12T23:59:59.999');
    await drive(flow.api.db.store, OFFICE, itemId(id));
    expect((await flow.viewOf(id)).state.id).toBe('suspended');
    await setTime(flow.api, '2026-03-13T00:00:00.001');
    await drive(flow.api.db.store, OFFICE, itemId(id));
    expect((await flow.viewOf(id)).state.id).toBe('in_progress');
    const { rows } = await flow.api.db.admin.query<{ type: string; id: string | null }>(
      `SELECT bytes::json->>'type' AS type, bytes::json->'data'->'payload'->>'id' AS id FROM record
         WHERE stream_id = $1 AND bytes::json->'actor'->>'id' = 'system' ORDER BY seq`,
      [id],
    );
    expect(rows.map(({ type, id: clock }) => (clock === null ? type : `${type} ${clock}`))).toEqual([
      'reach-level review',
      'reach-level review',
      'resume',
    ]);
  });

  test('is for the unit’s clerk while the work goes on', async () => {
    expect(await ask(await walkTo(flow.api, 'start-work'), 30, 'clerk2')).toEqual([403, 'other-unit']);
    expect(await ask(await walkTo(flow.api, 'sign'))).toEqual([409, 'wrong-state']);
    expect(await ask(await suspended())).toEqual([409, 'wrong-state']);
  });
});

describe('report-progress', () => {
  test('commutes: it is taken at whatever revision its sender saw, or at none', async () => {
    const id = await walkTo(flow.api, 'start-work');
    const answers = await Promise.all(
      ['一楼', '二楼', '三楼'].map(
        async (note) => await give(flow.api, 'case1', id, 'report-progress', { note }, { 'if-match': '*' }),
      ),
    );
    expect(answers.map(told)).toEqual([IN_PROGRESS, IN_PROGRESS, IN_PROGRESS]);
    const star = { 'if-match': '*' };
    expect(told(await give(flow.api, 'case1', id, 'hand-in', { evidence: EVIDENCE, result: 'x' }, star))).toEqual([
      428,
      'if-match-missing',
    ]);
  });

  test('says something, is for the unit’s people, and names no milestone that there is not', async () => {
    const id = await walkTo(flow.api, 'start-work');
    expect(await flow.does('case1', id, 'report-progress')).toEqual([422, 'reason-missing']);
    expect(await flow.does('case2', id, 'report-progress', { note: 'x' })).toEqual([403, 'other-unit']);
    expect(await flow.does('case1', id, 'report-progress', { milestone: 'roof', note: 'x' })).toEqual([
      422,
      'unknown-milestone',
    ]);
    expect(await flow.does('clerk1', await walkTo(flow.api, 'hand-in'), 'report-progress', { note: 'x' })).toEqual([
      409,
      'wrong-state',
    ]);
  });
});

describe('co-tasks', () => {
  const open = async (id: string, unit = 'YX-PA', user = 'case1'): Promise<Told> =>
    await flow.does(user, id, 'open-task', { unit, reason: '维持秩序' });

  test('have a clock and an answer of their own, and hold the hand-in back until it is there', async () => {
    const id = await walkTo(flow.api, 'start-work');
    expect(await open(id)).toEqual(IN_PROGRESS);
    const [task] = (await flow.viewOf(id)).tasks;
    expect(task).toMatchObject({ kind: 'co-task', unit: 'YX-PA', answer: null });
    expect((await flow.clockOf(id, `co-task.${task?.id}`))?.due).toBe('2026-03-09T17:30:00+08:00');
    expect(await handIn(id)).toEqual([409, 'open-tasks']);
    const answer = { task: task?.id, answer: 'done', result: '已到场' };
    expect(await flow.does('case1', id, 'answer-task', answer)).toEqual([403, 'other-unit']);
    expect(await flow.does('clerk2', id, 'answer-task', { ...answer, task: 't99' })).toEqual([422, 'unknown-task']);
    expect(await flow.does('clerk2', id, 'answer-task', answer)).toEqual(IN_PROGRESS);
    expect(await flow.does('clerk2', id, 'answer-task', answer)).toEqual([409, 'task-answered']);
    expect(await flow.clockOf(id, `co-task.${task?.id}`)).toBeUndefined();
    expect(await handIn(id)).toEqual([200, 'handled']);
  });

  test('go to a unit that there is, asked by the unit in charge', async () => {
    const id = await walkTo(flow.api, 'start-work');
    expect(await open(id, 'NOWHERE')).toEqual([422, 'unknown-unit']);
    expect(await open(id, 'YX-PA', 'case2')).toEqual([403, 'other-unit']);
    expect(await open(await walkTo(flow.api, 'sign'))).toEqual([409, 'wrong-state']);
  });

  test('of several, one answer stops one clock', async () => {
    const id = await walkTo(flow.api, 'start-work');
    await open(id);
    await open(id, 'X-GD');
    const [one, two] = (await flow.viewOf(id)).tasks;
    await flow.does('clerk2', id, 'answer-task', { task: one?.id, answer: 'partly', result: 'x' });
    expect(await flow.clockOf(id, `co-task.${one?.id}`)).toBeUndefined();
    expect(await flow.clockOf(id, `co-task.${two?.id}`)).toBeDefined();
  });
});

describe('whistle', () => {
  const blow = async (id: string, user = 'supervise1', unit = 'X-GD'): Promise<Told> =>
    await flow.does(user, id, 'whistle', { unit, ground: 'public_complaint', reason: '街道无权处置' });

  test('is answered by the department’s liaison and rated by the side that blew it; a poor answer is another round', async () => {
    const id = await walkTo(flow.api, 'start-work');
    expect(await blow(id)).toEqual(IN_PROGRESS);
    const view = await flow.viewOf(id);
    expect(view.labels).toMatchObject([{ code: 'escalated' }]);
    const task = view.tasks[0]?.id ?? '';
    const clock = `whistle.${task}`;
    expect((await flow.clockOf(id, clock))?.due).toBe('2026-03-05T17:30:00+08:00');
    const answer = { task, answer: 'done', result: '已到场' };
    expect(await flow.does('supervise1', id, 'rate-whistle', { task, rating: 'good' })).toEqual([
      409,
      'task-not-answered',
    ]);
    expect(await handIn(id)).toEqual([409, 'open-tasks']);
    expect(await flow.does('liaison1', id, 'answer-whistle', answer)).toEqual([403, 'other-unit']);
    expect(await flow.does('clerk1', id, 'answer-whistle', answer)).toEqual([403, 'not-permitted']);
    expect(await flow.does('liaison2', id, 'answer-task', answer)).toEqual([422, 'unknown-task']);
    expect(await flow.does('liaison2', id, 'answer-whistle', answer)).toEqual(IN_PROGRESS);
    expect(await flow.clockOf(id, clock)).toBeUndefined();
    const poor = { task, rating: 'poor', again: 'yes', reason: '未解决' };
    expect(await flow.does('liaison2', id, 'rate-whistle', poor)).toEqual([403, 'not-permitted']);
    expect(await flow.does('supervise1', id, 'rate-whistle', poor)).toEqual(IN_PROGRESS);
    expect((await flow.viewOf(id)).tasks).toMatchObject([{ round: 2, answer: null, rating: 'poor' }]);
    expect(await flow.clockOf(id, clock)).toBeDefined();
    await flow.does('liaison2', id, 'answer-whistle', answer);
    expect(await flow.does('supervise1', id, 'rate-whistle', { task, rating: 'fair' })).toEqual(IN_PROGRESS);
    expect((await flow.viewOf(id)).tasks).toMatchObject([{ round: 2, answer: 'done', rating: 'fair' }]);
    expect(await handIn(id)).toEqual([200, 'handled']);
  });

  test('is blown by whoever may, to a department that there is', async () => {
    const id = await walkTo(flow.api, 'start-work');
    expect(await blow(id, 'case1')).toEqual([403, 'not-permitted']);
    expect(await blow(id, 'supervise1', 'NOWHERE')).toEqual([422, 'unknown-unit']);
    expect(await blow(await walkTo(flow.api, 'sign'))).toEqual([409, 'wrong-state']);
  });
});

describe('a clock that is due', () => {
  test('tells the unit above the one in charge, once', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    await setTime(flow.api, '2026-03-02T15:00:00.001');
    await drive(flow.api.db.store, OFFICE, itemId(id));
    const { rows } = await flow.api.db.admin.query<{ event: object; facts: object }>(
      `SELECT event, bytes::json->'facts' AS facts FROM record, json_array_elements(bytes::json->'data'->'events') AS event
         WHERE stream_id = $1 AND event->>'type' = 'escalated'`,
      [id],
    );
    expect(rows).toMatchObject([{ event: { id: 'sign', unit: 'YX' }, facts: { above: ['YX', 'DIST', 'CITY'] } }]);
  });
});
