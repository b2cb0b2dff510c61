import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStackConfig } from '../../config.ts';
import type { ItemId } from '../../domain/ids.ts';
import type { RunningClock } from '../../domain/process/state.ts';
import { DAY, type Instant, instant, MINUTE } from '../../domain/time.ts';
import { runningFrom } from '../../stack/pid-file.ts';
import { freePort, isAlive } from '../../stack/process-state.ts';
import { startTemporal, type TemporalServer } from '../../stack/temporal.ts';
import { findTemporal } from '../../stack/temporal-executable.ts';
import { D01, submitCase } from '../support/people.ts';
import { drive, type Driving, historyOf, reaches, rowOf, setClock, settles, typesOf } from '../workflows/driving.ts';
import { LAMPS, untilChecked, untilClosed } from '../workflows/lives.ts';
import { expectNothingLost } from './judge.ts';
import { startWorker, type WorkerProcess } from './processes.ts';
import { inodeOf } from './receipts.ts';

const namespace = 'four-lists';
let executable: string;
let directory: string;
let database: string;
let port: number;
let temporal: TemporalServer;
let driving: Driving;
let worker: WorkerProcess;

async function start(): Promise<TemporalServer> {
  const { signal } = new AbortController();
  return await startTemporal({ executable, port, namespace, database, log: () => undefined, signal });
}

async function pidOfTemporal(): Promise<number> {
  const running = await runningFrom(`${database}.pid`);
  if (!running) throw new Error('Temporal does not run');
  return running.pid;
}

/** Away while `meanwhile` goes on. The receipt: no such process, then one with another id. */
async function without(manner: 'asked' | 'told', meanwhile: () => Promise<void>): Promise<void> {
  const before = await pidOfTemporal();
  await temporal.stop(manner);
  expect(isAlive(before)).toBe(false);
  await meanwhile();
  temporal = await start();
  expect(await pidOfTemporal()).not.toBe(before);
  await worker.stop(); // as the supervisor does, whenever Temporal was started again
  worker = await startWorker(driving);
}

/** The files of Temporal's store; it is not running. */
async function storeFiles(): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith('temporal.db') && !name.endsWith('.pid'));
}

async function matched(): Promise<ItemId> {
  const item = await submitCase(driving.db.store);
  await driving.person(item, 'intake1', 'register', LAMPS.register);
  await reaches(driving, item, 'matching');
  return item;
}

async function untilWork(item: ItemId, seconds = 15): Promise<void> {
  const { person } = driving;
  await person(item, 'match1', 'reserve', LAMPS.reserve);
  await person(item, 'dispatch1', 'assign', D01.assign);
  await reaches(driving, item, 'dispatched', seconds);
  await person(item, 'clerk1', 'sign', {});
  await person(item, 'case1', 'contact', { means: 'phone' });
  await reaches(driving, item, 'in_progress', seconds);
}

async function untilTheEnd(item: ItemId): Promise<void> {
  await untilChecked(driving, item, 'pass');
  await untilClosed(driving, item);
  await expectNothingLost(driving);
  const types = await typesOf(driving, item);
  expect(types.filter((type) => type !== 'reach-level')).toHaveLength(17);
}

async function handleLevels(item: ItemId): Promise<Instant[]> {
  const { rows } = await driving.db.admin.query<{ clock: RunningClock }>(
    `SELECT clock FROM item, jsonb_array_elements(state->'clocks') AS clock WHERE id = $1 AND clock->>'id' = 'handle'`,
    [item],
  );
  return rows.flatMap(({ clock }) => clock.levels.filter((level) => level !== null));
}

beforeAll(async () => {
  const { signal } = new AbortController();
  ({ path: executable } = await findTemporal({ cacheDir: readStackConfig().cacheDir, say: () => undefined, signal }));
  directory = await mkdtemp(join(tmpdir(), 'four-lists-temporal-'));
  database = join(directory, 'temporal.db');
  port = await freePort();
  temporal = await start();
  driving = await drive({ simulation: true, worker: false, temporal: { address: temporal.address, namespace } });
  worker = await startWorker(driving);
});
afterAll(async () => {
  await worker.kill();
  await driving.end();
  await temporal.stop('told');
  await rm(directory, { recursive: true, force: true });
});

test(
  'invariant 6: people go on through a whole stage while Temporal is away, and its moves are made once it is back',
  { timeout: 120_000 },
  async () => {
    const { person } = driving;
    const item = await matched();
    await settles(driving, item);
    await without('asked', async () => {
      await person(item, 'match1', 'reserve', LAMPS.reserve);
      await person(item, 'dispatch1', 'assign', D01.assign);
      await person(item, 'dispatch1', 'dispatch', {}); // a slow system never blocks: by hand
      await person(item, 'clerk1', 'sign', {});
      await person(item, 'case1', 'contact', { means: 'phone' });
      expect((await rowOf(driving, item)).place).toBe('contacted');
    });
    await reaches(driving, item, 'in_progress', 60);
    await untilTheEnd(item);
    const types = await typesOf(driving, item);
    expect(new Set(types).size).toBe(17);
  },
);

