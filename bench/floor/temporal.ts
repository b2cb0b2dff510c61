import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { crowd, type Tally, type Window } from '../crowd.ts';
import { countKinds, type HistoryFigures } from '../history.ts';
import { type Cost, costBetween, foreignShare, readMeters, type Reading } from '../meters.ts';
import type { Percentiles } from '../percentiles.ts';
import type { Servers } from '../servers.ts';
import type { Moved } from './activities.ts';
import { FLOOR_QUEUE } from './queue.ts';

/** Bare Temporal: the same signals, activities and events, with nothing in them. */
export interface TemporalFloor extends Omit<Window, 'steps' | 'stepsPerSecond' | 'stepMs'> {
  clients: number;
  moveMs: Percentiles;
  perLifecycle: Cost;
  history: HistoryFigures['perLifecycle'];
  foreignShare: number;
}

interface FloorSite {
  servers: Servers;
  clients: number;
  warmMs: number;
  seconds: number;
  signal: AbortSignal;
}

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
const MOVES = 7;

/** Life after life for each client; then one alone, whose history is counted. */
export async function measureTemporalFloor(site: FloorSite): Promise<TemporalFloor> {
  const { servers, clients, warmMs, seconds, signal } = site;
  const worker = await startWorker(servers, signal);
  const connection = await Connection.connect({ address: servers.temporal.address });
  const client = new Client({ connection, namespace: servers.temporal.namespace });
  let [from, to]: (Reading | undefined)[] = [];
  const opens = async (): Promise<void> => void (from = await readMeters(servers));
  const closes = async (): Promise<void> => void (to = await readMeters(servers));
  const lives = livesOf(client, listen(worker));
  try {
    const window = await crowd(
      { clients, stepsOfLife: MOVES, warmMs, seconds, signal, opens, closes },
      async (_, tally, stopped) => await lives(`floor/${randomUUID()}`, tally, stopped),
    );
    if (!from || !to) throw new Error('the window was not metered');
    const alone = `floor/${randomUUID()}`;
    await lives(alone, { step: () => undefined }, () => false);
    await client.workflow.getHandle(alone).result();
    const { steps: _steps, stepsPerSecond: _rate, stepMs: moveMs, ...rest } = window;
    return {
      clients,
      ...rest,
      moveMs,
      perLifecycle: costBetween(from, to, window.lifecycles),
      history: await countKinds(client, alone),
      foreignShare: foreignShare(from, to, availableParallelism()),
    };
  } finally {
    await connection.close();
    await stopWorker(worker);
  }
}

/** One life: each move is waited for, as a person waits for it before the next step. */
function livesOf(
  client: Client,
  moved: (id: string) => Promise<void>,
): (id: string, tally: Tally, stopped: () => boolean) => Promise<void> {
  return async (id, tally, stopped) => {
    for (let move = 1; move <= MOVES && !stopped(); move += 1) {
      const began = performance.now();
      const next = moved(id);
      await wake(client, id);
      await next;
      tally.step(performance.now() - began);
    }
  };
}

/** As `wakeOf` of the product wakes an item. */
async function wake(client: Client, workflowId: string): Promise<void> {
  await client.workflow.signalWithStart('floor', {
    taskQueue: FLOOR_QUEUE,
    workflowId,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    args: [],
    signal: 'wake',
  });
}

/** Resolves at the next move of a workflow, as its worker tells it. */
function listen(worker: ChildProcess): (id: string) => Promise<void> {
  const waiting = new Map<string, () => void>();
  worker.on('message', (message) => {
    if (typeof message !== 'object' || !('moved' in message)) return;
    const { moved } = message as Moved; // the worker's activities send nothing else
    waiting.get(moved)?.();
    waiting.delete(moved);
  });
  return async (id) => await new Promise((done) => waiting.set(id, done));
}

async function startWorker({ env }: Servers, signal: AbortSignal): Promise<ChildProcess> {
  const execArgv = ['--enable-source-maps', '--import', import.meta.resolve('tsx')];
  const worker = fork(WORKER, { env, execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = once(worker, 'exit', { signal }).then(() => {
    throw new Error('the worker of the floor did not start');
  });
  await Promise.race([once(worker, 'message', { signal }), ended]);
  ended.catch(() => undefined); // later ends are asked for
  return worker;
}

async function stopWorker(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = once(worker, 'exit');
  worker.kill('SIGTERM');
  await gone;
}
