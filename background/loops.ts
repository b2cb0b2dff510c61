import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { retryStuck } from '../record/retry-stuck.ts';
import { createGainLoop } from './gains.ts';
import { type Leading, runAsLeader } from './leader.ts';
import { renew } from './reconciler.ts';
import { wake } from './wake.ts';
import { createWaker, type WakerDeps } from './waker.ts';

export interface LoopDeps {
  /** The loops' own login; each loop keeps one connection of it. */
  loops: Pool;
  /** The application's login, for what a loop does within one office. */
  pool: Pool;
  client: Client;
  logger: Logger;
  /** Ends every loop after the tick that is under way. */
  signal: AbortSignal;
}

/** Overrides for tests. */
export interface LoopFigures extends Pick<WakerDeps, 'mostSeen' | 'renewAfter'> {
  everyMs?: number;
}

/** How many connections the loops need. */
export const MOST_LOOPS = 4;
const EVERY_MS = 1_000;

/** Everything that goes on by itself beside the items' workflows; of all processes one leads each loop. */
export async function runLoops(
  { loops, pool, client, logger, signal }: LoopDeps,
  { everyMs = EVERY_MS, ...waking }: LoopFigures = {},
): Promise<void> {
  const leading = (name: string): Leading => ({ pool: loops, name: `four-lists/${name}`, everyMs, logger, signal });
  const waker = createWaker({
    wake: async (ref) => await wake(client, ref),
    renew: async (ref) => await renew(client, ref, logger),
    logger,
    ...waking,
  });
  const gains = createGainLoop({ retry: async ({ office, item }) => await retryStuck(pool, office, item), logger });
  await Promise.all([runAsLeader(leading('waker'), waker), runAsLeader(leading('gains'), gains)]);
}
