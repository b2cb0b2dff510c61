import { setTimeout as sleep } from 'node:timers/promises';
import { type Percentiles, percentiles, rounded } from './percentiles.ts';

/** Told by each client of what it has done; counts only while a window is open. */
export interface Tally {
  step(ms: number): void;
}

/** One client's life after life goes on in steps; between two of them it may be stopped. */
export type Client = (client: number, tally: Tally, stopped: () => boolean) => Promise<void>;

export interface Window {
  seconds: number;
  steps: number;
  /** Their steps over the steps of one: those under way at the beginning and at the end weigh each other up. */
  lifecycles: number;
  stepsPerSecond: number;
  lifecyclesPerSecond: number;
  stepMs: Percentiles;
}

interface Crowd {
  clients: number;
  stepsOfLife: number;
  /** Until everything is as busy as it will be. */
  warmMs: number;
  seconds: number;
  signal: AbortSignal;
  /** The moments at which the window opens and closes. */
  opens?: () => Promise<void>;
  closes?: () => Promise<void>;
}

/**
 * Lets so many clients live life after life, and counts the steps that are finished in a window in the midst of it.
 * @throws what a client throws
 */
export async function crowd(
  { clients, stepsOfLife, warmMs, seconds, signal, opens, closes }: Crowd,
  live: Client,
): Promise<Window> {
  const latencies: number[] = [];
  let open = false;
  const stopped = new AbortController();
  const tally: Tally = { step: (ms) => void (open && latencies.push(ms)) };
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const all = Array.from({ length: clients }, async (_, client) => {
    try {
      while (!stopped.signal.aborted) await live(client, tally, () => stopped.signal.aborted);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  const finished = Promise.allSettled(all);
  try {
    await sleep(warmMs, undefined, { signal: either });
    await opens?.();
    const from = performance.now();
    open = true;
    await sleep(seconds * 1_000, undefined, { signal: either });
    open = false;
    const measured = (performance.now() - from) / 1_000;
    await closes?.();
    const lifecycles = latencies.length / stepsOfLife;
    return {
      seconds: rounded(measured),
      steps: latencies.length,
      lifecycles: rounded(lifecycles),
      stepsPerSecond: rounded(latencies.length / measured),
      lifecyclesPerSecond: rounded(lifecycles / measured),
      stepMs: percentiles(latencies),
    };
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error;
  } finally {
    stopped.abort();
    await finished;
  }
}
