import type { LightMyRequestResponse } from 'fastify';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { violations } from '../support/invariants.ts';
import { codeOf, give, revOf, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';
import { setTime, stopClock } from './stopped-clock.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi({ simulation: true });
  await stopClock(api);
  await api.db.admin.query("UPDATE resource SET capacity = 1000 WHERE id = 'R05'");
  await api.db.admin.query('UPDATE team SET max_open_load = 100');
});
beforeEach(async () => await setTime(api, '2026-03-02T09:00'));
afterEach(async () => expect(await violations(api.db.admin)).toEqual([]));
afterAll(async () => await api.end());

interface View {
  state: { id: string };
  fields: Record<string, string | number>;
  labels: { code: string }[];
  requests: { id: string }[];
  clocks: { id: string }[];
}
const viewOf = async (id: string): Promise<View> => (await api.get('audit1', `/v1/cases/${id}`)).json<View>();
type Told = [status: number, answer: string];
const told = (answer: LightMyRequestResponse): Told => [
  answer.statusCode,
  answer.statusCode === 200 ? answer.json<{ state: string }>().state : codeOf(answer),
];
const does = async (user: string, id: string, command: string, body: object = {}): Promise<Told> =>
  told(await give(api, user, id, command, body));
const requestOf = async (id: string): Promise<object> => ({ request: (await viewOf(id)).requests[0]?.id ?? 'q99' });
const reason = { reason: '依据充分' };

/** Before the review, with this answer of the check and of the resident. */
async function reviewed(outcome: string, answer: object): Promise<string> {
  const id = await walkTo(api, 'draw-check');
  await does('inspect1', id, 'check', { outcome, ...reason });
  await does('duty1', id, 'draw-call-back');
  await does('callback1', id, 'call-back', answer);
  expect(await does('duty1', id, 'submit-review')).toEqual([200, 'closure_review']);
  return id;
}
const said = (solved: string): object => ({ reached: 'reached', solved, satisfied: 'yes' });
const silent = { reached: 'refused' };

describe('check', () => {
  test.each<[string, object, Told]>([
    ['that passes', { outcome: 'pass' }, [200, 'checking']],
    ['that fails', { outcome: 'fail', ...reason }, [200, 'rework']],
    ['that fails without a reason', { outcome: 'fail' }, [422, 'reason-missing']],
    ['that could not be made', { outcome: 'cannot_check', ...reason }, [200, 'checking']],
    ['that could not be made for no reason', { outcome: 'cannot_check' }, [422, 'reason-missing']],
    ['with no outcome there is', { outcome: 'perhaps' }, [400, 'shape-invalid']],
  ])('%s', async (_title, body, expected) =>
    expect(await does('inspect1', await walkTo(api, 'draw-check'), 'check', body)).toEqual(expected),
  );

  test('that could not be made still leads to the resident', async () => {
    const id = await walkTo(api, 'draw-check');
    await does('inspect1', id, 'check', { outcome: 'cannot_check', ...reason });
    expect(await does('duty1', id, 'draw-call-back')).toEqual([200, 'callback']);
  });
});

