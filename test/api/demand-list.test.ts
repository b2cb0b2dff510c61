import type { LightMyRequestResponse } from 'fastify';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { violations } from '../support/invariants.ts';
import { codeOf, create, give, REGISTER, revOf, walkTo } from './cases.ts';
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
  texts: Record<string, string>;
  labels: { code: string }[];
  requests: { id: string }[];
  parts: string[];
  area: string;
  clocks: { id: string; due: string | null }[];
  lead: { active: boolean } | null;
}
const viewOf = async (id: string): Promise<View> => (await api.get('audit1', `/v1/cases/${id}`)).json<View>();
type Told = [status: number, answer: string];
const told = (answer: LightMyRequestResponse): Told => [
  answer.statusCode,
  answer.statusCode === 200 ? answer.json<{ state: string }>().state : codeOf(answer),
];
const does = async (user: string, id: string, command: string, body: object = {}): Promise<Told> =>
  told(await give(api, user, id, command, body));
const fresh = async (): Promise<string> => (await create(api)).id;
const inMatching = async (): Promise<string> => await walkTo(api, 'start-matching');

/** The same at the same revision from many at once: one is applied. */
async function atOnce(id: string, command: string, body: object, users: string[]): Promise<number[]> {
  const tag = { 'if-match': `"${await revOf(api, id)}"` };
  const answers = await Promise.all(
    users.map(async (user) => await give(api, user, id, command, body, { ...tag, 'idempotency-key': randomUUID() })),
  );
  return answers.map(({ statusCode }) => statusCode).sort((a, b) => a - b);
}

const reason = { reason: '核对后更正' };
const notThere = { outcome: 'does_not_exist', result: '现场没有' };

describe('verify', () => {
  test('is asked for by intake and answered by whoever went there', async () => {
    const id = await fresh();
    expect(await does('intake1', id, 'verify')).toEqual([200, 'verifying']);
    expect(await does('grid2', id, 'verify', notThere)).toEqual([200, 'submitted']);
    expect((await viewOf(id)).fields['verified']).toBe('does_not_exist');
    expect(await does('intake1', id, 'verify')).toEqual([200, 'verifying']); // once more, and the old answer is forgotten
    expect((await viewOf(id)).fields).not.toHaveProperty('verified');
  });

  test.each<[string, string, object, Told]>([
    ['asked for by a matcher', 'match1', {}, [403, 'not-permitted']],
    ['answered before anybody was sent', 'intake1', notThere, [409, 'guard-not-met']],
    ['answered in no way there is', 'intake1', { outcome: 'perhaps' }, [400, 'shape-invalid']],
  ])('%s', async (_title, user, body, expected) =>
    expect(await does(user, await fresh(), 'verify', body)).toEqual(expected),
  );

  test.each<[string, string, object, Told]>([
    ['answered by whoever asked', 'intake1', notThere, [403, 'not-permitted']],
    ['answered without an outcome', 'grid2', { result: '看过了' }, [409, 'guard-not-met']],
    ['answered without words', 'grid2', { outcome: 'exists' }, [422, 'reason-missing']],
  ])('%s', async (_title, user, body, expected) => {
    const id = await fresh();
    await does('intake1', id, 'verify');
    expect(await does(user, id, 'verify', body)).toEqual(expected);
  });

  test('of a registered case is too late', async () => {
    expect(await does('intake1', await walkTo(api, 'register'), 'verify')).toEqual([409, 'wrong-state']);
  });
});

