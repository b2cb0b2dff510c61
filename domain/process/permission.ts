import type { GrantId, UserId } from '../ids.ts';
import { refusal, type Refusal } from '../refusals.ts';
import type { Command, Facts, Grant } from './context.ts';
import type { DutyName, Plan, RoleCode, Transition } from './definition.ts';
import type { ItemState } from './state.ts';

/** The role under which the actor acts, and the grant that gave it; null for the system. */
export interface Authority {
  role: RoleCode;
  grant: GrantId | null;
}

/** A resident acts on their own demand only: on the one they submitted. */
const OWN_ONLY: RoleCode = 'reporter';
export const SUBMITTER: DutyName = 'submitter';

export function holds(state: ItemState, user: UserId, duty: DutyName): boolean {
  return state.duties.some(([who, what]) => who === user && what === duty);
}

function usable(grant: Grant, roles: RoleCode[], state: ItemState, user: UserId): boolean {
  if (!roles.includes(grant.role)) return false;
  return grant.role !== OWN_ONLY || state.rev === 0 || holds(state, user, SUBMITTER);
}

/** Who may act at all: by role, as the system, and, where one was drawn, as the drawn person. */
export function authority(roles: RoleCode[], state: ItemState, { actor }: Command, facts: Facts): Authority | Refusal {
  if (actor.kind === 'system') return { role: 'system', grant: null };
  const [any] = roles;
  if (!facts.grants && any !== undefined) return { role: any, grant: null };
  const grant = facts.grants?.find((candidate) => usable(candidate, roles, state, actor.user));
  return grant ? { role: grant.role, grant: grant.id } : refusal('not-permitted', { roles });
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
  const by = authority(transition.roles, state, command, facts);
  if ('code' in by) return by;
  const notDrawn = drawnFor(transition, state, command);
  if (notDrawn) return notDrawn;
  return (transition.approval ? undefined : keptApart(plan, state, transition, command)) ?? by;
}

function drawnFor(transition: Transition, state: ItemState, { actor }: Command): Refusal | undefined {
  const { drawn } = transition;
  if (!drawn || actor.kind === 'system') return undefined;
  const chosen = state.drawn.some(([user, duty]) => duty === drawn && user === actor.user);
  return chosen ? undefined : refusal('not-drawn', { duty: drawn });
}

/** Whoever takes a transition holds its duty from then on, and must be free of those that it excludes. */
export function keptApart(
  plan: Plan,
  state: ItemState,
  { gives }: Transition,
  { actor }: Command,
): Refusal | undefined {
  return gives && actor.kind === 'person' ? separated(plan, state, actor.user, gives) : undefined;
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
