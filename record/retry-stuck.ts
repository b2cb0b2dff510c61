import type { Pool } from 'pg';
import type { ItemId, OfficeId } from '../domain/ids.ts';
import { type Blocker, blockers, lackedList } from '../domain/process/lists.ts';
import { candidatesFor } from './candidates.ts';
import { storeDebt } from './debt.ts';
import { type LoadedItem, lockItemIfFree, waitingFor } from './load-item.ts';
import { type OfficeTransaction, withOffice } from './office.ts';

/**
 * Makes the steps of an item due that wait for a list which has gained something, tries kept; a search that would still
 * find nothing goes on waiting, so that a gain of no use to the item leaves no refusal behind. Locks this item and
 * nothing else, and passes it over while somebody works on it.
 * @returns whether a step became due
 */
export async function retryStuck(pool: Pool, office: OfficeId, id: ItemId): Promise<boolean> {
  return await withOffice(pool, office, async (tx) => {
    const item = await lockItemIfFree(tx, id);
    if (!item) return false;
    const waiting = (await waitingFor(tx, id)).stuck.filter(({ lacks }) => lacks !== null);
    let due = false;
    for (const { step, code } of waiting) {
      const still = isSearch(code) ? await stillNothing(tx, item) : undefined;
      if (still) await goOnWaiting(tx, id, step, still);
      else await makeDue(tx, id, step);
      due ||= !still;
    }
    if (due) await storeDebt(tx, item);
    return due;
  });
}

const isSearch = (code: string): boolean => blockers.some((blocker) => blocker === code);

async function stillNothing(tx: OfficeTransaction, item: LoadedItem): Promise<Blocker | undefined> {
  const found = await candidatesFor(tx, item.state);
  return 'none' in found ? found.none : undefined;
}

/** Another list may be the empty one by now. */
async function goOnWaiting(tx: OfficeTransaction, id: ItemId, step: string, blocker: Blocker): Promise<void> {
  await tx.query(
    'wait_on',
    'UPDATE stuck SET code = $4, lacks = $5, seen = $6 WHERE office_id = $1 AND item_id = $2 AND step = $3',
    [tx.office, id, step, blocker, lackedList(blocker), tx.seen],
  );
}

async function makeDue(tx: OfficeTransaction, id: ItemId, step: string): Promise<void> {
  await tx.query(
    'make_due',
    `UPDATE stuck SET retry_at = least(retry_at, office_now_ms()) WHERE office_id = $1 AND item_id = $2 AND step = $3`,
    [tx.office, id, step],
  );
}