describe('refuse and redirect', () => {
  const grounds = [
    'outside_area',
    'outside_authority',
    'emergency_line',
    'in_procedure',
    'already_settled',
    'secret',
    'no_substance',
    'not_found',
  ];
  test.each(grounds)('a refusal for %s keeps the ground and what the resident was told', async (ground) => {
    const id = await fresh();
    const body = { ground, reason: '不属受理范围', told: '已告知向何处反映' };
    expect(await does('intake1', id, 'refuse', body)).toEqual([200, 'not_accepted']);
    expect((await viewOf(id)).fields['refusalGround']).toBe(ground);
  });

  test.each<[string, string, object, Told]>([
    ['refuse', '不给理由', { ground: 'secret', told: '已告知' }, [422, 'reason-missing']],
    ['refuse', '不告知', { ground: 'secret', reason: '涉密' }, [422, 'reason-missing']],
    ['refuse', '没有的理由', { ground: 'too_much_work', reason: 'x', told: 'x' }, [400, 'shape-invalid']],
    ['redirect', '不告知', { channel: 'court' }, [422, 'reason-missing']],
    ['redirect', '不说哪里', { told: '请起诉' }, [400, 'shape-invalid']],
    ['redirect', '句子不是代码', { channel: '去法院', told: '请起诉' }, [400, 'shape-invalid']],
  ])('%s %s', async (command, _title, body, expected) =>
    expect(await does('intake1', await fresh(), command, body)).toEqual(expected),
  );

  test('a redirection keeps the channel, is no closure and is archived like one', async () => {
    const id = await fresh();
    expect(await does('match1', id, 'redirect', { channel: 'court', told: 'x' })).toEqual([403, 'not-permitted']);
    expect(await does('intake1', id, 'redirect', { channel: 'court', told: '可起诉' })).toEqual([200, 'redirected']);
    const { fields, clocks } = await viewOf(id);
    expect([fields['redirectedTo'], fields['closureType']]).toEqual(['court', undefined]);
    expect(clocks.map(({ id: clock }) => clock)).toEqual(['retention']);
  });

  test('of two who decide at once one does', async () => {
    const body = { ground: 'secret', reason: '涉密', told: '已告知' };
    expect(await atOnce(await fresh(), 'refuse', body, ['intake1', 'intake2'])).toEqual([200, 412]);
  });
});

describe('split', () => {
  const part = (title: string, more: object = {}): object => ({ title, kind: 'help', peopleAffected: 3, ...more });
  const parts = (n: number): object => ({
    parts: Array.from({ length: n }, (_none, at) => part(`第${at + 1}件`)),
    ...reason,
  });

  test('into two keeps the first part and asks for one case more, whose id nobody chose', async () => {
    const id = await fresh();
    const before = api.woken.length;
    expect(await does('intake1', id, 'split', parts(2))).toEqual([200, 'submitted']);
    const { parts: born, texts } = await viewOf(id);
    expect(born).toHaveLength(1);
    expect(texts['title']).toBe('第1件');
    expect(api.woken.slice(before).map(({ item }) => item)).toEqual(born);
    const { rows } = await api.db.admin.query<{ name: string; payload: string }>(
      'SELECT name, payload::text FROM queued_command WHERE source = $1',
      [id],
    );
    expect(rows.map(({ name }) => name)).toEqual(['submit']);
    expect(rows[0]?.payload).not.toContain('第2件'); // words stay sealed
  });

  test('sent again with its key names the same parts, byte for byte', async () => {
    const id = await fresh();
    const headers = { 'idempotency-key': randomUUID(), 'if-match': '"1"' };
    const [first, again] = [
      await give(api, 'intake1', id, 'split', parts(4), headers),
      await give(api, 'intake1', id, 'split', parts(4), headers),
    ];
    expect([again.body, again.headers['idempotency-replayed']]).toEqual([first.body, 'true']);
    expect((await viewOf(id)).parts).toHaveLength(3);
    const other = await give(api, 'intake1', id, 'split', parts(3), headers);
    expect([other.statusCode, codeOf(other)]).toEqual([422, 'key-reused']);
  });

  test.each<[string, object, Told]>([
    ['into ten', parts(10), [200, 'submitted']],
    ['into eleven', parts(11), [400, 'shape-invalid']],
    ['into one', parts(1), [400, 'shape-invalid']],
    ['into parts without a title', { parts: [part(''), part('x')], ...reason }, [400, 'shape-invalid']],
    [
      'into parts that affect nobody',
      { parts: [part('x', { peopleAffected: 0 }), part('y')], ...reason },
      [400, 'shape-invalid'],
    ],
    ['without a reason', { parts: [part('x'), part('y')] }, [422, 'reason-missing']],
  ])('%s', async (_title, body, expected) =>
    expect(await does('intake1', await fresh(), 'split', body)).toEqual(expected),
  );

  test.each<[string, string, () => Promise<string>, Told]>([
    ['a dispatcher while it is matched', 'dispatch1', inMatching, [200, 'matching']],
    ['a matcher', 'match1', inMatching, [403, 'not-permitted']],
    ['anybody once it is dispatched', 'dispatch1', () => walkTo(api, 'dispatch'), [409, 'wrong-state']],
  ])('by %s', async (_title, user, scene, expected) =>
    expect(await does(user, await scene(), 'split', parts(2))).toEqual(expected),
  );

  test('twice at once at one revision happens once', async () => {
    const id = await fresh();
    expect(await atOnce(id, 'split', parts(2), ['intake1', 'intake2', 'intake1', 'intake2'])).toEqual([
      200, 412, 412, 412,
    ]);
    expect((await viewOf(id)).parts).toHaveLength(1);
  });
});

