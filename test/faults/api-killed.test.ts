import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type ItemId, itemId } from '../../domain/ids.ts';
import { testPassword } from '../support/constants.ts';
import { act, submitCase } from '../support/people.ts';
import { drive, type Driving, eventually, pause, reaches, rowOf, typesOf } from '../workflows/driving.ts';
import { storedOf } from './soak/ledger.ts';
import { LAMPS, untilChecked, untilClosed, untilWorkAgain } from '../workflows/lives.ts';
import { type Ask, type Desk, openDesk, type Reply } from './http.ts';
import { expectNothingLost } from './judge.ts';
import { type PostgresWire, stretchPostgresWire } from './postgres-wire.ts';
import { type ApiProcess, startApi, startWorker, type WorkerProcess } from './processes.ts';
import { stretchWire, type Wire } from './wire.ts';

vi.setConfig({ testTimeout: 90_000 }); // processes start and end in each of them

let driving: Driving;
let worker: WorkerProcess;
let api: ApiProcess;
let postgres: PostgresWire;
let temporal: Wire;
let desk: Desk;
beforeAll(async () => {
  driving = await drive({ worker: false });
  postgres = await stretchPostgresWire(Number(new URL(driving.db.urls.appUrl).port));
  temporal = await stretchWire(Number(driving.address.split(':')[1]));
  [worker, api] = await Promise.all([startWorker(driving), openApi()]);
  desk = openDesk(() => api.url, testPassword);
  for (const user of ['intake1', 'match1', 'grid1', 'dispatch1']) await desk.signIn(user);
});
afterAll(async () => {
  await Promise.all([worker.kill(), api.kill()]);
  await Promise.all([postgres.close(), temporal.close()]);
  await driving.end();
});

async function openApi(): Promise<ApiProcess> {
  return await startApi(driving, { postgres: postgres.port, temporal: temporal.port });
}

/** Kills the api and starts another. The receipt: the old process is gone, the new one has another id. */
async function killApi(): Promise<void> {
  const before = api;
  await before.kill();
  expect(before.isAlive()).toBe(false);
  temporal.letGo();
  api = await openApi();
  expect(api.pid).not.toBe(before.pid);
}

function answered(reply: Reply): Exclude<Reply, { lost: string }> {
  if ('lost' in reply) throw new Error(`no answer came: ${reply.lost}`);
  return reply;
}

async function storedAnswer(key: string): Promise<string | undefined> {
  const { rows } = await driving.db.admin.query<{ answer: string }>('SELECT answer FROM command WHERE key = $1', [key]);
  return rows[0]?.answer;
}

async function goesOn(item: ItemId): Promise<void> {
  await untilWorkAgain(driving, item);
  await untilChecked(driving, item, 'pass');
  await untilClosed(driving, item);
  expect(await typesOf(driving, item)).toHaveLength(17);
  await expectNothingLost(driving);
}

test('invariants 1 and 2: an api killed between commit and answer; the repeat gets the first answer, and nothing twice', async () => {
  const item = await submitCase(driving.db.store);
  const ask: Ask = {
    user: 'intake1',
    path: `/v1/cases/${item}/register`,
    body: LAMPS.register,
    key: randomUUID(),
    ifMatch: 1,
  };
  const caught = postgres.atCommitAfter('later_step', 'back');
  const first = desk.post(ask);
  await caught;
  const answer = await eventually(
    () => storedAnswer(ask.key ?? ''),
    (stored) => stored !== undefined,
  );
  await killApi();
  expect(await first).toHaveProperty('lost');

  const again = answered(await desk.post(ask));
  expect(again).toMatchObject({ status: 200, replayed: true, bytes: answer });
  expect((await typesOf(driving, item)).filter((type) => type === 'register')).toHaveLength(1);
  await goesOn(item); // the wake was lost too
});

