import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Store } from '../record/commit.ts';
import { turnCalendar } from '../record/calendar-run.ts';
import { tellNews } from '../record/news.ts';
import { removeLeftContent, removeLooseFile } from '../record/loose-files.ts';
import { retryStuck } from '../record/retry-stuck.ts';
import { type ArchiverDeps, createArchiver } from './archiver.ts';
import { createCalendarLoop } from './calendars.ts';
import { createGainLoop } from './gains.ts';
import { type Leading, runAsLeader } from './leader.ts';
import { createNewsLoop } from './news.ts';
import { createLooseFileLoop } from './loose-files.ts';
import { renew } from './reconciler.ts';
import { wake } from './wake.ts';
import { createWaker, type WakerDeps } from './waker.ts';

export interface LoopDeps {
  /** The loops' own login; each loop keeps one connection of it. */
  loops: Pool;
  /** The application's side, for what a loop does within one office. */
  store: Store;
  client: Client;
  code: ArchiverDeps['code'];
  logger: Logger;
  /** Ends every loop after the tick that is under way. */
  signal: AbortSignal;
}

/** Overrides for tests. */
export interface LoopFigures extends Pick<WakerDeps, 'mostSeen' | 'renewAfter'> {
  everyMs?: number;
  firstWait?: number;
}

/** How many connections the loops need. */
export const MOST_LOOPS = 7;
const EVERY_MS = 1_000;

/** Everything that goes on by itself beside the items' workflows; of all processes one leads each loop. */
export async function runLoops(
  { loops, store, client, code, logger, signal }: LoopDeps,
  { everyMs = EVERY_MS, firstWait, ...waking }: LoopFigures = {},
): Promise<void> {
  const leading = (name: string): Leading => ({ pool: loops, name: `four-lists/${name}`, everyMs, logger, signal });
  const waker = createWaker({
    wake: async (ref) => await wake(client, ref),
    renew: async (ref) => await renew(client, ref, logger),
    logger,
    ...waking,
  });
  const gains = createGainLoop({
    retry: async ({ office, item }) => await retryStuck(store.pool, office, item),
    logger,
  });
  const calendars = createCalendarLoop({
    turn: async (run) => await turnCalendar(store, run),
    wake: async (ref) => await wake(client, ref),
    logger,
  });
  const archiver = createArchiver({ client, store, code, logger, ...(firstWait === undefined ? {} : { firstWait }) });
  const news = createNewsLoop({ tell: async (office) => await tellNews(store.pool, office), logger });
  const looseFiles = createLooseFileLoop({
    remove: async ({ office, item, sha256 }) => void (await removeLooseFile(store.pool, office, item, sha256)),
    removeLeft: async (office, content) => await removeLeftContent(store.pool, office, content),
    logger,
  });
  const ticks = { waker, gains, calendars, archiver, news, 'loose-files': looseFiles };
  await Promise.all(Object.entries(ticks).map(async ([name, tick]) => await runAsLeader(leading(name), tick)));
}
