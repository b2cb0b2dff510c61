import type { GrantId, UnitId, UserId } from '../ids.ts';
import type { Grant } from '../process/context.ts';
import type { RoleCode } from '../process/definition.ts';
import { refusal, type Refusal } from '../refusals.ts';
import { formatInstant, type Instant } from '../time.ts';

/** Looks after accounts, roles and grants. */
export const MANAGERS: RoleCode[] = ['sys_admin'];
/** May be the second person for what a manager has asked. */
export const DECIDERS: RoleCode[] = ['sys_admin', 'leader'];
/** Reads the list of people and grants, and changes nothing. */
export const READERS: RoleCode[] = [...MANAGERS, 'leader', 'auditor'];
/** S6: whoever audits holds no other role. */
const AUDITOR: RoleCode = 'auditor';

/** A role of the office, as far as a rule looks at it. */
export interface RoleFact {
  code: RoleCode;
  /** Asked by one person and granted by another. */
  high: boolean;
}

/** A grant over its time, from its first instant up to the one at which it holds no more; null: without an end. */
export interface HeldGrant {
  id: GrantId;
  user: UserId;
  role: RoleCode;
  /** Null: for the whole office. */
  unit: UnitId | null;
  from: Instant;
  to: Instant | null;
  /** For whom the holder stands in (S9). */
  standsFor: UserId | null;
}

export interface AskedGrant extends Omit<HeldGrant, 'id' | 'from'> {
  /** Null: from the moment of the grant. */
  from: Instant | null;
}

/** Null where the office has no such thing. */
export interface GrantFacts {
  user: { active: boolean } | null;
  role: RoleFact | null;
  /** Whether the unit that is named is one of the office's. */
  unit: boolean;
  /** Everything that the user holds or is to hold. */
  held: HeldGrant[];
  /** What the person who is to be stood in for holds or is to hold; null: nobody is, or there is no such person. */
  principal: HeldGrant[] | null;
}

/** The role and grant under which somebody changes what people may do. */
export function authorityOf(
  grants: readonly Pick<Grant, 'id' | 'role'>[],
  roles: RoleCode[],
): { role: RoleCode; grant: GrantId } | Refusal {
  const grant = grants.find(({ role }) => roles.includes(role));
  return grant ? { role: grant.role, grant: grant.id } : refusal('not-permitted', { roles });
}

/** Whether this may be granted from `now` on, and over which time. */
export function judgeGrant(
  asked: AskedGrant,
  { user, role, unit, held, principal }: GrantFacts,
  now: Instant,
): { from: Instant } | Refusal {
  const from = asked.from ?? now;
  const wanted = { ...asked, from };
  if (!user) return refusal('unknown-user', { user: asked.user });
  const apart = held.find((other) => (other.role === AUDITOR) !== (asked.role === AUDITOR) && overlap(other, wanted));
  if (apart) return refusal('separation-of-duties', { rule: 'S6', held: apart.role, duty: asked.role });
  if (!role) return refusal('unknown-role', { role: asked.role });
  if (!unit) return refusal('unknown-unit', { unit: asked.unit ?? '' });
  if (!user.active) return refusal('account-inactive', { user: asked.user });
  const ends = asked.to === null ? asked.standsFor === null : asked.to > from;
  if (from < now || !ends) return refusal('interval-invalid', { now: formatInstant(now) });
  if (asked.standsFor !== null && !isHeldBy(principal ?? [], wanted))
    return refusal('principal-lacks-role', { user: asked.standsFor, role: asked.role });
  const same = held.find((other) => isSame(other, asked) && overlap(other, wanted));
  return same ? refusal('already-granted', { grant: same.id }) : { from };
}

/** Nobody stands in for themselves, and nobody is stood in for by what they only stand in for. */
function isHeldBy(principal: HeldGrant[], { user, standsFor, role, unit, from, to }: Omit<HeldGrant, 'id'>): boolean {
  return (
    user !== standsFor &&
    principal.some(
      (own) =>
        own.standsFor === null &&
        own.role === role &&
        (own.unit === null || own.unit === unit) &&
        own.from <= from &&
        (own.to === null || (to !== null && own.to >= to)),
    )
  );
}

const isSame = (one: HeldGrant, other: Pick<HeldGrant, 'role' | 'unit' | 'standsFor'>): boolean =>
  one.role === other.role && one.unit === other.unit && one.standsFor === other.standsFor;

type Span = Pick<HeldGrant, 'from' | 'to'>;

const isEmpty = ({ from, to }: Span): boolean => to !== null && to <= from;

const overlap = (one: Span, other: Span): boolean =>
  !isEmpty(one) &&
  !isEmpty(other) &&
  (one.to === null || one.to > other.from) &&
  (other.to === null || other.to > one.from);

/** Invariant 23: a high role, and any role for oneself, takes a second person. */
export function needsSecond(role: RoleFact, user: UserId, asker: UserId): boolean {
  return role.high || user === asker;
}

/** Neither who asked nor whom it is for grants it; whom it is for may still say no. */
export function judgeDecision(
  { askedBy, user }: { askedBy: UserId; user: UserId },
  decider: UserId,
  outcome: 'granted' | 'refused',
): Refusal | undefined {
  const same = decider === askedBy || (outcome === 'granted' && decider === user);
  return same ? refusal('second-person-needed') : undefined;
}

/** What runs, or is to begin, may be ended, as long as somebody is left who could give it back. */
export function judgeEnding(
  ending: readonly HeldGrant[],
  managers: readonly HeldGrant[],
  now: Instant,
): Refusal | undefined {
  const left = managers.filter(({ id }) => !ending.some((grant) => grant.id === id));
  const manages = ending.some(({ role }) => MANAGERS.includes(role));
  return manages && !left.some((grant) => isInForce(grant, now)) ? refusal('last-administrator') : undefined;
}

export const isInForce = ({ from, to }: Span, now: Instant): boolean => from <= now && (to === null || to > now);

/** When a grant that is ended now ends: one that has not begun never holds. */
export const endOf = ({ from }: Pick<Span, 'from'>, now: Instant): Instant => (from > now ? from : now);
