import { ApplicationFailure } from '@temporalio/common';
import { candidatesFor } from '../record/candidates.ts';
import type { Store } from '../record/commit.ts';
import { loadItem } from '../record/load-item.ts';
import { withOffice } from '../record/office.ts';
import type { Found, ItemRef } from '../workflows/messages.ts';

/**
 * What could serve the item: resources for each need that is not covered yet, and teams. A proposal read without locks;
 * people choose from it, and their commands are judged on what is there then. Shows by `heartbeat` that it goes on.
 * @throws ApplicationFailure, not to be tried again, when there is no such item
 */
export async function findCandidates(
  { pool }: Pick<Store, 'pool'>,
  { office, item: id }: ItemRef,
  heartbeat: () => void,
): Promise<Found> {
  return await withOffice(pool, office, async (tx) => {
    const item = await loadItem(tx, id);
    if (!item) throw ApplicationFailure.nonRetryable('there is no such item');
    const found = await candidatesFor(tx, item.state, heartbeat);
    return 'none' in found ? { ...found, seen: tx.seen } : found;
  });
}
