import { ApplicationFailure } from '@temporalio/common';
import { type ItemState, uncovered } from '../domain/process/state.ts';
import { resourcesFor, teamsFor } from '../record/candidates.ts';
import type { Store } from '../record/commit.ts';
import { loadItem } from '../record/load-item.ts';
import { type OfficeTransaction, withOffice } from '../record/office.ts';
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
    return await search(tx, item.state, heartbeat);
  });
}

async function search(tx: OfficeTransaction, state: ItemState, heartbeat: () => void): Promise<Found> {
  const resources = [];
  for (const need of state.needs.filter((candidate) => uncovered(state, candidate) > 0)) {
    const found = await resourcesFor(tx, state, need);
    if (found.length === 0) return { none: 'NO_RESOURCE' };
    resources.push(...found);
    heartbeat();
  }
  const teams = await teamsFor(tx, state);
  return teams.length === 0 ? { none: 'NO_TEAM' } : { candidates: { resources, teams } };
}
