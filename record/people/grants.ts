import { randomUUID } from 'node:crypto';
import { type GrantId, grantId } from '../../domain/ids.ts';
import {
  type AskedGrant,
  endOf,
  type HeldGrant,
  judgeEnding,
  judgeGrant,
  MANAGERS,
  needsSecond,
} from '../../domain/people/access.ts';
import { refusal, type Refusal } from '../../domain/refusals.ts';
import type { Instant } from '../../domain/time.ts';
import { officeNow, type OfficeTransaction } from '../office.ts';
import { type Changed, done, type OfficeChange, refused } from './change.ts';
import { accountOf, grantsOfRoles, grantsOfUsers, lockGrant, roleOf, standInsFor, unitOf } from './reading.ts';
import { type AccessRequest, openRequest } from './requests.ts';

/** What became of something asked for: given at once, or waiting for a second person. */
export type Asked<Given> = { given: Given } | { waits: AccessRequest };

/** Gives a grant, or asks for it where that takes a second person. */
export async function askGrant(change: OfficeChange, asked: AskedGrant): Promise<Changed<Asked<HeldGrant>>> {
  const { tx, at, by } = change;
  const judged = await judgeNow(tx, asked, at);
  if ('code' in judged) return refused(judged);
  const role = await roleOf(tx, asked.role);
  if (!role || !needsSecond(role, asked.user, by.user))
    return done({ given: await give(change, { ...asked, from: judged.from }, null) });
  const waits = await openRequest(change, { kind: 'grant', ...asked, from: judged.from });
  return 'code' in waits ? refused(waits) : done({ waits });
}

export async function judgeNow(
  tx: OfficeTransaction,
  asked: AskedGrant,
  at: Instant,
): Promise<{ from: Instant } | Refusal> {
  const { user, role, unit, standsFor } = asked;
  return judgeGrant(
    asked,
    {
      user: await accountOf(tx, user),
      role: await roleOf(tx, role),
      unit: unit === null || (await unitOf(tx, unit)) !== null,
      held: await grantsOfUsers(tx, [user]),
      principal: standsFor === null ? null : await grantsOfUsers(tx, [standsFor]),
    },
    at,
  );
}

/** `request`: what a second person has decided; null where none is needed. */
export async function give(
  { tx, tell }: OfficeChange,
  grant: Omit<HeldGrant, 'id'>,
  request: string | null,
): Promise<HeldGrant> {
  const id = grantId(randomUUID());
  const { user, role, unit, from, to, standsFor } = grant;
  await tx.query(
    'give_grant',
    `INSERT INTO role_grant (office_id, id, user_id, role, unit_id, valid_from, valid_to, for_user, request_id)
       VALUES ($1, $2, $3, $4, $5, to_timestamp($6 / 1000.0), to_timestamp($7 / 1000.0), $8, $9)`,
    [tx.office, id, user, role, unit, from, to, standsFor, request],
  );
  await tell('granted', { grant: id, user, role, unit, from, to, for: standsFor, request });
  return { id, ...grant };
}

/** Ends a grant at this moment, and those by which others stand in for its holder in that role. */
export async function revokeGrant(change: OfficeChange, id: GrantId): Promise<Changed<HeldGrant>> {
  const { tx, at } = change;
  const grant = await lockGrant(tx, id);
  if (!grant) return refused(refusal('unknown-grant'));
  if (grant.to !== null && grant.to <= at) return done(grant);
  const last = judgeEnding([grant], await grantsOfRoles(tx, MANAGERS), at);
  if (last) return refused(last);
  const ended = await endGrants(change, [grant]);
  return done(ended.find((each) => each.id === id) ?? grant);
}

/** Ends these, and what stands in for them. @returns all that ended, as they stand now */
export async function endGrants(change: OfficeChange, grants: readonly HeldGrant[]): Promise<HeldGrant[]> {
  const { tx, at } = change;
  const all = new Map<GrantId, HeldGrant>();
  for (const grant of grants)
    for (const each of [grant, ...(grant.standsFor === null ? await dependentOn(tx, grant) : [])])
      if (each.to === null || each.to > at) all.set(each.id, each);
  const ended: HeldGrant[] = [];
  for (const grant of all.values()) ended.push(await endGrant(change, grant));
  return ended;
}

async function dependentOn(tx: OfficeTransaction, { user, role, unit }: HeldGrant): Promise<HeldGrant[]> {
  return (await standInsFor(tx, user)).filter((grant) => grant.role === role && (unit === null || grant.unit === unit));
}

/** Whoever acts under it at this moment is waited for, and it ends after what they did. */
async function endGrant({ tx, at, tell }: OfficeChange, grant: HeldGrant): Promise<HeldGrant> {
  const { id, user, role } = grant;
  await lockGrant(tx, id);
  const now = await officeNow(tx);
  const to = endOf(grant, now > at ? now : at);
  await tx.query(
    'end_grant',
    'UPDATE role_grant SET valid_to = to_timestamp($3 / 1000.0) WHERE office_id = $1 AND id = $2',
    [tx.office, id, to],
  );
  await tell('revoked', { grant: id, user, role, to });
  return { ...grant, to };
}
