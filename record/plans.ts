import { contentHash } from '../proof/record.ts';
import type { Hash, OfficeId } from '../domain/ids.ts';
import type { Plan } from '../domain/process/definition.ts';
import type { OfficeTransaction } from './office.ts';

export interface PinnedPlan {
  hash: Hash;
  plan: Plan;
}

// A published plan never changes, so what was read once is true for ever; an office has few versions in use.
const known = new Map<string, PinnedPlan>();
const LIMIT = 500;

function remember(office: OfficeId, row: { hash: string; plan: string }): PinnedPlan {
  const plan = JSON.parse(row.plan) as Plan; // compiled before it was stored; the hash below says it is still the same
  const pinned = { hash: contentHash(plan), plan };
  if (pinned.hash !== row.hash) throw new Error('a stored plan does not match its hash');
  if (known.size >= LIMIT) known.clear();
  known.set(`${office}/${row.hash}`, pinned);
  return pinned;
}

/** The plan an item is pinned to. @throws Error when the office has no such version. */
export async function planOf(tx: OfficeTransaction, hash: string): Promise<PinnedPlan> {
  const found = known.get(`${tx.office}/${hash}`);
  if (found) return found;
  const [row] = await tx.query<{ hash: string; plan: string }>(
    'plan',
    'SELECT hash, plan FROM definition_version WHERE office_id = $1 AND hash = $2',
    [tx.office, hash],
  );
  if (!row) throw new Error(`the office has no definition version ${hash}`);
  return remember(tx.office, row);
}

/** The version that new items of this kind take. @throws Error when the office has published none. */
export async function planInForce(tx: OfficeTransaction, kind: Plan['kind']): Promise<PinnedPlan> {
  const [row] = await tx.query<{ hash: string }>(
    'plan_in_force',
    'SELECT hash FROM definition_version WHERE office_id = $1 AND kind = $2 AND in_force',
    [tx.office, kind],
  );
  if (!row) throw new Error(`the office has published no definition for a ${kind}`);
  return await planOf(tx, row.hash);
}
