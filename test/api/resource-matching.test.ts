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
  await api.db.admin.query(
    `INSERT INTO role_grant (office_id, id, user_id, role, unit_id, valid_from)
       VALUES ('YX', 'owner-of-goods', 'clerk2', 'resource_owner', 'YX-CM', '2026-01-01')`,
  );
});
beforeEach(async () => await setTime(api, '2026-03-02T09:00'));
afterEach(async () => expect(await violations(api.db.admin)).toEqual([]));
afterAll(async () => await api.end());

interface View {
  state: { id: string };
  fields: Record<string, string | number>;
  labels: { code: string }[];
  blocked: string[];
  reservations: { id: string; confirmed: boolean }[];
  clocks: { id: string; due: string | null }[];
}
const viewOf = async (id: string): Promise<View> => (await api.get('audit1', `/v1/cases/${id}`)).json<View>();
type Told = [status: number, answer: string];
const told = (answer: LightMyRequestResponse): Told => [
  answer.statusCode,
  answer.statusCode === 200 ? answer.json<{ state: string }>().state : codeOf(answer),
];
const does = async (user: string, id: string, command: string, body: object = {}): Promise<Told> =>
  told(await give(api, user, id, command, body));
const inMatching = async (): Promise<string> => await walkTo(api, 'start-matching');
const reserved = async (): Promise<string> => await walkTo(api, 'reserve');
const leaseOf = async (id: string): Promise<string | null | undefined> =>
  (await viewOf(id)).clocks.find((clock) => clock.id === 'matching')?.due;