describe('review', () => {
  test.each<[string, string, string, object, object, Told]>([
    ['solved', 'checked and confirmed', 'pass', said('yes'), {}, [200, 'closed']],
    ['solved', 'checked, the resident will not speak', 'pass', silent, {}, [200, 'closed']],
    ['solved', 'not checkable and confirmed', 'cannot_check', said('yes'), {}, [200, 'closed']],
    ['solved', 'not checkable and silent', 'cannot_check', silent, {}, [422, 'closure-unfit']],
    ['solved', 'checked and denied', 'pass', said('no'), {}, [422, 'closure-unfit']],
    ['solved', 'checked and partly confirmed', 'pass', said('partly'), {}, [422, 'closure-unfit']],
    ['partly_solved', 'with what is left', 'pass', said('partly'), { remainder: '其余楼层' }, [200, 'closed']],
    ['partly_solved', 'with nothing left', 'pass', said('partly'), {}, [422, 'remainder-missing']],
    ['partly_solved', 'with an unknown project', 'pass', said('partly'), { project: 'P99' }, [422, 'not-linked']],
    ['explained', 'without a reason', 'pass', said('no'), {}, [422, 'reason-missing']],
    ['explained', 'asked of a second reviewer', 'pass', said('no'), reason, [200, 'closure_review']],
    ['unreasonable', 'asked of a second reviewer', 'pass', said('no'), reason, [200, 'closure_review']],
    ['merged', 'never merged', 'pass', said('yes'), {}, [422, 'closure-unfit']],
    ['withdrawn', 'by a reviewer', 'pass', said('yes'), reason, [400, 'shape-invalid']],
    ['void', 'by a reviewer', 'pass', said('yes'), reason, [400, 'shape-invalid']],
    ['forced', 'by a reviewer', 'pass', said('yes'), reason, [400, 'shape-invalid']],
  ])('%s, %s', async (closureType, _title, outcome, answer, more, expected) => {
    const id = await reviewed(outcome, answer);
    expect(await does('review1', id, 'review', { closureType, ...more })).toEqual(expected);
  });

  test.each(['explained', 'unreasonable'])('%s closes when a second reviewer agrees', async (closureType) => {
    const id = await reviewed('pass', said('no'));
    await does('review1', id, 'review', { closureType, ...reason });
    expect((await viewOf(id)).labels).toMatchObject([{ code: 'review_review' }]);
    expect(await does('review1', id, 'review', { closureType, ...reason })).toEqual([409, 'already-requested']);
    expect(await does('review1', id, 'grant', await requestOf(id))).toEqual([403, 'second-person-needed']);
    expect(await does('supervise1', id, 'grant', await requestOf(id))).toEqual([403, 'not-permitted']);
    expect(await does('review2', id, 'grant', await requestOf(id))).toEqual([200, 'closed']);
    expect((await viewOf(id)).fields['closureType']).toBe(closureType);
  });

  test('invariant 22: neither who asks for a closure nor who grants it has worked on the case, checked it or chosen its resources', async () => {
    const id = await reviewed('pass', said('no'));
    await api.db.admin.query(
      `INSERT INTO role_grant (office_id, id, user_id, role, unit_id, valid_from)
         SELECT 'YX', u || '.now-reviewer', u, 'closure_reviewer', 'YX-JD', '2026-01-01' FROM unnest(ARRAY['match1', 'case1', 'inspect1']) AS u`,
    );
    const body = { closureType: 'explained', ...reason };
    for (const user of ['match1', 'case1', 'inspect1'])
      expect([user, await does(user, id, 'review', body)]).toEqual([user, [403, 'separation-of-duties']]);
    expect(await does('review1', id, 'review', body)).toEqual([200, 'closure_review']);
    for (const user of ['match1', 'case1', 'inspect1'])
      expect([user, await does(user, id, 'grant', await requestOf(id))]).toEqual([user, [403, 'separation-of-duties']]);
    const duty = "INSERT INTO duty VALUES ('YX', $1, 'review1', 'handler')";
    await expect(api.db.admin.query(duty, [id])).rejects.toMatchObject({ constraint: 'separation-of-duties-S1' });
  });

  test('of two reviewers at once one closes it', async () => {
    const id = await reviewed('pass', said('yes'));
    const tag = { 'if-match': `"${await revOf(api, id)}"` };
    const close = async (user: string): Promise<number> =>
      (await give(api, user, id, 'review', { closureType: 'solved' }, { ...tag, 'idempotency-key': randomUUID() }))
        .statusCode;
    expect((await Promise.all([close('review1'), close('review2')])).sort()).toEqual([200, 412]);
  });

  test('what a partial solution leaves is queued in the same step, without a word of it', async () => {
    const id = await reviewed('pass', said('partly'));
    await does('review1', id, 'review', { closureType: 'partly_solved', remainder: '其余楼层的灯' });
    const { rows } = await api.db.admin.query<{ said: string }>(
      'SELECT q::text AS said FROM queued_command q WHERE source = $1',
      [id],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.said).not.toContain('其余楼层');
  });
});

