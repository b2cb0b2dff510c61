import type { AppliedEntry } from '../catalogue.ts';
import type { Limit, Pause } from '../clock/due.ts';
import type { TaskAnswer, TaskRating } from '../commands/action-project.ts';
import type { Overridable } from '../commands/requests.ts';
import type { CommandName } from '../commands/vocabulary.ts';
import type { ItemId, ResourceId, TeamId, UnitId, UserId } from '../ids.ts';
import type { Instant } from '../time.ts';
import type { Approval, ClockId, DutyName, Plan, State, StateId } from './definition.ts';
import type { GuardValue, Scope } from './guard.ts';

/** What must be had before the item can be dispatched: an amount of a kind of resource. */
export interface Need {
  id: string;
  kind: string;
  unit: string;
  amount: number;
}

export interface Held {
  id: string;
  need: string;
  resource: ResourceId;
  amount: number;
  /** Promised for good; what is not is held on a lease. */
  confirmed?: true;
}

/** The team that answers for the item; `active` until its place in the team's load is given back. */
export interface Lead {
  team: TeamId;
  unit: UnitId;
  active: boolean;
}

export interface Candidates {
  resources: { need: string; resource: ResourceId; free: number | null }[];
  teams: { team: TeamId; free: number }[];
}

/**
 * One run of a clock. `levels` are the instants of the warnings and, last, of the due instant; those that an open pause
 * keeps from being known are null.
 */
export interface RunningClock {
  /** The clock's, followed by a dot and the thing it runs for where it runs once for each. */
  id: ClockId;
  run: number;
  startedAt: Instant;
  due: Instant | null;
  limit: Limit;
  pauses: Pause[];
  levels: (Instant | null)[];
  /** How many levels of the present limit are recorded. */
  level: number;
  /** The calendar that was read reaches into a year that is not published yet. */
  provisional: boolean;
  /** The version of the calendar by which the instants were reckoned. */
  calendar: number;
}

/** A level of one run of a clock under one limit; 1 is the first warning, the last one is the due instant. */
export interface ClockLevel {
  id: ClockId;
  run: number;
  limit: Limit;
  level: number;
  reached: Instant;
}

/** Something asked that another person decides; what was asked for is kept, so that it is what is done. */
export interface Request extends Approval {
  id: string;
  command: CommandName;
  payload: object;
  /** When it was received: whether it came in time does not depend on who decides it when. */
  receivedAt: Instant;
  askedBy: UserId;
  granted: UserId[];
  /** The rule that an override let it pass when it was asked; it does not hinder the grant either. */
  setAside?: Overridable;
  /** Who may not decide it: whoever asked or granted, and for whom they did. */
  barred: UserId[];
}

/** A co-task or whistle for another unit, with its own clock and answer. */
export interface Task {
  id: string;
  kind: 'co-task' | 'whistle';
  unit: UnitId;
  /** A whistle that was answered badly is blown again. */
  round: number;
  answer: TaskAnswer | null;
  rating: TaskRating | null;
}

/** A part of the work with a limit of its own, as the catalogue had it when the item was registered. */
export interface Milestone {
  id: string;
  limit: Limit;
  /** Kinds of evidence that show it. */
  evidence: string[];
  reached: boolean;
}

/** Plain JSON; one place plus what runs beside it. */
export interface ItemState {
  at: StateId;
  /** The revision at which the item came to `at`. */
  entered: number;
  back?: StateId;
  episode: number;
  rev: number;
  /** Codes and integers that guards read. */
  fields: Record<string, string | number>;
  needs: Need[];
  skills: string[];
  /** What the catalogue said of the item's category when it was registered. */
  catalogue?: AppliedEntry;
  candidates?: Candidates;
  requests: Request[];
  tasks: Task[];
  milestones: Milestone[];
  clocks: RunningClock[];
  /** Levels that had passed when a person stopped their clock, not yet recorded. */
  owed: ClockLevel[];
  links: { project: string; part: string }[];
  /** Items that were merged into this one and wait for its end; absent where there are none. */
  absorbed?: ItemId[];
  /** Items that the other parts of this one became; absent where it was never split. */
  parts?: ItemId[];
  /** Needs that nothing can cover and that the dispatch goes without; absent where there are none. */
  blocked?: string[];
  lead?: Lead;
  reservations: Held[];
  duties: [UserId, DutyName][];
  drawn: [UserId, DutyName][];
  /** Rules that somebody was allowed to set aside once, by the code of their refusal. */
  overrides: Overridable[];
  /** `extended`: by how much the handling clock was extended in this episode, in the kind of its limit. */
  counts: { returns: number; extensions: number; extended: number; reworks: number; callTries: number };
}

