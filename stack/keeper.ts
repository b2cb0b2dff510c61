import { setTimeout as sleep } from 'node:timers/promises';
import { explain, isObstacle } from './explain.ts';
import type { Manner, Running } from './processes.ts';

/** Between two looks whether an obstacle is gone, in first delays. */
const OBSTACLE_DELAYS = 4;

/** Something to keep running. */
export interface Unit {
  name: string;
  start(signal: AbortSignal): Promise<Running>;
  /** Started anew whenever one of these was started again. */
  follows?: string[];
}

/** More ends of one unit than this within the span are no accident. */
export interface Patience {
  ends: number;
  withinMs: number;
  /** Before the first new start; doubled for each further end within the span. */
  delayMs: number;
}

/** What one unit has to do with the others. */
export interface Surroundings {
  say: (line: string) => void;
  patience: Patience;
  /** Aborted when everything stops. */
  stopping: AbortSignal;
  /** Told the reason when the unit ended too often. */
  giveUp: (reason: string) => void;
  /** Told when the unit was started again after an end of its own. */
  startedAgain: (name: string) => void;
}

/** One unit and whoever starts it again. */
export interface Keeper {
  unit: Unit;
  /** @throws what the unit's start throws */
  begin(): Promise<void>;
  /** Starts it again as often as it ends; resolves when everything stops or it is given up. */
  watch(): Promise<void>;
  /** Started anew on purpose: that end does not count. */
  renew: () => void;
  /** Resolves when it is gone, even if it is just starting. */
  end(manner: Manner): Promise<void>;
  /** Told while it is being asked. */
  kill(): void;
}

export function createKeeper(unit: Unit, surroundings: Surroundings): Keeper {
  const { say, stopping, startedAgain } = surroundings;
  const { name } = unit;
  const worthAnother = countEnds(name, surroundings);
  let running: Running | undefined;
  let beginning: Promise<unknown> = Promise.resolve();
  let renewing = false;

  async function begin(): Promise<void> {
    stopping.throwIfAborted();
    renewing = false;
    const starting = unit.start(stopping);
    beginning = starting.catch(() => undefined); // it is the caller's to hear of
    running = await starting;
  }

  async function beginAgain(): Promise<void> {
    const outOfTheWay = waitForObstacles(name, surroundings);
    while (!running) {
      try {
        await begin();
        say(`${name} 已重启 · ${name} is running again`);
      } catch (error) {
        if (stopping.aborted) return;
        const why = explain(error) ?? (error instanceof Error ? error.message : String(error));
        const goesOn = isObstacle(error) ? await outOfTheWay(why) : await worthAnother(why);
        if (!goesOn) return;
      }
    }
  }

  return {
    unit,
    begin,
    async watch() {
      while (running) {
        if (renewing) void running.stop('asked'); // what it follows was started again while it was starting itself
        const how = await running.gone;
        running = undefined;
        if (stopping.aborted) return;
        const wanted = renewing;
        if (!wanted && !(await worthAnother(how))) return;
        await beginAgain();
        if (running && !wanted) startedAgain(name);
      }
    },
    renew() {
      renewing = true;
      void running?.stop('asked');
    },
    async end(manner) {
      await beginning;
      if (!running) return;
      say(`停止 ${name} · stopping ${name}`);
      await running.stop(manner);
    },
    kill: () => void running?.stop('told'),
  };
}

/** Counts ends that nobody asked for, and waits after each. Resolves to whether a new start is worth it. */
function countEnds(name: string, surroundings: Surroundings): (how: string) => Promise<boolean> {
  const { say, patience, stopping, giveUp } = surroundings;
  let ends: number[] = [];
  return async (how) => {
    const now = performance.now();
    ends = [...ends.filter((end) => now - end < patience.withinMs), now];
    if (ends.length >= patience.ends) {
      const [times, span] = [ends.length, `${patience.withinMs / 1000} s`];
      giveUp(
        `${name} 在 ${span} 内退出 ${times} 次，不再重启 · ${name} ended ${times} times within ${span} (${how}), giving up`,
      );
      return false;
    }
    const delay = patience.delayMs * 2 ** (ends.length - 1);
    say(`${name} 意外退出（${how}），${delay} ms 后重启 · ${name} ended (${how}), starting it again in ${delay} ms`);
    return await sleep(delay, true, { signal: stopping }).catch(() => false);
  };
}

/** Waits between two looks, and tells what is in the way once. Resolves to whether there is still a use in looking. */
function waitForObstacles(name: string, { say, patience, stopping }: Surroundings): (why: string) => Promise<boolean> {
  let told: string | undefined;
  return async (why) => {
    const [first] = why.split('\n', 1); // what follows may differ by the time of day alone
    if (first !== told) say(`${name} 等待障碍消除 · ${name} waits until this is out of the way: ${why}`);
    told = first;
    return await sleep(OBSTACLE_DELAYS * patience.delayMs, true, { signal: stopping }).catch(() => false);
  };
}