describe('confirm-reservation', () => {
  test('what is reserved is on a lease of three working days, until it is confirmed', async () => {
    const id = await reserved();
    expect(await leaseOf(id)).toBe('2026-03-05T17:30:00+08:00');
    expect((await viewOf(id)).reservations).toMatchObject([{ confirmed: false }]);
    expect(await does('match1', id, 'confirm-reservation')).toEqual([200, 'matching']);
    expect((await viewOf(id)).reservations).toMatchObject([{ confirmed: true }]);
  });

  test('each reservation begins the lease anew, and the matcher answers for it from the start', async () => {
    const id = await inMatching();
    expect(await leaseOf(id)).toBe('2026-03-05T17:30:00+08:00');
    await setTime(api, '2026-03-04T10:00');
    await does('match1', id, 'reserve', { need: 'lamps', resource: 'R05', amount: 1 });
    expect(await leaseOf(id)).toBe('2026-03-09T17:30:00+08:00');
  });

  test('an owner confirms one reservation of what the owner’s unit has', async () => {
    const id = await reserved();
    const [held] = (await viewOf(id)).reservations;
    expect(await does('clerk2', id, 'confirm-reservation')).toEqual([403, 'not-own-resource']);
    expect(await does('owner1', id, 'confirm-reservation', { reservation: held?.id })).toEqual([
      403,
      'not-own-resource',
    ]);
    expect(await does('clerk2', id, 'confirm-reservation', { reservation: held?.id })).toEqual([200, 'matching']);
  });

  test.each<[string, string, object, Told]>([
    ['of what is not held', 'match1', { reservation: 'r99' }, [422, 'unknown-reservation']],
    ['by a dispatcher', 'dispatch1', {}, [403, 'not-permitted']],
    ['with something else', 'match1', { amount: 2 }, [400, 'shape-invalid']],
  ])('%s', async (_title, user, body, expected) =>
    expect(await does(user, await reserved(), 'confirm-reservation', body)).toEqual(expected),
  );

  test('is done by the dispatch, whose work uses what is held', async () => {
    const id = await walkTo(api, 'dispatch');
    expect((await viewOf(id)).reservations).toMatchObject([{ confirmed: true }]);
    expect(await leaseOf(id)).toBeUndefined();
    expect(await does('match1', id, 'confirm-reservation')).toEqual([409, 'wrong-state']);
  });

  test('twice at once is applied once', async () => {
    const id = await reserved();
    const tag = { 'if-match': `"${await revOf(api, id)}"` };
    const answers = await Promise.all(
      [1, 2, 3].map(
        async () =>
          await give(api, 'match1', id, 'confirm-reservation', {}, { ...tag, 'idempotency-key': randomUUID() }),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort((a, b) => a - b)).toEqual([200, 412, 412]);
  });
});

const reason = { reason: '清单为空' };

describe('block and unblock', () => {
  test.each(['NO_RESOURCE', 'NO_TEAM', 'NO_PLAN', 'NO_PARTICIPATION'])(
    '%s is shown beside the case and in the list, until it is unblocked',
    async (blocker) => {
      const id = await inMatching();
      expect(await does('match1', id, 'block', { blocker, ...reason })).toEqual([200, 'pending_resource']);
      expect((await viewOf(id)).labels).toMatchObject([{ code: blocker }]);
      const listed = async (): Promise<string[]> =>
        (await api.get('match1', `/v1/cases?state=${blocker}`))
          .json<{ items: { id: string }[] }>()
          .items.map((line) => line.id);
      expect(await listed()).toEqual([id]);
      expect(await does('dispatch1', id, 'unblock')).toEqual([403, 'not-permitted']);
      expect(await does('match1', id, 'unblock')).toEqual([200, 'matching']);
      expect(await listed()).toEqual([]);
    },
  );

  test.each<[string, string, object, Told]>([
    ['by no word there is', 'match1', { blocker: 'NO_MONEY', ...reason }, [400, 'shape-invalid']],
    ['without a reason', 'match1', { blocker: 'NO_TEAM' }, [422, 'reason-missing']],
    ['by a dispatcher', 'dispatch1', { blocker: 'NO_TEAM', ...reason }, [403, 'not-permitted']],
    [
      'of a need that is not there',
      'match1',
      { blocker: 'NO_RESOURCE', need: 'cranes', ...reason },
      [422, 'unknown-need'],
    ],
    [
      'of a need by a missing plan',
      'match1',
      { blocker: 'NO_PLAN', need: 'lamps', ...reason },
      [422, 'need-unblockable'],
    ],
  ])('%s', async (_title, user, body, expected) =>
    expect(await does(user, await inMatching(), 'block', body)).toEqual(expected),
  );

  test('of a case that waits for intake is refused', async () => {
    expect(await does('match1', await walkTo(api, 'submit'), 'block', { blocker: 'NO_TEAM', ...reason })).toEqual([
      409,
      'wrong-state',
    ]);
  });

  test.each([
    ['NO_RESOURCE', [200, 'dispatched']],
    ['NO_PLAN', [409, 'guard-not-met']],
  ])('with %s and everything there, the dispatch answers %j', async (blocker, expected) => {
    const id = await walkTo(api, 'assign');
    await does('match1', id, 'block', { blocker, ...reason });
    expect(await does('dispatch1', id, 'dispatch')).toEqual(expected);
  });

  test('with a need given up the dispatch goes without it, and the label stays until somebody brings it', async () => {
    const id = await inMatching();
    await does('match1', id, 'block', { blocker: 'NO_RESOURCE', need: 'lamps', ...reason });
    expect(await does('dispatch1', id, 'dispatch')).toEqual([409, 'guard-not-met']); // no team yet
    await does('dispatch1', id, 'assign', { team: 'T03' });
    expect(await does('dispatch1', id, 'dispatch')).toEqual([200, 'dispatched']);
    expect(await viewOf(id)).toMatchObject({ labels: [{ code: 'NO_RESOURCE' }], blocked: ['lamps'] });
    expect(await does('match1', id, 'unblock')).toEqual([200, 'dispatched']);
    expect(await viewOf(id)).toMatchObject({ labels: [], blocked: [] });
  });

  test('what waits for a list that is empty is asked for by the system; else a person decides', async () => {
    const id = await inMatching();
    await does('match1', id, 'block', { blocker: 'NO_RESOURCE', ...reason });
    expect((await viewOf(id)).fields).not.toHaveProperty('awaits'); // there are lamps
    await api.db.admin.query("UPDATE resource SET capacity = reserved WHERE unit = 'piece'");
    await does('match1', id, 'block', { blocker: 'NO_RESOURCE', ...reason });
    expect((await viewOf(id)).fields['awaits']).toBe('NO_RESOURCE');
    await does('match1', id, 'block', { blocker: 'NO_TEAM', ...reason });
    expect((await viewOf(id)).fields).not.toHaveProperty('awaits');
    await api.db.admin.query("UPDATE resource SET capacity = 1000 WHERE unit = 'piece'");
  });
});
