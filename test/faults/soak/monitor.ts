import { setTimeout as sleep } from 'node:timers/promises';
import type { WholeStack } from '../whole-stack.ts';
import type { Landed } from './chaos.ts';

/** How long it took until people and workflow got on again. */
export interface Monitor {
  landed(fault: Landed): void;
  /** From the moment a fault was healed until a step and a move that began later were committed; in ms. */
  longestRecovery(): number;
  /** The longest that anything was owed, faults in between or not; in ms. */
  longestDebt(): number;
  stop(): Promise<void>;
}

interface Sight {
  step: number | null;
  move: number | null;
  debt: number;
}

export function watch(stack: WholeStack): Monitor {
  const stopping = new AbortController();
  let waiting: Landed[] = [];
  let [recovery, debt] = [0, 0];
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(1_000);
      const sight = await see(stack).catch(() => undefined); // PostgreSQL is away
      if (!sight) continue;
      debt = Math.max(debt, sight.debt);
      const { step, move } = sight;
      const over = waiting.filter(({ healedAt }) => (step ?? 0) > healedAt && (move ?? 0) > healedAt);
      waiting = waiting.filter((fault) => !over.includes(fault));
      for (const { healedAt } of over) recovery = Math.max(recovery, Date.now() - healedAt);
    }
  })();
  return {
    landed: (fault) => void waiting.push(fault),
    longestRecovery: () => recovery,
    longestDebt: () => debt,
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

async function see(stack: WholeStack): Promise<Sight | undefined> {
  return await stack.look(async (admin) => {
    const { rows } = await admin.query<Sight>(
      `SELECT max(at) FILTER (WHERE role <> 'system') AS step, max(at) FILTER (WHERE role = 'system') AS move,
         (SELECT coalesce(office_now_ms() - min(next_due), 0) FROM item WHERE next_due <= office_now_ms()) AS debt
       FROM command`,
    );
    return rows[0];
  });
}
