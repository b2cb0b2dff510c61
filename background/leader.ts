import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import type { Logger } from 'pino';

/** What a loop does each time; `lead` is the connection that holds the lock, so that a leader without it does nothing. */
export type Tick = (lead: PoolClient) => Promise<void>;

export interface Leading {
  /** The loops' own login. */
  pool: Pool;
  /** Names the lock: of all processes on this database one leads. */
  name: string;
  everyMs: number;
  logger: Logger;
  /** Ends the loop after the tick that is under way. */
  signal: AbortSignal;
}

/**
 * Runs `tick` every so many milliseconds in one process of all. The lock belongs to a connection: when that is lost,
 * whoever asks next leads. A tick that fails is logged and the lead given up, so that a broken leader does not keep it.
 */
export async function runAsLeader({ pool, name, everyMs, logger, signal }: Leading, tick: Tick): Promise<void> {
  while (!signal.aborted) {
    try {
      await leadWhileHeld();
    } catch (error) {
      logger.warn({ err: error, loop: name }, 'the loop failed and begins again');
    }
    await pause(everyMs, signal);
  }

  async function leadWhileHeld(): Promise<void> {
    const lead = await pool.connect();
    lead.on('error', ignore); // a connection that breaks between two ticks fails the next one
    try {
      const { rows } = await lead.query<{ held: boolean }>('SELECT pg_try_advisory_lock(hashtext($1)) AS held', [name]);
      while (rows[0]?.held && !signal.aborted) {
        await tick(lead);
        await pause(everyMs, signal);
      }
    } finally {
      lead.off('error', ignore);
      lead.release(true); // closed, not returned: the lock goes with the session
    }
  }
}

const ignore = (): undefined => undefined;

/** Resolves early, without an error, when the loop is to end. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(ignore);
}
