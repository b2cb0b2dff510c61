import { setTimeout as sleep } from 'node:timers/promises';
import type { Manner, Running } from './processes.ts';

/** Something to keep running. */
export interface Unit {
  name: string;
  start(signal: AbortSignal): Promise<Running>;
  /** Started anew whenever one of these was started again. */
  follows?: string[];
}

export interface Supervisor {
  /** Resolves when it runs and is watched. @throws what its start throws; a first start is not tried again */
  keep(unit: Unit): Promise<void>;
  /** Resolves, with the reason, when a unit ended too often to be started again. */
  gaveUp: Promise<string>;
  /** Ends everything, the last kept first; told to while it is being asked, all at once and without patience. */
  stop(how: Manner): Promise<void>;
}

/** More ends of one unit than this within the span are no accident. */
export interface Patience {
  ends: number;
  withinMs: number;
  /** Before the first new start; doubled for each further end within the span. */
  delayMs: number;
}

export const PATIENCE: Patience = { ends: 5, withinMs: 60_000, delayMs: 500 };

interface Kept {
  unit: Unit;
  running: Running | undefined;
  /** Settles when the start that is under way has come to its end. */
  beginning: Promise<unknown>;
  /** Instants of its unwanted ends. */
  ends: number[];
  /** It is to be started anew, and its next end is our doing. */
  renewing: boolean;
}

/**
 * Starts units in the order in which they are kept, starts again what ends by itself, and ends all in reverse order.
 * `say` is told what happens.
 */
export function createSupervisor(say: (line: string) => void, patience: Patience = PATIENCE): Supervisor {
  const stopping = new AbortController();
  const kept: Kept[] = [];
  const watches: Promise<void>[] = [];
  let manner: Manner = 'asked';
  let stopped: Promise<void> | undefined;
  let giveUp: (reason: string) => void = () => undefined;
  const gaveUp = new Promise<string>((done) => (giveUp = done));

  async function watch(one: Kept): Promise<void> {
    while (one.running) {
      const how = await one.running.gone;
      one.running = undefined;
      if (stopping.signal.aborted) return;
      const renewed = one.renewing;
      if (!renewed && !(await mayStartAgain(one, how))) return;
      await startAgain(one);
      if (one.running && !renewed) renewFollowers(one.unit.name);
    }
  }

  /** Counts an end that nobody asked for, and waits for a while. @returns whether a new start is worth it */
  async function mayStartAgain(one: Kept, how: string): Promise<boolean> {
    const { name } = one.unit;
    const now = performance.now();
    one.ends = [...one.ends.filter((end) => now - end < patience.withinMs), now];
    const times = one.ends.length;
    if (times >= patience.ends) {
      const span = `${patience.withinMs / 1000} s`;
      giveUp(
        `${name} 在 ${span} 内退出 ${times} 次，不再重启 · ${name} ended ${times} times within ${span} (${how}), giving up`,
      );
      return false;
    }
    const delay = patience.delayMs * 2 ** (times - 1);
    say(`${name} 意外退出（${how}），${delay} ms 后重启 · ${name} ended (${how}), starting it again in ${delay} ms`);
    return await sleep(delay, true, { signal: stopping.signal }).catch(() => false);
  }

  async function begin(one: Kept): Promise<void> {
    stopping.signal.throwIfAborted();
    const starting = one.unit.start(stopping.signal);
    one.beginning = starting.catch(() => undefined); // it is the caller's to hear of
    one.running = await starting;
  }

  async function startAgain(one: Kept): Promise<void> {
    while (!one.running) {
      one.renewing = false;
      try {
        await begin(one);
        say(`${one.unit.name} 已重启 · ${one.unit.name} is running again`);
      } catch (error) {
        if (stopping.signal.aborted || !(await mayStartAgain(one, String(error)))) return;
      }
    }
    // what it follows was started again while it started itself
    if (one.renewing) void one.running.stop('asked');
  }

  function renewFollowers(name: string): void {
    for (const one of kept) {
      if (!one.unit.follows?.includes(name)) continue;
      one.renewing = true;
      say(`${one.unit.name} 随 ${name} 重启 · ${one.unit.name} is started anew, as it follows ${name}`);
      void one.running?.stop('asked');
    }
  }

  async function stopAll(): Promise<void> {
    stopping.abort(new Error('the stack is stopping'));
    for (const one of kept.toReversed()) {
      await one.beginning;
      if (!one.running) continue;
      say(`停止 ${one.unit.name} · stopping ${one.unit.name}`);
      await one.running.stop(manner);
    }
    await Promise.all(watches);
  }

  return {
    gaveUp,
    async keep(unit) {
      const one: Kept = { unit, running: undefined, beginning: Promise.resolve(), ends: [], renewing: false };
      kept.push(one);
      await begin(one);
      watches.push(watch(one));
    },
    stop(how) {
      if (how === 'told') {
        manner = how;
        for (const one of kept) void one.running?.stop(how);
      }
      stopped ??= stopAll();
      return stopped;
    },
  };
}
