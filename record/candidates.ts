import { resourceId, teamId } from '../domain/ids.ts';
import type { Blocker } from '../domain/process/lists.ts';
import { type Candidates, type ItemState, type Need, uncovered } from '../domain/process/state.ts';
import { ABOVE } from './area.ts';
import type { OfficeTransaction } from './office.ts';

/** More than these nobody reads; the best come first. */
const MOST = 30;

/** What could serve the item, or the first list that is empty; who has a team needs no other. `onNeed` is called after each need that was looked at. */
export async function candidatesFor(
  tx: OfficeTransaction,
  state: ItemState,
  onNeed?: () => void,
): Promise<{ candidates: Candidates } | { none: Blocker }> {
  const resources = [];
  for (const need of state.needs.filter((candidate) => uncovered(state, candidate) > 0)) {
    const found = await resourcesFor(tx, state, need);
    if (found.length === 0) return { none: 'NO_RESOURCE' };
    resources.push(...found);
    onNeed?.();
  }
  const teams = await teamsFor(tx, state);
  const led = state.lead?.active === true;
  return teams.length === 0 && !led ? { none: 'NO_TEAM' } : { candidates: { resources, teams } };
}

/** Resources of the need's kind and unit that are valid today, cover the item's area and have something free: those with enough first. */
async function resourcesFor(tx: OfficeTransaction, state: ItemState, need: Need): Promise<Candidates['resources']> {
  const rows = await tx.query<{ id: string; free: number | null }>(
    'resource_candidates',
    `${ABOVE} SELECT id, capacity - reserved AS free
       FROM resource, (SELECT (office_now() AT TIME ZONE 'Asia/Shanghai')::date AS day) AS today
       WHERE office_id = $1 AND kind = $3 AND unit = $4 AND area && (SELECT array_agg(id) FROM above)
         AND valid_from <= day AND (valid_to IS NULL OR valid_to >= day) AND (capacity IS NULL OR reserved < capacity)
       ORDER BY capacity IS NULL OR capacity - reserved >= $5 DESC, capacity - reserved DESC NULLS FIRST, id LIMIT $6`,
    [tx.office, areaOf(state), need.kind, need.unit, uncovered(state, need), MOST],
  );
  return rows.map(({ id, free }) => ({ need: need.id, resource: resourceId(id), free }));
}

/** Active teams with every skill that is asked for, whose area covers the item's, with places free: most free first. */
async function teamsFor(tx: OfficeTransaction, state: ItemState): Promise<Candidates['teams']> {
  const rows = await tx.query<{ id: string; free: number }>(
    'team_candidates',
    `${ABOVE} SELECT id, max_open_load - open_load AS free FROM team
       WHERE office_id = $1 AND active AND skills @> $3 AND area && (SELECT array_agg(id) FROM above)
         AND open_load < max_open_load
       ORDER BY max_open_load - open_load DESC, id LIMIT $4`,
    [tx.office, areaOf(state), state.skills, MOST],
  );
  return rows.map(({ id, free }) => ({ team: teamId(id), free }));
}

const areaOf = ({ fields }: ItemState): string => String(fields['area'] ?? '');
