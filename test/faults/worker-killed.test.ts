import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ItemId } from '../../domain/ids.ts';
import { D01, submitCase } from '../support/people.ts';
import { drive, type Driving, eventually, historyOf, reaches, typesOf } from '../workflows/driving.ts';
import { LAMPS, untilChecked, untilClosed, untilWorkAgain } from '../workflows/lives.ts';
import { expectNothingLost } from './judge.ts';
import { type PostgresWire, stretchPostgresWire } from './postgres-wire.ts';
import { startWorker, type WorkerProcess } from './processes.ts';
import { stretchWire, type Wire } from './wire.ts';

let driving: Driving;
let worker: WorkerProcess;
let postgres: PostgresWire;
let temporal: Wire;
beforeAll(async () => {
  driving = await drive({ worker: false });
  postgres = await stretchPostgresWire(Number(new URL(driving.db.urls.appUrl).port));
  temporal = await stretchWire(Number(driving.address.split(':')[1]));
  worker = await openWorker();
});
afterAll(async () => {
  await worker.kill();
  await Promise.all([postgres.close(), temporal.close()]);
  await driving.end();
});

async function openWorker(): Promise<WorkerProcess> {
  return await startWorker(driving, { postgres: postgres.port, temporal: temporal.port });
}

/** Starts another in its place. The receipt: the old process is gone, the new one has another id. */
async function killWorker(): Promise<void> {
  const before = worker;
  await before.kill();
  expect(before.isAlive()).toBe(false);
  postgres.letGo();
  temporal.letGo();
  worker = await openWorker();
  expect(worker.pid).not.toBe(before.pid);
}

/** A case of which the workflow owes nothing until a team is assigned. */
async function matched(): Promise<ItemId> {
  const item = await submitCase(driving.db.store);
  await driving.person(item, 'intake1', 'register', LAMPS.register);
  await reaches(driving, item, 'matching');
  await driving.person(item, 'match1', 'reserve', LAMPS.reserve);
  return item;
}

async function untilTheEnd(item: ItemId): Promise<void> {
  await driving.person(item, 'clerk1', 'sign', {});
  await driving.person(item, 'case1', 'contact', { means: 'phone' });
  await reaches(driving, item, 'in_progress', 60);
  await untilChecked(driving, item, 'pass');
  await untilClosed(driving, item);
  await expectNothingLost(driving);
  expect(await typesOf(driving, item)).toHaveLength(17);
}

test(
  'a worker killed in the middle of a story does not stop it: another one drives on',
  { timeout: 90_000 },
  async () => {
    const item = await submitCase(driving.db.store);
    await driving.person(item, 'intake1', 'register', LAMPS.register);
    await killWorker(); // most likely between the look and the move
    await untilWorkAgain(driving, item, 60);
    await untilChecked(driving, item, 'pass');
    await untilClosed(driving, item);
    await expectNothingLost(driving);
    const types = await typesOf(driving, item);
    expect(types.filter((type) => type === 'start-matching')).toHaveLength(1);
    expect(types).toHaveLength(17);
  },
);

test(
  'invariant 7: a worker killed between the commit of a move and the end of its task; the move is made once',
  { timeout: 90_000 },
  async () => {
    const item = await matched();
    const caught = postgres.atCommitAfter('later_step', 'back');
    await driving.person(item, 'dispatch1', 'assign', D01.assign);
    const link = await caught;
    await reaches(driving, item, 'dispatched'); // committed, and the worker does not know it yet
    temporal.hold('out');
    link.letGo();
    await eventually(
      async () => temporal.held('out'),
      (bytes) => bytes > 0,
    ); // the end of the task, which will never arrive
    await killWorker();
    await untilTheEnd(item);
    expect((await typesOf(driving, item)).filter((type) => type === 'dispatch')).toHaveLength(1);
  },
);

test(
  'invariant 13: a worker paused past its time-outs and woken after its retry has succeeded writes nothing more',
  { timeout: 90_000 },
  async () => {
    const item = await matched();
    const caught = postgres.atStatement('item_lock', 'out'); // in the transaction of the move, which has no lock yet
    await driving.person(item, 'dispatch1', 'assign', D01.assign);
    const link = await caught;
    const late = worker;
    await late.pause();
    temporal.cut(); // else each of its open polls would take a task and keep it for ten seconds
    onTestFinished(async () => await late.kill());
    worker = await startWorker(driving); // by ways of its own
    await reaches(driving, item, 'dispatched', 60);
    const { events = [] } = await historyOf(driving, item);
    expect(events?.some(({ workflowTaskTimedOutEventAttributes: out }) => out)).toBe(true);
    const before = await typesOf(driving, item);
    const said = postgres.ran().length;
    await late.resume();
    link.letGo();
    await eventually(
      async () => postgres.ran().slice(said),
      (statements) => statements.includes('key'),
    ); // its late move has arrived, and asked whether it was made
    await untilTheEnd(item);
    expect((await typesOf(driving, item)).slice(0, before.length)).toEqual(before);
    const { rowCount } = await driving.db.admin.query('SELECT 1 FROM refusal_log WHERE item_id = $1', [item]);
    expect(rowCount).toBe(0); // it was fenced, not refused
  },
);

test('a worker that is asked to stop ends by itself, cleanly', async () => {
  expect(await worker.stop()).toBe(0);
  worker = await openWorker();
});
