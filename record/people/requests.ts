import { randomUUID } from 'node:crypto';
import { type UnitId, unitId, type UserId, userId } from '../../domain/ids.ts';
import type { RoleCode } from '../../domain/process/definition.ts';
import { refusal, type Refusal } from '../../domain/refusals.ts';
import { type Instant, instant } from '../../domain/time.ts';
import type { OfficeTransaction } from '../office.ts';
import type { OfficeChange } from './change.ts';

/** What one person asks for and another decides. */
export type Wish =
  | {
      kind: 'grant';
      user: UserId;
      role: RoleCode;
      unit: UnitId | null;
      from: Instant;
      to: Instant | null;
      standsFor: UserId | null;
    }
  | { kind: 'password-reset'; user: UserId };

export type AccessRequest = Wish & {
  id: string;
  askedBy: UserId;
  askedAt: Instant;
  decided: { by: UserId; at: Instant; outcome: 'granted' | 'refused' } | null;
};

/** Opens a request, unless the same one waits already. */
export async function openRequest({ tx, at, by, tell }: OfficeChange, wish: Wish): Promise<AccessRequest | Refusal> {
  const { kind, user } = wish;
  const { role, unit, from, to, standsFor } = wish.kind === 'grant' ? wish : NOTHING;
  const [open] = await tx.query(
    'same_access_request',
    `SELECT 1 FROM access_request WHERE office_id = $1 AND user_id = $2 AND kind = $3 AND role IS NOT DISTINCT FROM $4
       AND unit_id IS NOT DISTINCT FROM $5 AND decided_by IS NULL`,
    [tx.office, user, kind, role, unit],
  );
  if (open) return refusal('already-requested', { command: kind });
  const id = randomUUID();
  await tx.query(
    'open_access_request',
    `INSERT INTO access_request (office_id, id, kind, user_id, role, unit_id, valid_from, valid_to, for_user, asked_by, asked_at)
       VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7 / 1000.0), to_timestamp($8 / 1000.0), $9, $10, $11)`,
    [tx.office, id, kind, user, role, unit, from, to, standsFor, by.user, at],
  );
  await tell('access-requested', { request: id, kind, user, role, unit, from, to, for: standsFor });
  return { id, ...wish, askedBy: by.user, askedAt: at, decided: null };
}

const NOTHING = { role: null, unit: null, from: null, to: null, standsFor: null };

/** Notes the decision; what follows from it is the caller's, in the same transaction. */
export async function closeRequest(
  { tx, at, by }: OfficeChange,
  { id }: AccessRequest,
  outcome: 'granted' | 'refused',
): Promise<void> {
  await tx.query(
    'close_access_request',
    'UPDATE access_request SET decided_by = $3, decided_at = $4, outcome = $5 WHERE office_id = $1 AND id = $2',
    [tx.office, id, by.user, at, outcome],
  );
}

interface Row {
  id: string;
  kind: 'grant' | 'password-reset';
  user_id: string;
  role: string | null;
  unit_id: string | null;
  from: number | null;
  to: number | null;
  for_user: string | null;
  asked_by: string;
  asked_at: number;
  decided_by: string | null;
  decided_at: number | null;
  outcome: 'granted' | 'refused' | null;
}

const REQUEST = `SELECT id, kind, user_id, role, unit_id, for_user, asked_by, asked_at, decided_by, decided_at, outcome,
  (extract(epoch FROM valid_from) * 1000)::bigint AS from, (extract(epoch FROM valid_to) * 1000)::bigint AS to FROM access_request`;

export async function findRequest(tx: OfficeTransaction, id: string): Promise<AccessRequest | undefined> {
  const rows = await tx.query<Row>('access_request', `${REQUEST} WHERE office_id = $1 AND id = $2`, [tx.office, id]);
  return rows.map(view)[0];
}

/** The open ones first, then the latest. */
export async function listRequests(
  tx: OfficeTransaction,
  { open, before, limit }: { open: boolean; before: [at: number, id: string] | null; limit: number },
): Promise<AccessRequest[]> {
  const rows = await tx.query<Row>(
    'access_requests',
    `${REQUEST} WHERE office_id = $1 AND (NOT $2 OR decided_by IS NULL)
       AND ($3::bigint IS NULL OR (asked_at, id) < ($3, $4)) ORDER BY asked_at DESC, id DESC LIMIT $5`,
    [tx.office, open, before?.[0] ?? null, before?.[1] ?? null, limit],
  );
  return rows.map(view);
}

function view(row: Row): AccessRequest {
  const { decided_by: by, decided_at: at, outcome } = row;
  const decided = by === null || at === null || outcome === null ? null : { by: userId(by), at: instant(at), outcome };
  return {
    ...wishOf(row),
    id: row.id,
    askedBy: userId(row.asked_by),
    askedAt: instant(row.asked_at),
    decided,
  };
}

/** @throws Error for what the table's own check does not let in */
function wishOf({ kind, user_id: user, role, unit_id: unit, from, to, for_user: principal }: Row): Wish {
  if (kind === 'password-reset') return { kind, user: userId(user) };
  if (role === null || from === null) throw new Error('a request for a grant names no grant');
  return {
    kind,
    user: userId(user),
    role,
    unit: unit === null ? null : unitId(unit),
    from: instant(from),
    to: to === null ? null : instant(to),
    standsFor: principal === null ? null : userId(principal),
  };
}
