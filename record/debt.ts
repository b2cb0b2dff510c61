import type { ItemId } from '../domain/ids.ts';
import type { Command } from '../domain/process/context.ts';
import { type Blocker, lackedList } from '../domain/process/lists.ts';
import { nextSystemStep, type Queued, queuedStep, type Stuck } from '../domain/process/next-system-step.ts';
import type { ItemState } from '../domain/process/state.ts';
import type { RefusalCode } from '../domain/refusals.ts';
import type { Instant } from '../domain/time.ts';
import { type LoadedItem, loadItem, waitingFor } from './load-item.ts';
import { officeNow, type OfficeTransaction } from './office.ts';

const FIRST_RETRY = 60_000;
const LAST_RETRY = 86_400_000;

/** The instant from which the system owes the item something; null when it owes nothing. */
function dueFrom(
  item: LoadedItem,
  state: ItemState,
  at: Instant,
  queued: readonly Queued[],
  stuck: readonly Stuck[],
): Instant | null {
  const next = nextSystemStep(item.plan, state, at, queued, stuck);
  return 'step' in next ? at : next.until;
}

/** What is owed to an item, and what waits until later. */
export interface Debt {
  nextDue: Instant | null;
  queued: Queued[];
  stuck: Stuck[];
}

/**
 * What is owed after this command, and which stuck steps go on waiting: those of the same stay in the same state, and
 * what others asked for until it is settled.
 */
export async function nextDebt(
  tx: OfficeTransaction,
  item: LoadedItem,
  state: ItemState,
  command: Command,
): Promise<Debt> {
  const { stuck: known, queued } = await waitingFor(tx, item.id);
  const stays = ({ step }: Stuck): boolean =>
    step.startsWith(queuedStep(''))
      ? queued.some(({ id }) => step === queuedStep(id))
      : state.entered === item.state.entered && step !== command.name;
  const stuck = known.filter(stays);
  if (stuck.length < known.length)
    await tx.query('unstick', 'DELETE FROM stuck WHERE office_id = $1 AND item_id = $2 AND step <> ALL($3)', [
      tx.office,
      item.id,
      stuck.map(({ step }) => step),
    ]);
  return { nextDue: dueFrom(item, state, command.at, queued, stuck), queued, stuck };
}

/**
 * A step that was refused or found nothing waits a minute, then twice as long each time, up to a day of office time.
 * `seen` is the snapshot under which that was found: what a list gains after it makes the step due at once.
 */
export async function markStuck(
  tx: OfficeTransaction,
  id: ItemId,
  step: string,
  code: RefusalCode | Blocker,
  seen: string,
): Promise<void> {
  const lacks = lackedList(code);
  await tx.query(
    'stick',
    `INSERT INTO stuck (office_id, item_id, step, code, tries, retry_at, lacks, seen)
       VALUES ($1, $2, $3, $4, 1, office_now_ms() + $5, $7, $8)
     ON CONFLICT (office_id, item_id, step) DO UPDATE SET code = EXCLUDED.code, tries = stuck.tries + 1,
       retry_at = office_now_ms() + least($6, $5 * (2 ^ least(stuck.tries, 20))::bigint),
       lacks = EXCLUDED.lacks, seen = EXCLUDED.seen`,
    [tx.office, id, step, code, FIRST_RETRY, LAST_RETRY, lacks, lacks && seen],
  );
  const item = await loadItem(tx, id);
  if (item) await storeDebt(tx, item);
}

/** What is owed to an item that stands where it stood, now that something about its stuck steps changed. */
export async function storeDebt(tx: OfficeTransaction, item: LoadedItem): Promise<void> {
  const { queued, stuck } = await waitingFor(tx, item.id);
  const due = dueFrom(item, item.state, await officeNow(tx), queued, stuck);
  await tx.query('debt', 'UPDATE item SET next_due = $3 WHERE office_id = $1 AND id = $2', [tx.office, item.id, due]);
}
