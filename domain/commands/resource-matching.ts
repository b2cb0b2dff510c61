import type { ResourceId, TeamId } from '../ids.ts';
import type { Context, ResourceFact, Rule, TeamFact } from '../process/context.ts';
import type { ItemEvent } from '../process/events.ts';
import { type Candidates, type Held, type ItemState, uncovered } from '../process/state.ts';
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

export interface AssignPayload {
  team: TeamId;
}

export const startMatching: Rule<'start-matching'> = {
  events: (_context, payload) =>
    payload.candidates ? [{ type: 'candidates-found', candidates: payload.candidates }] : [],
};

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

/** The reservations that a `release` with this payload gives back. */
export function heldBy(state: ItemState, payload: ReleasePayload): Held[] {
  return payload.reservation === undefined
    ? state.reservations
    : state.reservations.filter((held) => held.id === payload.reservation);
}

export const release: Rule<'release'> = {
  refuse({ state, command }) {
    const id = command.payload?.reservation;
    if (id === undefined || state.reservations.some((held) => held.id === id)) return undefined;
    return refusal('unknown-reservation', { reservation: id });
  },
  events({ state }, payload) {
    const gone: ItemEvent[] = heldBy(state, payload).map(({ id, resource }) => ({ type: 'released', id, resource }));
    const leadEnds = payload.reservation === undefined && state.lead?.active;
    return leadEnds && state.lead ? [...gone, { type: 'lead-ended', team: state.lead.team }] : gone;
  },
};

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
