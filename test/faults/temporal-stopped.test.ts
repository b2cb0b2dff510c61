import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStackConfig } from '../../config.ts';
import { runningFrom } from '../../stack/pid-file.ts';
import { freePort, isAlive } from '../../stack/process-state.ts';
import { startTemporal, type TemporalServer } from '../../stack/temporal.ts';
import { findTemporal } from '../../stack/temporal-executable.ts';
import { violations } from '../support/invariants.ts';
import { D01, submitCase } from '../support/people.ts';
import { drive, type Driving, reaches, rowOf, settles, typesOf } from '../workflows/driving.ts';
import { LAMPS, untilChecked, untilClosed } from '../workflows/lives.ts';
import { startWorker, type WorkerProcess } from './processes.ts';

const namespace = 'four-lists';
let executable: string;
let directory: string;
let port: number;
let temporal: TemporalServer;
let driving: Driving;
let worker: WorkerProcess;

async function start(): Promise<TemporalServer> {
  return await startTemporal({
    executable,
    port,
    namespace,
    database: join(directory, 'temporal.db'),
    log: () => undefined,
    signal: new AbortController().signal,
  });
}

async function pidOfTemporal(): Promise<number> {
  const running = await runningFrom(join(directory, 'temporal.db.pid'));
  if (!running) throw new Error('Temporal does not run');
  return running.pid;
}

beforeAll(async () => {
  const { signal } = new AbortController();
  ({ path: executable } = await findTemporal({ cacheDir: readStackConfig().cacheDir, say: () => undefined, signal }));
  directory = await mkdtemp(join(tmpdir(), 'four-lists-temporal-'));
  port = await freePort();
  temporal = await start();
  driving = await drive({ worker: false, temporal: { address: temporal.address, namespace } });
  worker = await startWorker(driving);
});
afterAll(async () => {
  await worker.kill();
  await driving.end();
  await temporal.stop('told');
  await rm(directory, { recursive: true, force: true });
});

test(
  'invariant 6: people go on while Temporal is away, and its moves are made once it is back',
  { timeout: 120_000 },
  async () => {
    const { db, person } = driving;
    const item = await submitCase(db.store);
    await person(item, 'intake1', 'register', LAMPS.register);
    await reaches(driving, item, 'matching');
    await settles(driving, item);

    const before = await pidOfTemporal();
    await temporal.stop('asked');
    expect(isAlive(before)).toBe(false);
    await person(item, 'match1', 'reserve', LAMPS.reserve);
    await person(item, 'dispatch1', 'assign', D01.assign);
    await person(item, 'dispatch1', 'dispatch', {}); // a slow system never blocks: by hand
    await person(item, 'clerk1', 'sign', {});
    await person(item, 'case1', 'contact', { means: 'phone' });
    expect((await rowOf(driving, item)).place).toBe('contacted');

    temporal = await start();
    expect(await pidOfTemporal()).not.toBe(before);
    if (!worker.isAlive()) worker = await startWorker(driving); // as the supervisor does
    await reaches(driving, item, 'in_progress', 60);
    await untilChecked(driving, item, 'pass');
    await untilClosed(driving, item);
    await settles(driving, item);
    const types = await typesOf(driving, item);
    expect(types).toHaveLength(17);
    expect(new Set(types).size).toBe(17);
    expect(await violations(db.admin)).toEqual([]);
  },
);