describe('amend', () => {
  test('puts right what was taken down wrongly, and keeps what the resident said', async () => {
    const id = await fresh();
    const body = { area: 'QL-G2', peopleAffected: 9, title: '8栋楼道灯', place: '青莲8栋', ...reason };
    expect(await does('intake1', id, 'amend', body)).toEqual([200, 'submitted']);
    const view = await viewOf(id);
    expect([view.area, view.fields['area'], view.fields['peopleAffected']]).toEqual(['QL-G2', 'QL-G2', 9]);
    expect(view.texts).toMatchObject({ title: '8栋楼道灯', place: '青莲8栋', words: '3栋从一楼到六楼的灯都不亮。' });
    const { items } = (await api.get('audit1', '/v1/cases?limit=100')).json<{
      items: { id: string; title: string; area: string }[];
    }>();
    expect(items.find((line) => line.id === id)).toMatchObject({ title: '8栋楼道灯', area: 'QL-G2' });
  });

  test.each<[string, string, object, Told]>([
    ['to what it is', 'intake1', { area: 'QL-G1', ...reason }, [422, 'nothing-amended']],
    ['to nothing', 'intake1', reason, [422, 'nothing-amended']],
    ['without a reason', 'intake1', { area: 'QL-G2' }, [422, 'reason-missing']],
    ['to a place that is not there', 'intake1', { area: 'NOWHERE', ...reason }, [422, 'unknown-area']],
    ['of the words', 'intake1', { words: '别的话', ...reason }, [400, 'shape-invalid']],
    ['of the urgency', 'intake1', { urgency: 'urgent', ...reason }, [400, 'shape-invalid']],
    ['by a matcher', 'match1', { area: 'QL-G2', ...reason }, [403, 'not-permitted']],
    ['by a supervisor', 'supervise1', { area: 'QL-G2', ...reason }, [403, 'not-permitted']],
  ])('%s', async (_title, user, body, expected) =>
    expect(await does(user, await fresh(), 'amend', body)).toEqual(expected),
  );

  test('of a closed case is too late', async () => {
    expect(await does('intake1', await walkTo(api, 'review'), 'amend', { area: 'QL-G2', ...reason })).toEqual([
      409,
      'wrong-state',
    ]);
  });
});

describe('void', () => {
  test('is asked by one duty officer and granted by another person', async () => {
    const id = await walkTo(api, 'sign');
    expect(await does('duty1', id, 'void', reason)).toEqual([200, 'signed']);
    const { labels, requests } = await viewOf(id);
    expect(labels).toMatchObject([{ code: 'void_review' }]);
    const request = { request: requests[0]?.id };
    expect(await does('duty1', id, 'grant', request)).toEqual([403, 'second-person-needed']);
    expect(await does('dispatch1', id, 'grant', request)).toEqual([403, 'not-permitted']);
    expect(await does('duty2', id, 'grant', request)).toEqual([200, 'voided']);
    const view = await viewOf(id);
    expect(view.fields['closureType']).toBe('void');
    expect(view.clocks.map(({ id: clock }) => clock)).toEqual(['retention']);
  });

  test.each<[string, string, object, Told]>([
    ['by a supervisor', 'supervise1', reason, [403, 'not-permitted']],
    ['without a reason', 'duty1', {}, [422, 'reason-missing']],
  ])('%s', async (_title, user, body, expected) =>
    expect(await does(user, await fresh(), 'void', body)).toEqual(expected),
  );

  test('granted by two at once is granted once', async () => {
    const id = await fresh();
    await does('duty1', id, 'void', reason);
    const [request] = (await viewOf(id)).requests;
    expect(await atOnce(id, 'grant', { request: request?.id }, ['duty2', 'supervise1'])).toEqual([200, 412]);
  });
});

