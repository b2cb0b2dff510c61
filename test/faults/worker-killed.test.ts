import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from '../support/invariants.ts';
import { submitCase } from '../support/people.ts';
import { drive, type Driving, settles, typesOf } from '../workflows/driving.ts';
import { LAMPS, untilChecked, untilClosed, untilWorkAgain } from '../workflows/lives.ts';
import { startWorker, type WorkerProcess } from './processes.ts';

let driving: Driving;
let worker: WorkerProcess;
beforeAll(async () => {
  driving = await drive({ worker: false });
  worker = await startWorker(driving);
});
afterAll(async () => {
  await worker.kill();
  await driving.end();
});

test(
  'a worker killed in the middle of a story does not stop it: another one drives on',
  { timeout: 90_000 },
  async () => {
    const { db, person } = driving;
    const item = await submitCase(db.store);
    await person(item, 'intake1', 'register', LAMPS.register);
    await worker.kill(); // most likely between the look and the move
    const first = worker.pid;
    expect(worker.isAlive()).toBe(false);
    worker = await startWorker(driving);
    expect(worker.pid).not.toBe(first);
    await untilWorkAgain(driving, item, 60);
    await untilChecked(driving, item, 'pass');
    await untilClosed(driving, item);
    await settles(driving, item);
    const types = await typesOf(driving, item);
    expect(types.filter((type) => type === 'start-matching')).toHaveLength(1);
    expect(types).toHaveLength(17);
    expect(await violations(db.admin)).toEqual([]);
  },
);

test('a worker that is asked to stop ends by itself, cleanly', async () => {
  expect(await worker.stop()).toBe(0);
  worker = await startWorker(driving);
});
