import { type ItemId, isId, itemId, type UserId, userId } from '../../domain/ids.ts';
import type { Grant } from '../../domain/process/context.ts';
import { type Instant, instant } from '../../domain/time.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import { grantOf, type GrantRow } from '../../record/facts.ts';
import { type LoadedItem, loadItem } from '../../record/load-item.ts';
import { Problem } from '../problem.ts';

/** What of the office's cases somebody may read: all, or those they brought in themselves. */
export type Scope = 'all' | 'own';

/** Grants in force at this instant; nothing is locked, because nothing is decided here. */
export async function grantsNow(tx: OfficeTransaction, user: UserId, at: Instant): Promise<Grant[]> {
  const rows = await tx.query<GrantRow>(
    'api_grants',
    `SELECT g.id, g.role, g.unit_id, g.for_user, u.unit_id AS home
       FROM role_grant g JOIN user_account u ON u.office_id = g.office_id AND u.id = g.user_id
       WHERE g.office_id = $1 AND g.user_id = $2
         AND g.valid_from <= to_timestamp($3 / 1000.0) AND (g.valid_to IS NULL OR g.valid_to > to_timestamp($3 / 1000.0))
     ORDER BY g.id`,
    [tx.office, user, at],
  );
  return rows.map(grantOf);
}

/** @throws Problem no-grant; may-not-read for whoever looks after accounts and nothing else */
export function scopeOf(grants: readonly Grant[]): Scope {
  if (grants.length === 0) throw new Problem('no-grant');
  const roles = grants.map(({ role }) => role).filter((role) => role !== 'sys_admin');
  if (roles.length === 0) throw new Problem('may-not-read');
  return roles.every((role) => role === 'reporter') ? 'own' : 'all';
}

export async function readingScope(tx: OfficeTransaction, user: UserId): Promise<Scope> {
  return scopeOf(await grantsNow(tx, user, tx.beganAt));
}

/** An id from a path. @throws Problem unknown-item, because no item has such a one */
export function itemFrom(text: string): ItemId {
  if (!isId(text)) throw new Problem('unknown-item');
  return itemId(text);
}

export interface ReadableCase {
  item: LoadedItem;
  scope: Scope;
  receivedAt: Instant;
  area: string;
  submittedBy: UserId;
}

/** A case that this person may read. @throws Problem unknown-item when there is none for them, and as `scopeOf` */
export async function readableCase(tx: OfficeTransaction, user: UserId, id: ItemId): Promise<ReadableCase> {
  const scope = await readingScope(tx, user);
  const [row] = await tx.query<{ received_at: number; area: string; submitted_by: string }>(
    'api_case_detail',
    'SELECT received_at, area, submitted_by FROM case_detail WHERE office_id = $1 AND item_id = $2',
    [tx.office, id],
  );
  const item = row && (scope === 'all' || row.submitted_by === user) ? await loadItem(tx, id) : undefined;
  if (!row || !item) throw new Problem('unknown-item');
  return { item, scope, receivedAt: instant(row.received_at), area: row.area, submittedBy: userId(row.submitted_by) };
}

/** The lists of resources and teams are for everybody who has a part in the office. @throws Problem no-grant */
export async function requireGrant(tx: OfficeTransaction, user: UserId): Promise<void> {
  if ((await grantsNow(tx, user, tx.beganAt)).length === 0) throw new Problem('no-grant');
}

/** @throws Problem not-permitted unless one of these roles is granted at this moment */
export async function requireRole(tx: OfficeTransaction, user: UserId, roles: string[]): Promise<void> {
  const grants = await grantsNow(tx, user, tx.beganAt);
  if (!grants.some(({ role }) => roles.includes(role))) throw new Problem('not-permitted', { details: { roles } });
}