/** The state before the first record. */
export function newItem(plan: Plan): ItemState {
  return {
    at: plan.start,
    entered: 0,
    episode: 1,
    rev: 0,
    fields: {},
    needs: [],
    skills: [],
    requests: [],
    tasks: [],
    milestones: [],
    clocks: [],
    owed: [],
    links: [],
    reservations: [],
    duties: [],
    drawn: [],
    overrides: [],
    counts: { returns: 0, extensions: 0, extended: 0, reworks: 0, callTries: 0 },
  };
}

export const placeOf = (plan: Plan, { at }: ItemState): State => placeNamed(plan, at);

export const positionOf = (plan: Plan, id: StateId): number => plan.states.findIndex((state) => state.id === id);

export function placeNamed(plan: Plan, id: StateId): State {
  const place = plan.states.find((candidate) => candidate.id === id);
  if (!place) throw new Error(`the plan has no state ${id}`);
  return place;
}

/** How much of a need no reservation covers yet. */
export function uncovered(state: ItemState, need: Need): number {
  return need.amount - total(state.reservations.filter((held) => held.need === need.id).map((held) => held.amount));
}

/** What is held until its lease is over, unless it is confirmed before. */
export const leased = ({ reservations }: Pick<ItemState, 'reservations'>): Held[] =>
  reservations.filter(({ confirmed }) => !confirmed);

const total = (amounts: number[]): number => amounts.reduce((sum, amount) => sum + amount, 0);

/**
 * The names a guard may use: fields, `needs.uncovered` (and not blocked), `catalogue.team` (the catalogue names one and none ever led),
 * `lead`, `holds`, `leased` (held, not confirmed), `requests` and `tasks` (open), `links`, `count.*`, `clock.*` (levels reached), `payload.*`.
 */
export function scopeOf(state: ItemState, payload?: object): Scope {
  return { payloadKnown: payload !== undefined, read: (name) => readFrom(state, payload, name) };
}

/** One name at a time: of all that a guard may read it reads one or two. */
function readFrom(state: ItemState, payload: object | undefined, name: string): GuardValue {
  switch (name) {
    case 'needs.uncovered':
      return state.needs.filter((need) => uncovered(state, need) > 0 && !state.blocked?.includes(need.id)).length;
    case 'catalogue.team':
      return state.catalogue?.team !== undefined && state.lead === undefined ? 1 : 0;
    case 'lead':
      return state.lead?.active ? 1 : 0;
    case 'holds':
      return state.reservations.length + (state.lead?.active ? 1 : 0);
    case 'leased':
      return leased(state).length;
    case 'requests':
      return state.requests.length;
    case 'tasks':
      return state.tasks.filter(({ answer }) => answer === null).length;
    case 'links':
      return state.links.length;
    default:
      return readByKind(state, payload, name);
  }
}

function readByKind(state: ItemState, payload: object | undefined, name: string): GuardValue {
  const dot = name.indexOf('.');
  const inner = name.slice(dot + 1);
  switch (name.slice(0, Math.max(0, dot))) {
    case 'count':
      return own(state.counts, inner);
    case 'clock': {
      const clock = state.clocks.find(({ id }) => id === inner);
      return clock ? (clock.level === clock.levels.length ? 'due' : clock.level) : null;
    }
    case 'payload':
      return payload ? own(payload, inner) : null;
    default:
      return own(state.fields, name);
  }
}

/** What is no text and no number reads as null, as what is absent does. */
function own(values: object, name: string): GuardValue {
  const value: unknown = Object.hasOwn(values, name) ? Reflect.get(values, name) : null;
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
