import type { ResourceId, TeamId } from '../ids.ts';
import type { Context, Facts, ResourceFact, Rule, TeamFact } from '../process/context.ts';
import type { RoleCode } from '../process/definition.ts';
import type { ItemEvent } from '../process/events.ts';
import type { Blocker } from '../process/lists.ts';
import { type Candidates, type Held, type ItemState, leased, uncovered } from '../process/state.ts';
import { refusal, type Refusal } from '../refusals.ts';

/** What the search found; absent when a person starts matching by hand. */
export interface StartMatchingPayload {
  candidates?: Candidates;
}

export interface ReservePayload {
  need: string;
  resource: ResourceId;
  amount: number;
}

/** One reservation, or everything the item holds. */
export interface ReleasePayload {
  reservation?: string;
}

/** One reservation, or every one that is not confirmed yet. */
export interface ConfirmPayload {
  reservation?: string;
}

/** Which list is empty; with a need, the dispatch goes without it, else the item waits. */
export interface BlockPayload {
  blocker: Blocker;
  need?: string;
}

export interface AssignPayload {
  team: TeamId;
}

/** Both begin the matching afresh: no need is given up any more. */
export const startMatching: Rule<'start-matching'> = { events: afresh };
export const unblock: Rule<'unblock'> = { events: afresh };

function afresh({ state }: Pick<Context, 'state'>, { candidates }: StartMatchingPayload): ItemEvent[] {
  return [
    ...(state.blocked ? [{ type: 'needs-unblocked' as const }] : []),
    ...(candidates ? [{ type: 'candidates-found' as const, candidates }] : []),
  ];
}

export const reserve: Rule<'reserve'> = {
  refuse(context) {
    const { payload } = context.command;
    if (!payload) return undefined;
    const need = context.state.needs.find((candidate) => candidate.id === payload.need);
    if (!need) return refusal('unknown-need', { need: payload.need });
    const { resource } = context.facts;
    if (resource === null) return refusal('unknown-resource', { resource: payload.resource });
    if (resource && (resource.kind !== need.kind || resource.unit !== need.unit))
      return refusal('resource-unsuitable', { kind: need.kind, unit: need.unit });
    if (resource && !resource.valid) return refusal('resource-not-valid', { resource: resource.id });
    if (resource && !resource.inArea) return refusal('resource-out-of-area', { resource: resource.id });
    const open = uncovered(context.state, need);
    if (payload.amount > open) return refusal('need-exceeded', { need: need.id, open });
    return resource ? overCapacity(resource, payload.amount) : undefined;
  },
  events: ({ state }, payload) => [{ type: 'reserved', held: { id: `r${state.rev + 1}`, ...payload } }],
};

function overCapacity(resource: ResourceFact, amount: number): Refusal | undefined {
  const free = resource.capacity === null ? amount : resource.capacity - resource.reserved;
  return amount > free ? refusal('resource-over-capacity', { resource: resource.id, free }) : undefined;
}

/** The matcher's clock, begun anew by each reservation: until it is over, what nobody confirmed stays reserved. */
const LEASE = 'matching';

/** What its last recorded level gives back. */
function expired(state: ItemState): Held[] {
  const over = state.clocks.some(({ id, level, levels }) => id === LEASE && level === levels.length);
  return over ? leased(state) : [];
}

/** The reservations that a `release` with this payload gives back. */
export function heldBy(state: ItemState, payload: ReleasePayload): Held[] {
  if (payload.reservation !== undefined) return state.reservations.filter((held) => held.id === payload.reservation);
  const gone = expired(state);
  return gone.length > 0 ? gone : state.reservations;
}

export const release: Rule<'release'> = {
  refuse: ({ state, command: { payload } }) => unknownReservation(state, payload?.reservation),
  events({ state }, payload) {
    const everything = payload.reservation === undefined && expired(state).length === 0;
    return [
      ...heldBy(state, payload).map(({ id, resource }): ItemEvent => ({ type: 'released', id, resource })),
      ...(everything && state.lead?.active ? [{ type: 'lead-ended' as const, team: state.lead.team }] : []),
    ];
  },
};

