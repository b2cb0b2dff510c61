import type { Limit } from '../clock/due.ts';
import { type Rule } from '../process/context.ts';
import type { ItemEvent } from '../process/events.ts';
import type { ClockLevel, Need } from '../process/state.ts';

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
export type ReachLevel = Pick<ClockLevel, 'id' | 'run' | 'level'>;

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

export const withdraw: Rule<'withdraw'> = {
  events: (_context, payload) => [set('closureType', 'withdrawn'), set('voluntary', payload.voluntary)],
};

export const settleOnTheSpot: Rule<'settle-on-the-spot'> = {
  events: () => [set('closureType', 'solved'), set('onTheSpot', 1)],
};