describe('withdraw', () => {
  const safety = { ...REGISTER, category: 'safety_fire', needs: [] };

  test('of a demand that concerns public safety is kept, and the office goes on by itself', async () => {
    const id = await fresh();
    await does('intake1', id, 'register', safety);
    const body = { voluntary: 'in_doubt', reason: '诉求人不想再提' };
    expect(await does('intake1', id, 'withdraw', body)).toEqual([200, 'registered']);
    const { fields } = await viewOf(id);
    expect([fields['proactive'], fields['voluntary'], fields['closureType']]).toEqual([1, 'in_doubt', undefined]);
    expect(await does('intake1', id, 'withdraw', body)).toEqual([409, 'guard-not-met']);
  });

  test.each<[string, object, Told]>([
    ['without saying whether it was voluntary', { reason: 'x' }, [400, 'shape-invalid']],
    ['without a reason', { voluntary: 'yes' }, [422, 'reason-missing']],
    ['of any other demand', { voluntary: 'yes', reason: 'x' }, [200, 'withdrawn']],
  ])('%s', async (_title, body, expected) =>
    expect(await does('intake1', await fresh(), 'withdraw', body)).toEqual(expected),
  );
});

describe('merge and unmerge', () => {
  test.each(['dispatch', 'sign', 'contact', 'start-work'] as const)(
    'after %s every clock but the total stands still, and goes on with what was left',
    async (last) => {
      const [id, into] = [await walkTo(api, last), await walkTo(api, 'start-work')];
      const before = await viewOf(id);
      expect(await does('dispatch1', id, 'merge', { into, ...reason })).toEqual([200, 'merged']);
      const merged = await viewOf(id);
      expect(merged.clocks.filter(({ due }) => due !== null).map(({ id: clock }) => clock)).toEqual(['total']);
      expect(merged.lead?.active).toBe(false);
      expect(await does('dispatch1', id, 'unmerge', reason)).toEqual([200, before.state.id]);
      const after = await viewOf(id);
      expect(after.clocks).toEqual(before.clocks); // no office time passed meanwhile
      expect(after.lead?.active).toBe(true);
    },
  );

  test('office time that passes meanwhile is added to the limit', async () => {
    const [id, into] = [await walkTo(api, 'sign'), await walkTo(api, 'start-work')];
    await setTime(api, '2026-03-03T09:00');
    await does('dispatch1', id, 'merge', { into, ...reason });
    await setTime(api, '2026-03-03T11:00');
    await does('dispatch1', id, 'unmerge', reason);
    const { clocks } = await viewOf(id);
    expect(clocks.find((clock) => clock.id === 'handle')?.due).toBe('2026-03-05T10:30:00+08:00'); // two hours more than to the closing of the 4th
  });

  test.each<[string, string, () => Promise<string>, Told]>([
    ['by a matcher', 'match1', inMatching, [403, 'not-permitted']],
    ['of what waits for intake', 'dispatch1', fresh, [409, 'wrong-state']],
    ['of what was handed in', 'dispatch1', () => walkTo(api, 'hand-in'), [409, 'wrong-state']],
  ])('%s', async (_title, user, scene, expected) => {
    expect(await does(user, await scene(), 'merge', { into: await inMatching(), ...reason })).toEqual(expected);
  });

  test('of what was never merged is refused', async () => {
    expect(await does('dispatch1', await inMatching(), 'unmerge', reason)).toEqual([409, 'wrong-state']);
  });
});
