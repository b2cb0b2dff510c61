import type { CommandName, Payloads } from '../domain/commands/vocabulary.ts';
import type { SystemStep } from '../domain/process/next-system-step.ts';
import { commit, type Outcome, type Store } from '../record/commit.ts';
import { withOffice } from '../record/office.ts';
import { queuedCommand } from '../record/queue.ts';
import { setAside } from '../record/set-aside.ts';
import type { Applied } from '../record/write.ts';
import type { Caught, Found, Move } from '../workflows/messages.ts';
import { catchUp } from './catch-up.ts';

/**
 * The system's move through the same door as everybody's. Applied, applied before, stale or refused: the answer is
 * always where the item stands now, and the workflow goes on from there. A refused step waits as stuck. `run` is the
 * Temporal run that moves.
 */
export async function commitMove(store: Store, move: Move, run: string | null): Promise<Caught> {
  const outcome = await take(store, move, run);
  return outcome?.kind === 'applied' ? standing(outcome) : await catchUp(store, move);
}

async function take(store: Store, move: Move, run: string | null): Promise<Outcome | undefined> {
  const { office, item, known, step, found } = move;
  if (step.kind === 'queued') return await commitQueued(store, move, step.key, run);
  if (found && 'none' in found) {
    await setAside(store, { office, item, known, step, blocker: found.none, seen: found.seen });
    return undefined;
  }
  return await commit(store, {
    office,
    item,
    run,
    expected: known,
    texts: {},
    actor: { kind: 'system' },
    key: `${item}:${step.key}`,
    name: step.command,
    payload: payloadOf(step, found),
  });
}

/** What a reading right after the commit would find: the move is the one record since. */
function standing({ rev, head, at, scale, events, queued, stuck }: Applied): Caught {
  const waiting = stuck.map(({ step, retryAt }) => ({ step, retryAt }));
  return { absent: false, rev, head, at, scale, news: { since: [events] }, queued, stuck: waiting };
}

/** What another item asked for: its payload comes from the record's own queue, and its key is the id it was queued under. */
async function commitQueued(
  store: Store,
  { office, item, known }: Move,
  id: string,
  run: string | null,
): Promise<Outcome | undefined> {
  const queued = await withOffice(store.pool, office, async (tx) => await queuedCommand(tx, item, id));
  if (!queued) return undefined;
  return await commit(store, {
    office,
    item,
    run,
    queued,
    expected: known,
    texts: {},
    actor: { kind: 'system' },
    key: id,
    name: queued.name,
    payload: queued.payload,
  });
}

function payloadOf(
  step: Exclude<SystemStep, { kind: 'queued' }>,
  found: Exclude<Found, { none: unknown }> | undefined,
): Payloads[CommandName] {
  if (step.kind === 'auto') return found ?? {};
  const { id, run, limit, level } = step.level;
  return { id, run, limit, level };
}