test('an api killed before its COMMIT arrived has changed nothing, and the repeat is applied', async () => {
  const item = await submitCase(driving.db.store);
  const ask: Ask = {
    user: 'intake1',
    path: `/v1/cases/${item}/register`,
    body: LAMPS.register,
    key: randomUUID(),
    ifMatch: 1,
  };
  const caught = postgres.atCommitAfter('later_step', 'out');
  const first = desk.post(ask);
  await caught;
  await killApi();
  expect(await first).toHaveProperty('lost');
  expect(await storedAnswer(ask.key ?? '')).toBeUndefined();
  expect(await typesOf(driving, item)).toEqual(['submit']);
  expect(answered(await desk.post(ask))).toMatchObject({ status: 200, replayed: false });
  await reaches(driving, item, 'matching');
  await expectNothingLost(driving);
});

test('invariant 4: an api killed between answer and wake; the waker finds the debt and the case goes on', async () => {
  const item = await submitCase(driving.db.store);
  temporal.hold('out');
  const ask: Ask = {
    user: 'intake1',
    path: `/v1/cases/${item}/register`,
    body: LAMPS.register,
    key: randomUUID(),
    ifMatch: 1,
  };
  const reply = answered(await desk.post(ask));
  expect(reply).toMatchObject({ status: 200, replayed: false });
  await eventually(
    async () => temporal.held('out'),
    (bytes) => bytes > 0,
  ); // the wake, which will never arrive
  await killApi();
  expect(answered(await desk.post(ask))).toMatchObject({ status: 200, replayed: true, bytes: reply.bytes });
  await goesOn(item);
});

test('invariant 13: an api paused inside its transaction; others go on within five seconds, and its late write is refused', async () => {
  const [item, other] = [await submitCase(driving.db.store), await submitCase(driving.db.store)];
  const late: Ask = {
    user: 'intake1',
    path: `/v1/cases/${item}/register`,
    body: LAMPS.register,
    key: randomUUID(),
    ifMatch: 1,
  };
  const caught = postgres.atStatement('key', 'back'); // after the lock
  const first = desk.post(late);
  const link = await caught;
  await api.pause();
  onTestFinished(async () => await api.resume());
  const since = performance.now();
  const refuse = { ground: 'outside_area' as const };
  const texts = { texts: { reason: '不属本街道', told: '已告知' } };
  await act(driving.db.store, other, 'intake1', 'refuse', refuse, texts);
  expect(performance.now() - since).toBeLessThan(1_000); // another item is not held up at all
  await eventually(
    async () => (await act(driving.db.store, item, 'intake1', 'refuse', refuse, texts).catch(() => undefined))?.kind,
    (kind) => kind === 'applied',
  );
  expect(performance.now() - since).toBeLessThan(6_500);
  expect((await rowOf(driving, item)).place).toBe('not_accepted');

  link.letGo();
  const { pid } = api;
  await api.resume();
  expect(answered(await first)).toMatchObject({ status: 412 }); // begun again: the record has moved on
  await pause(300);
  expect(api.isAlive()).toBe(true);
  expect(api.pid).toBe(pid);
  expect(await storedAnswer(late.key ?? '')).toBeUndefined();
  expect(answered(await desk.post(late))).toMatchObject({ status: 412 });
  expect(await typesOf(driving, item)).toEqual(['submit', 'refuse']);
  await expectNothingLost(driving);
});

test('a case brought in by an api that is killed before it answers exists once', async () => {
  const key = randomUUID();
  const body = {
    channel: 'grid',
    kind: 'help',
    area: 'QL-G1',
    peopleAffected: 3,
    title: '楼道灯',
    words: '楼道灯不亮。',
  };
  const caught = postgres.atCommitAfter('first_step', 'back');
  const first = desk.post({ user: 'grid1', path: '/v1/cases', body, key });
  await caught;
  const answer = await eventually(
    () => storedAnswer(key),
    (stored) => stored !== undefined,
  );
  await killApi();
  expect(await first).toHaveProperty('lost');
  const again = answered(await desk.post({ user: 'grid1', path: '/v1/cases', body, key }));
  expect(again).toMatchObject({ status: 201, replayed: true });
  expect(storedOf(again.bytes)).toBe(answer);
  const { rowCount } = await driving.db.admin.query('SELECT 1 FROM command WHERE key = $1', [key]);
  expect(rowCount).toBe(1);
  const item = itemId((JSON.parse(again.bytes) as { id: string }).id);
  expect(await typesOf(driving, item)).toEqual(['submit']);
});