test(
  'invariant 26: a limit passes while Temporal is away and a person stops the clock first; the red is recorded, once',
  { timeout: 120_000 },
  async () => {
    const item = await matched();
    await untilWork(item);
    const levels = await handleLevels(item);
    await without('told', async () => {
      await setClock(driving, instant(Math.max(...levels) + MINUTE));
      await driving.person(item, 'case1', 'hand-in', D01['hand-in'], { texts: { result: '已更换' } });
      expect(await handleLevels(item)).toEqual([]);
      expect((await typesOf(driving, item)).filter((type) => type === 'reach-level')).toEqual([]);
    });
    await reaches(driving, item, 'checking', 60);
    const types = await typesOf(driving, item);
    expect(types.slice(-4)).toEqual(['hand-in', 'reach-level', 'reach-level', 'draw-check']); // yellow and red
    await expectNothingLost(driving);
  },
);

test(
  'invariant 6: Temporal is away for a weekend while people work; their moves and the levels that passed are made once',
  { timeout: 120_000 },
  async () => {
    const { db, person } = driving;
    const [early, late] = [await matched(), await matched()];
    await untilWork(early);
    const now = async (): Promise<number> =>
      (await db.admin.query<{ now: number }>('SELECT office_now_ms() AS now')).rows[0]?.now ?? Number.NaN;
    const started = await now();
    await without('asked', async () => {
      await setClock(driving, instant(started + DAY));
      await person(late, 'match1', 'reserve', LAMPS.reserve);
      await setClock(driving, instant(started + 2 * DAY));
      await person(late, 'dispatch1', 'assign', D01.assign);
      await person(late, 'dispatch1', 'dispatch', {});
      await setClock(driving, instant(started + 14 * DAY)); // past the two working days of the first, whatever day it was
      await person(late, 'clerk1', 'sign', {});
      await person(late, 'case1', 'contact', { means: 'phone' });
      expect((await typesOf(driving, early)).filter((type) => type === 'reach-level')).toEqual([]);
    });
    await reaches(driving, late, 'in_progress', 60);
    await expectNothingLost(driving);
    for (const item of [early, late])
      expect((await typesOf(driving, item)).filter((type) => type === 'reach-level')).toHaveLength(2);
    await untilTheEnd(early);
    await untilTheEnd(late);
  },
);

test(
  "the whole of Temporal's data is deleted: every open case is driven again from the record alone",
  { timeout: 120_000 },
  async () => {
    const { person } = driving;
    const [resting, owing] = [await matched(), await matched()];
    await person(owing, 'match1', 'reserve', LAMPS.reserve);
    await settles(driving, resting);
    const before = inodeOf(database);
    await without('told', async () => {
      await person(owing, 'dispatch1', 'assign', D01.assign);
      for (const name of await storeFiles()) await rm(join(directory, name));
      expect(inodeOf(database)).toBeUndefined();
    });
    expect(inodeOf(database)).not.toBe(before);
    await expect(historyOf(driving, resting)).rejects.toThrow(/not found/i);
    await reaches(driving, owing, 'dispatched', 60);
    await untilWork(resting);
    await untilTheEnd(resting);
    await person(owing, 'clerk1', 'sign', {});
    await person(owing, 'case1', 'contact', { means: 'phone' });
    await reaches(driving, owing, 'in_progress');
    await untilTheEnd(owing);
  },
);

test(
  "Temporal's data are put back to a copy from three steps earlier: no move is made twice, and the case goes on",
  { timeout: 120_000 },
  async () => {
    const item = await matched();
    await settles(driving, item);
    const copy = join(directory, 'copy');
    await without('asked', async () => {
      await mkdir(copy);
      for (const name of await storeFiles()) await cp(join(directory, name), join(copy, name));
    });
    await untilWork(item); // five steps and two moves
    await settles(driving, item);
    const later = (await historyOf(driving, item)).events?.length ?? 0;
    const moved = await typesOf(driving, item);
    await without('asked', async () => {
      for (const name of await storeFiles()) await rm(join(directory, name));
      for (const name of await readdir(copy)) await cp(join(copy, name), join(directory, name));
    });
    const earlier = (await historyOf(driving, item)).events?.length ?? 0;
    expect(earlier).toBeGreaterThan(0);
    expect(earlier).toBeLessThan(later); // it has forgotten
    await driving.wake(item);
    await settles(driving, item);
    expect(await typesOf(driving, item)).toEqual(moved);
    await untilTheEnd(item);
  },
);