function unknownReservation({ reservations }: ItemState, id: string | undefined): Refusal | undefined {
  if (id === undefined || reservations.some((held) => held.id === id)) return undefined;
  return refusal('unknown-reservation', { reservation: id });
}

const OWNER: RoleCode = 'resource_owner';

/** The reservations that a `confirm-reservation` with this payload promises for good. */
const promised = (state: ItemState, { reservation }: ConfirmPayload): Held[] =>
  leased(state).filter(({ id }) => reservation === undefined || id === reservation);

/** Who is nothing but an owner names one reservation, of what belongs to the owner's unit. */
function mayConfirm({ facts, transition }: Context<'confirm-reservation'>, { reservation }: ConfirmPayload): boolean {
  const { grants, resource } = facts;
  if (!grants || grants.some(({ role }) => role !== OWNER && transition.roles.includes(role))) return true;
  if (reservation === undefined) return false;
  return !resource || grants.some(({ role, home }) => role === OWNER && home === resource.owner);
}

/** A matcher confirms for anybody, an owner what is the owner's: that one by one. */
export const confirmReservation: Rule<'confirm-reservation'> = {
  refuse(context) {
    const { state } = context;
    const { payload } = context.command;
    if (!payload) return undefined;
    const unknown = unknownReservation(state, payload.reservation);
    if (unknown) return unknown;
    if (!mayConfirm(context, payload)) return refusal('not-own-resource');
    return promised(state, payload).length === 0 ? refusal('already-confirmed') : undefined;
  },
  events: ({ state }, payload) => promised(state, payload).map(({ id }) => ({ type: 'confirmed', id })),
};

/**
 * `awaits`: the item waits, and the search finds that list empty too, so that it may say by itself when there is
 * something again.
 */
export const block: Rule<'block'> = {
  refuse({ state, command: { payload } }) {
    if (payload?.need === undefined) return undefined;
    if (!state.needs.some(({ id }) => id === payload.need)) return refusal('unknown-need', { need: payload.need });
    return payload.blocker === 'NO_RESOURCE' ? undefined : refusal('need-unblockable', { need: payload.need });
  },
  events: ({ facts }, { blocker, need }) => [
    { type: 'field-set', name: 'blocker', value: blocker },
    ...(need === undefined ? waiting(facts, blocker) : [{ type: 'need-blocked' as const, need }]),
  ],
};

const waiting = ({ lacking }: Facts, blocker: Blocker): ItemEvent[] =>
  lacking === blocker ? [{ type: 'field-set', name: 'awaits', value: blocker }] : [];

export const assign: Rule<'assign'> = {
  refuse(context) {
    const { team } = context.facts;
    if (team === null) return refusal('unknown-team', { team: context.command.payload?.team ?? '' });
    return team ? unfit(team, context) : undefined;
  },
  events({ state, facts }, payload) {
    if (!facts.team) throw new Error('assign was decided without its team');
    const before: ItemEvent[] = state.lead?.active ? [{ type: 'lead-ended', team: state.lead.team }] : [];
    return [...before, { type: 'lead-assigned', team: payload.team, unit: facts.team.unit }];
  },
};

function unfit(team: TeamFact, { state }: Context<'assign'>): Refusal | undefined {
  const { ruledUnit } = state.fields;
  const lacking = state.skills.filter((skill) => !team.skills.includes(skill));
  const already = state.lead?.active && state.lead.team === team.id ? 1 : 0;
  if (ruledUnit !== undefined && ruledUnit !== team.unit) return refusal('arbitrated', { unit: ruledUnit });
  if (!team.active) return refusal('team-not-active', { team: team.id });
  if (lacking.length > 0) return refusal('team-lacks-skill', { team: team.id, lacking });
  if (!team.inArea) return refusal('team-out-of-area', { team: team.id });
  if (team.openLoad - already >= team.maxOpenLoad)
    return refusal('team-over-capacity', { team: team.id, maxOpenLoad: team.maxOpenLoad });
  return undefined;
}
