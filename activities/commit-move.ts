import type { CommandName, Payloads } from '../domain/commands/vocabulary.ts';
import type { SystemStep } from '../domain/process/next-system-step.ts';
import { commit, type CommitRequest, type Outcome, type Store } from '../record/commit.ts';
import { type OfficeTransaction, withOffice } from '../record/office.ts';
import { wordsFrom } from '../record/origin.ts';
import { queuedCommand, type QueuedCommand } from '../record/queue.ts';
import type { OfficeKey } from '../record/seal.ts';
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
  if (outcome?.kind !== 'applied') return await catchUp(store, move);
  // a first record pins the plan in force, which may be another one by now than the one that was read
  return outcome.rev === 1 ? await catchUp(store, { ...move, known: NOTHING }) : standing(outcome);
}

const NOTHING = { rev: 0, head: null };

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
  const key = await store.keyOf(office);
  const asked = await withOffice(store.pool, office, async (tx) => {
    const queued = await queuedCommand(tx, item, id);
    return queued && { queued, ...(await firstWords(tx, key, queued)) };
  });
  if (!asked) return undefined;
  const { queued } = asked;
  return await commit(store, {
    texts: {},
    ...asked,
    office,
    item,
    run,
    expected: known.rev === 0 ? { new: true } : known,
    actor: { kind: 'system' },
    key: id,
    name: queued.name,
    payload: queued.payload,
  });
}

/** A demand that begins with this command is the same resident's, in the same words. */
async function firstWords(
  tx: OfficeTransaction,
  key: OfficeKey,
  { source, sourceRev, name, payload }: QueuedCommand,
): Promise<Pick<CommitRequest, 'texts' | 'sharesKeyOf'> | undefined> {
  if (name !== 'submit') return undefined;
  const { origin } = payload as Payloads['submit']; // the name was just compared
  if (!origin) return undefined;
  const texts = await wordsFrom(tx, key, { item: source, rev: sourceRev }, origin);
  return { texts, sharesKeyOf: source };
}

function payloadOf(
  step: Exclude<SystemStep, { kind: 'queued' }>,
  found: Exclude<Found, { none: unknown }> | undefined,
): Payloads[CommandName] {
  if (step.kind === 'auto') return found ?? step.payload ?? {};
  const { id, run, limit, level } = step.level;
  return { id, run, limit, level };
}