describe('force-close', () => {
  test('is asked by a duty officer, granted by a leader, and named as what it is', async () => {
    const id = await walkTo(api, 'start-work');
    expect(await does('duty1', id, 'force-close', reason)).toEqual([200, 'in_progress']);
    expect(await does('supervise1', id, 'grant', await requestOf(id))).toEqual([403, 'not-permitted']);
    expect(await does('leader1', id, 'grant', await requestOf(id))).toEqual([200, 'closed']);
    expect((await viewOf(id)).fields['closureType']).toBe('forced');
    expect((await viewOf(id)).clocks.map((clock) => clock.id)).toEqual(['retention']);
  });

  test.each<[string, string, object, Told]>([
    ['by a reviewer', 'review1', reason, [403, 'not-permitted']],
    ['without a reason', 'duty1', {}, [422, 'reason-missing']],
  ])('%s', async (_title, user, body, expected) =>
    expect(await does(user, await walkTo(api, 'start-work'), 'force-close', body)).toEqual(expected),
  );

  test('of a case that waits for intake is refused', async () => {
    expect(await does('duty1', await walkTo(api, 'submit'), 'force-close', reason)).toEqual([409, 'wrong-state']);
  });

  test('refused with a reason leaves the case where it is', async () => {
    const id = await walkTo(api, 'start-work');
    await does('duty1', id, 'force-close', reason);
    const refusal = { ...(await requestOf(id)), ...reason };
    expect(await does('leader1', id, 'refuse-request', refusal)).toEqual([200, 'in_progress']);
  });
});

describe('reopen', () => {
  const closed = async (): Promise<string> => {
    const id = await walkTo(api, 'review');
    await does('match1', id, 'release');
    return id;
  };

  test('on the last of the thirty days is in time; a millisecond later it is not', async () => {
    const [inTime, late] = [await closed(), await closed()];
    await setTime(api, '2026-04-01T23:59:59.999');
    expect(await does('inspect1', inTime, 'reopen', reason)).toEqual([200, 'closed']);
    await setTime(api, '2026-04-02T00:00:00.001');
    expect(await does('inspect1', late, 'reopen', reason)).toEqual([409, 'reopening-too-late']);
    expect(await does('supervise1', inTime, 'grant', await requestOf(inTime))).toEqual([200, 'reopened']); // asked in time
  });

  test.each(['redirect', 'void'])('of what ended by %s is possible too', async (end) => {
    const id = await walkTo(api, 'submit');
    if (end === 'redirect') await does('intake1', id, 'redirect', { channel: 'court', told: '可起诉' });
    else {
      await does('duty1', id, 'void', reason);
      await does('duty2', id, 'grant', await requestOf(id));
    }
    await does('inspect1', id, 'reopen', reason);
    expect(await does('supervise1', id, 'grant', await requestOf(id))).toEqual([200, 'reopened']);
    expect((await viewOf(id)).fields).not.toHaveProperty('closureType');
  });

  test('invariant 38: nothing but a granted reopening leads out of an end, and nothing out of the archive', async () => {
    const id = await closed();
    for (const [user, command] of [
      ['case1', 'start-work'],
      ['review1', 'rework'],
      ['duty1', 'draw-check'],
      ['match1', 'start-matching'],
      ['match1', 'unblock'],
      ['dispatch1', 'unmerge'],
    ] as const)
      expect([command, await does(user, id, command, command === 'rework' ? reason : {})]).toEqual([
        command,
        [409, 'wrong-state'],
      ]);
    const leave = "UPDATE item SET place = 'registered' WHERE id = $1";
    await expect(api.db.admin.query(leave, [id])).rejects.toMatchObject({
      constraint: expect.stringMatching(/^item_/),
    });
  });
});
