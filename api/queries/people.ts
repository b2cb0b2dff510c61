import { z } from 'zod';
import { type HeldGrant, isInForce } from '../../domain/people/access.ts';
import type { UserId } from '../../domain/ids.ts';
import { formatInstant, type Instant } from '../../domain/time.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import { type AccessRequest, listRequests } from '../../record/people/requests.ts';
import { accountOf, grantsOfUsers, pageOfGrants } from '../../record/people/reading.ts';
import type { OfficeKey } from '../../record/seal.ts';
import { openTexts } from '../../record/texts.ts';
import type {
  AccessRequestPage,
  AccessRequestView,
  GrantPage,
  GrantView,
  ListAccessRequests,
  ListGrants,
  ListUsers,
  UserPage,
  UserView,
  UserWithGrants,
} from '../contract/people.ts';
import { id as someId } from '../contract/values.ts';
import { page, readCursor } from '../cursor.ts';
import { Problem } from '../problem.ts';

type User = z.output<typeof UserView>;
const afterId = z.tuple([someId]);
const askedBefore = z.tuple([z.int(), someId]);

interface Row {
  id: string;
  username: string;
  unit: string;
  active: boolean;
}

/** The office's accounts by id. */
export async function listUsers(
  tx: OfficeTransaction,
  key: OfficeKey,
  { unit, active, cursor, limit }: z.output<typeof ListUsers>,
): Promise<z.output<typeof UserPage>> {
  const [after] = cursor === undefined ? [''] : readCursor(afterId, cursor);
  const rows = await tx.query<Row>(
    'api_users',
    `SELECT id, username, unit_id AS unit, active FROM user_account WHERE office_id = $1 AND id > $2
       AND ($3::text IS NULL OR unit_id = $3) AND ($4::boolean IS NULL OR active = $4) ORDER BY id LIMIT $5`,
    [tx.office, after, unit ?? null, active ?? null, limit + 1],
  );
  const { items, next } = page(rows, limit, ({ id }) => [id]);
  return { items: await withNames(tx, key, items), next };
}

async function withNames(tx: OfficeTransaction, key: OfficeKey, rows: Row[]): Promise<User[]> {
  const ids = rows.map(({ id }) => id);
  const texts = await openTexts(tx, key, ids, ['nameZh', 'nameEn']);
  return rows.map((row) => {
    const called = (name: string): string =>
      texts.findLast((text) => text.owner === row.id && text.name === name)?.value ?? row.username;
    return { ...row, name: { zh: called('nameZh'), en: called('nameEn') } };
  });
}

/** @throws Problem user-not-found */
export async function viewUser(
  tx: OfficeTransaction,
  key: OfficeKey,
  id: UserId,
): Promise<z.output<typeof UserWithGrants>> {
  const account = await accountOf(tx, id);
  if (!account) throw new Problem('user-not-found');
  const [user] = await withNames(tx, key, [account]);
  if (!user) throw new Error('an account was lost on the way');
  const grants = (await grantsOfUsers(tx, [id])).map((grant) => viewGrant(grant, tx.beganAt));
  return { ...user, grants };
}

export function viewGrant(grant: HeldGrant, now: Instant): z.output<typeof GrantView> {
  const { id, user, role, unit, from, to, standsFor } = grant;
  return {
    id,
    user,
    role,
    unit,
    from: formatInstant(from),
    to: to === null ? null : formatInstant(to),
    for: standsFor,
    inForce: isInForce(grant, now),
  };
}

/** Grants by id, past ones too unless only those in force are asked for. */
export async function listGrants(
  tx: OfficeTransaction,
  { user, role, in_force: inForce, cursor, limit }: z.output<typeof ListGrants>,
): Promise<z.output<typeof GrantPage>> {
  const [after] = cursor === undefined ? [''] : readCursor(afterId, cursor);
  const wanted = { user: user ?? null, role: role ?? null, at: inForce === undefined ? null : tx.beganAt, inForce };
  const { items, next } = page(await pageOfGrants(tx, wanted, after, limit + 1), limit, ({ id }) => [id]);
  return { items: items.map((grant) => viewGrant(grant, tx.beganAt)), next };
}

export function viewRequest(request: AccessRequest): z.output<typeof AccessRequestView> {
  const { id, kind, user, askedBy, askedAt, decided } = request;
  const when = (at: Instant | null): string | null => (at === null ? null : formatInstant(at));
  const { role, unit, from, to, standsFor } = request.kind === 'grant' ? request : NOTHING;
  return {
    id,
    kind,
    user,
    role,
    unit,
    from: when(from),
    to: when(to),
    for: standsFor,
    askedBy,
    askedAt: formatInstant(askedAt),
    decided: decided && { ...decided, at: formatInstant(decided.at) },
  };
}
const NOTHING = { role: null, unit: null, from: null, to: null, standsFor: null };

export async function pageOfRequests(
  tx: OfficeTransaction,
  { open = false, cursor, limit }: z.output<typeof ListAccessRequests>,
): Promise<z.output<typeof AccessRequestPage>> {
  const before = cursor === undefined ? null : readCursor(askedBefore, cursor);
  const rows = await listRequests(tx, { open, before, limit: limit + 1 });
  const { items, next } = page(rows, limit, ({ askedAt, id }) => [askedAt, id]);
  return { items: items.map(viewRequest), next };
}
