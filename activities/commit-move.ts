import type { CommandName, Payloads } from '../domain/commands/vocabulary.ts';
import type { SystemStep } from '../domain/process/next-system-step.ts';
import { commit, type Store } from '../record/commit.ts';
import { setAside } from '../record/set-aside.ts';
import type { Caught, Found, Move } from '../workflows/messages.ts';
import { catchUp } from './catch-up.ts';

/**
 * The system's move through the same door as everybody's. Applied, applied before, stale or refused: the answer is
 * always where the item stands now, and the workflow goes on from there. A refused step waits as stuck. `run` is the
 * Temporal run that moves.
 */
export async function commitMove(store: Store, move: Move, run: string | null): Promise<Caught> {
  const { office, item, known, step, found } = move;
  if (found && 'none' in found)
    await setAside(store, { office, item, known, step, blocker: found.none, seen: found.seen });
  else
    await commit(store, {
      office,
      item,
      actor: { kind: 'system' },
      key: `${item}:${step.key}`,
      name: step.command,
      payload: payloadOf(step, found),
      texts: {},
      expected: known,
      run,
    });
  return await catchUp(store, { office, item, known });
}

function payloadOf(step: SystemStep, found: Exclude<Found, { none: unknown }> | undefined): Payloads[CommandName] {
  if (step.kind === 'auto') return found ?? {};
  const { id, run, level } = step.level;
  return { id, run, level };
}
