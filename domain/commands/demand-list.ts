import type { Limit } from '../clock/due.ts';
import type { ItemId } from '../ids.ts';
import type { Context, Rule } from '../process/context.ts';
import type { ItemEvent } from '../process/events.ts';
import type { ClockLevel, ItemState, Need } from '../process/state.ts';
import { refusal, type Refusal } from '../refusals.ts';

/** Who asked for a hearing, through which channel, about which place. */
export interface SubmitPayload {
  channel: string;
  kind: string;
  /** Code of the community or grid the demand is about. */
  area: string;
  peopleAffected: number;
}

/** The classification: category, urgency, the limit as applied, and what the work will need. */
export interface RegisterPayload {
  category: string;
  urgency: 'ordinary' | 'urgent' | 'extra_urgent' | 'complex';
  limit: Limit;
  skills: string[];
  needs: Need[];
}

export interface RefusePayload {
  ground: 'outside_area' | 'other_channel' | 'already_settled' | 'no_substance' | 'secret' | 'emergency_line';
}

/** Into which open item this one goes. */
export interface MergePayload {
  into: ItemId;
}

export interface WithdrawPayload {
  voluntary: 'yes' | 'in_doubt';
}

/** A file that shows something, known by its SHA-256. */
export interface Evidence {
  kind: string;
  sha256: string;
}

export interface SettlePayload {
  evidence: Evidence[];
}

/** The clock's own command: one level of one run of a clock has been reached. */
export type ReachLevel = Pick<ClockLevel, 'id' | 'run' | 'limit' | 'level'>;

const set = (name: string, value: string | number): ItemEvent => ({ type: 'field-set', name, value });

export const submit: Rule<'submit'> = {
  events: (_context, payload) => [
    set('channel', payload.channel),
    set('kind', payload.kind),
    set('area', payload.area),
    set('peopleAffected', payload.peopleAffected),
  ],
};

export const register: Rule<'register'> = {
  events: (_context, payload) => [
    set('category', payload.category),
    set('urgency', payload.urgency),
    set('limitKind', payload.limit.kind),
    set('limitAmount', payload.limit.amount),
    { type: 'needs-listed', needs: payload.needs, skills: payload.skills },
  ],
};

export const refuse: Rule<'refuse'> = {
  events: (_context, payload) => [set('refusalGround', payload.ground)],
};

/** Nothing was done for the items that were merged into this one: each goes its own way again. */
export const withdraw: Rule<'withdraw'> = {
  events: ({ state }, payload) => [
    set('closureType', 'withdrawn'),
    set('voluntary', payload.voluntary),
    ...parting(state),
  ],
  effects: ({ state }) => (state.absorbed ?? []).map((item) => ({ item, name: 'unmerge', payload: {} })),
};

/** Whoever ends an item with others merged into it sends each its way, and keeps none. */
export function parting({ absorbed }: ItemState): ItemEvent[] {
  return absorbed ? [{ type: 'parted' }] : [];
}

/** B goes into A: what it holds is given back, and A is asked to take it; should A not be able to, B comes back. */
export const merge: Rule<'merge'> = {
  refuse({ facts, command }) {
    const { primary } = facts;
    const unfit = primary === null || primary?.absorbs === false;
    return unfit ? refusal('merge-target-unfit', { item: command.payload?.into ?? '' }) : undefined;
  },
  events: ({ state }, payload) => [
    set('mergedInto', payload.into),
    ...state.reservations.map(({ id, resource }): ItemEvent => ({ type: 'released', id, resource })),
    ...(state.lead?.active ? [{ type: 'lead-ended' as const, team: state.lead.team }] : []),
  ],
  effects: (_context, payload) => [{ item: payload.into, name: 'absorb', payload: {} }],
};

/** Only another item asks for it: the one that asks is the one that is absorbed. */
export const absorb: Rule<'absorb'> = {
  events: ({ command: { source } }) => (source === undefined ? [] : [{ type: 'absorbed', item: source }]),
};

export const unmerge: Rule<'unmerge'> = { refuse: (context) => mergedElsewhere(context) };

/** Whom this item was merged into may send it on; an item it was once merged into may not. */
export function mergedElsewhere({
  state,
  command: { source },
}: Pick<Context, 'state' | 'command'>): Refusal | undefined {
  if (source === undefined || state.fields['mergedInto'] === source) return undefined;
  return refusal('not-merged-there', { item: source });
}

export const settleOnTheSpot: Rule<'settle-on-the-spot'> = {
  events: () => [set('closureType', 'solved'), set('onTheSpot', 1)],
};
