import type { GrantId, UnitId, UserId } from '../ids.ts';
import { refusal, type Refusal } from '../refusals.ts';
import type { Command, Facts, Grant } from './context.ts';
import type { DutyName, Plan, RoleCode, Transition } from './definition.ts';
import type { ItemState } from './state.ts';

/** The role under which the actor acts, the grant that gave it, and for whom they stand in; null for the system. */
export interface Authority {
  role: RoleCode;
  grant: GrantId | null;
  for: UserId | null;
}

export const BY_SYSTEM: Authority = { role: 'system', grant: null, for: null };

/** A resident acts on their own demand only: on the one they submitted. */
const OWN_ONLY: RoleCode = 'reporter';
export const SUBMITTER: DutyName = 'submitter';

export function holds(state: ItemState, user: UserId, duty: DutyName): boolean {
  return state.duties.some(([who, what]) => who === user && what === duty);
}

/** Of whom the roles are asked: of holders for this unit (or the whole office), or of anybody but this unit's. */
export type Where = { within: UnitId } | { outside: UnitId } | undefined;

function usable(grant: Grant, roles: RoleCode[], state: ItemState, user: UserId): boolean {
  if (!roles.includes(grant.role)) return false;
  return grant.role !== OWN_ONLY || state.rev === 0 || holds(state, grant.for ?? user, SUBMITTER);
}

function isThere({ unit, home }: Grant, where: Where): boolean {
  if (where === undefined) return true;
  if ('within' in where) return unit === null || unit === where.within;
  return unit !== where.outside && home !== where.outside;
}

/** Who may act at all: by role, where that counts for a unit, or as the system. Their own grants come before a stand-in's. */
export function authority(
  roles: RoleCode[],
  state: ItemState,
  { actor }: Command,
  facts: Facts,
  where?: Where,
): Authority | Refusal {
  if (actor.kind === 'system') return BY_SYSTEM;
  const [any] = roles;
  if (!facts.grants && any !== undefined) return { role: any, grant: null, for: null };
  const fit = (facts.grants ?? []).filter((grant) => usable(grant, roles, state, actor.user));
  if (fit.length === 0) return refusal('not-permitted', { roles });
  const there = fit.filter((grant) => isThere(grant, where));
  const grant = there.find((one) => one.for === null) ?? there[0];
  if (grant) return { role: grant.role, grant: grant.id, for: grant.for };
  return where && 'within' in where ? refusal('other-unit', { unit: where.within }) : refusal('own-unit');
}

/** The unit whose people may take this transition; of a task that is not known yet, anybody's. */
function unitOf({ unit }: Transition, { lead, tasks }: ItemState, { payload }: Command): Where {
  switch (unit) {
    case undefined:
      return undefined;
    case 'lead':
      return lead ? { within: lead.unit } : undefined;
    case 'task': {
      const task = payload && 'task' in payload ? tasks.find(({ id }) => id === payload.task) : undefined;
      return task ? { within: task.unit } : undefined;
    }
    default:
      return unit satisfies never;
  }
}

/** Who may take this transition; separation binds the one who takes it, so for a request that is whoever grants it. */
export function mayTake(
  plan: Plan,
  state: ItemState,
  transition: Transition,
  command: Command,
  facts: Facts,
): Authority | Refusal {
  const { actor, source } = command;
  const bySystem = source === undefined ? transition.auto : transition.queued;
  if (actor.kind === 'system' && !bySystem) return refusal('not-permitted', { roles: transition.roles });
  const by = authority(transition.roles, state, command, facts, unitOf(transition, state, command));
  if ('code' in by) return by;
  const notDrawn = drawnFor(transition, state, command);
  if (notDrawn) return notDrawn;
  return keptApart(plan, state, transition, command, by) ?? by;
}

function drawnFor(transition: Transition, state: ItemState, { actor }: Command): Refusal | undefined {
  const { drawn } = transition;
  if (!drawn || actor.kind === 'system') return undefined;
  const chosen = state.drawn.some(([user, duty]) => duty === drawn && user === actor.user);
  return chosen ? undefined : refusal('not-drawn', { duty: drawn });
}

/** The actor, and whom they stand in for: what one of them did binds both. */
export function persons({ actor }: Pick<Command, 'actor'>, by: Authority): UserId[] {
  if (actor.kind === 'system') return [];
  return by.for === null ? [actor.user] : [actor.user, by.for];
}

/** Whoever takes a transition, or asks for it, holds its duty from then on, and must be free of those that it excludes. */
export function keptApart(
  plan: Plan,
  state: ItemState,
  { gives }: Transition,
  command: Command,
  by: Authority,
): Refusal | undefined {
  if (!gives) return undefined;
  for (const user of persons(command, by)) {
    const apart = separated(plan, state, user, gives);
    if (apart) return apart;
  }
  return undefined;
}

/** The rule that keeps this person from this duty on this item, over the item's whole history. */
export function separated(plan: Plan, state: ItemState, user: UserId, duty: DutyName): Refusal | undefined {
  for (const { rule, duties } of plan.separation) {
    if (!duties.includes(duty)) continue;
    const held = duties.find((other) => other !== duty && holds(state, user, other));
    if (held) return refusal('separation-of-duties', { rule, held, duty });
  }
  return undefined;
}
