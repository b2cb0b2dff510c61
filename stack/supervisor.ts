import { createKeeper, type Keeper, type Patience, type Surroundings, type Unit } from './keeper.ts';
import type { Manner } from './processes.ts';

export interface Supervisor {
  /** Resolves when it runs and is watched. @throws what its start throws; a first start is not tried again */
  keep(unit: Unit): Promise<void>;
  /** Resolves, with the reason, when a unit ended too often to be started again. */
  gaveUp: Promise<string>;
  /** Ends everything, the last kept first; told to while it is being asked, all at once and without patience. */
  stop(how: Manner): Promise<void>;
}

const PATIENCE: Patience = { ends: 5, withinMs: 60_000, delayMs: 500 };

/**
 * Starts units in the order in which they are kept, starts again what ends by itself, and ends all in reverse order.
 * `say` is told what happens.
 */
export function createSupervisor(say: (line: string) => void, patience: Patience = PATIENCE): Supervisor {
  const stopping = new AbortController();
  const keepers: Keeper[] = [];
  const watches: Promise<void>[] = [];
  let manner: Manner = 'asked';
  let stopped: Promise<void> | undefined;
  let giveUp: (reason: string) => void = () => undefined;
  const gaveUp = new Promise<string>((done) => (giveUp = done));
  const surroundings: Surroundings = { say, patience, stopping: stopping.signal, giveUp, startedAgain: renewFollowers };

  function renewFollowers(name: string): void {
    for (const { unit, renew } of keepers.filter((keeper) => keeper.unit.follows?.includes(name))) {
      say(`${unit.name} 随 ${name} 重启 · ${unit.name} is started anew, as it follows ${name}`);
      renew();
    }
  }

  async function stopAll(): Promise<void> {
    stopping.abort(new Error('the stack is stopping'));
    for (const keeper of keepers.toReversed()) await keeper.end(manner);
    await Promise.all(watches);
  }

  return {
    gaveUp,
    async keep(unit) {
      const keeper = createKeeper(unit, surroundings);
      keepers.push(keeper);
      await keeper.begin();
      watches.push(keeper.watch());
    },
    stop(how) {
      if (how === 'told') {
        manner = how;
        for (const keeper of keepers) keeper.kill();
      }
      stopped ??= stopAll();
      return stopped;
    },
  };
}
