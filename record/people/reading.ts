import { type GrantId, grantId, isId, type UnitId, unitId, type UserId, userId } from '../../domain/ids.ts';
import type { HeldGrant, RoleFact } from '../../domain/people/access.ts';
import type { RoleCode } from '../../domain/process/definition.ts';
import { type Instant, instant } from '../../domain/time.ts';
import type { OfficeTransaction } from '../office.ts';

interface GrantRow {
  id: string;
  user_id: string;
  role: string;
  unit_id: string | null;
  from: number;
  to: number | null;
  for_user: string | null;
}

const GRANT = `SELECT id, user_id, role, unit_id, for_user, (extract(epoch FROM valid_from) * 1000)::bigint AS from,
  (extract(epoch FROM valid_to) * 1000)::bigint AS to FROM role_grant`;

const held = (row: GrantRow): HeldGrant => ({
  id: grantId(row.id),
  user: userId(row.user_id),
  role: row.role,
  unit: row.unit_id === null ? null : unitId(row.unit_id),
  from: instant(row.from),
  to: row.to === null ? null : instant(row.to),
  standsFor: row.for_user === null ? null : userId(row.for_user),
});

/** Every grant of these people, past ones too. */
export async function grantsOfUsers(tx: OfficeTransaction, users: readonly string[]): Promise<HeldGrant[]> {
  const text = `${GRANT} WHERE office_id = $1 AND user_id = ANY($2) ORDER BY valid_from, id`;
  return (await tx.query<GrantRow>('grants_of_users', text, [tx.office, users])).map(held);
}

/** Every grant of a role, past ones too. */
export async function grantsOfRoles(tx: OfficeTransaction, roles: readonly RoleCode[]): Promise<HeldGrant[]> {
  const text = `${GRANT} WHERE office_id = $1 AND role = ANY($2) ORDER BY valid_from, id`;
  return (await tx.query<GrantRow>('grants_of_roles', text, [tx.office, roles])).map(held);
}

/** Grants by id after one of them; `at` with `inForce`: only those that hold, or only those that do not. */
export async function pageOfGrants(
  tx: OfficeTransaction,
  wanted: { user: string | null; role: RoleCode | null; at: Instant | null; inForce: boolean | undefined },
  after: string,
  limit: number,
): Promise<HeldGrant[]> {
  const rows = await tx.query<GrantRow>(
    'page_of_grants',
    `${GRANT} WHERE office_id = $1 AND id > $2 AND ($3::text IS NULL OR user_id = $3) AND ($4::text IS NULL OR role = $4)
       AND ($5::bigint IS NULL OR $6 = (valid_from <= to_timestamp($5 / 1000.0)
         AND (valid_to IS NULL OR valid_to > to_timestamp($5 / 1000.0)))) ORDER BY id LIMIT $7`,
    [tx.office, after, wanted.user, wanted.role, wanted.at, wanted.inForce ?? null, limit],
  );
  return rows.map(held);
}

/** Grants by which others stand in for this person. */
export async function standInsFor(tx: OfficeTransaction, user: UserId): Promise<HeldGrant[]> {
  const text = `${GRANT} WHERE office_id = $1 AND for_user = $2 ORDER BY valid_from, id`;
  return (await tx.query<GrantRow>('stand_ins', text, [tx.office, user])).map(held);
}

/** The grant, locked: whoever acts under it at this moment is waited for. */
export async function lockGrant(tx: OfficeTransaction, id: GrantId): Promise<HeldGrant | undefined> {
  const text = `${GRANT} WHERE office_id = $1 AND id = $2 FOR NO KEY UPDATE`;
  return (await tx.query<GrantRow>('grant_lock', text, [tx.office, id])).map(held)[0];
}

export async function roleOf(tx: OfficeTransaction, code: RoleCode): Promise<RoleFact | null> {
  const [row] = await tx.query<RoleFact>(
    'role_fact',
    'SELECT code, high FROM role WHERE office_id = $1 AND code = $2',
    [tx.office, code],
  );
  return row ?? null;
}

export async function unitOf(tx: OfficeTransaction, id: string): Promise<UnitId | null> {
  if (!isId(id)) return null;
  const rows = await tx.query('unit_fact', 'SELECT 1 FROM unit WHERE office_id = $1 AND id = $2', [tx.office, id]);
  return rows.length > 0 ? unitId(id) : null;
}

export interface Account {
  id: UserId;
  username: string;
  unit: UnitId;
  active: boolean;
}

export async function accountOf(tx: OfficeTransaction, id: UserId): Promise<Account | null> {
  const [row] = await tx.query<{ username: string; unit_id: string; active: boolean }>(
    'account',
    'SELECT username, unit_id, active FROM user_account WHERE office_id = $1 AND id = $2',
    [tx.office, id],
  );
  return row ? { id, username: row.username, unit: unitId(row.unit_id), active: row.active } : null;
}
