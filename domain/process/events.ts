import type { AppliedEntry } from '../catalogue.ts';
import type { TaskAnswer, TaskRating } from '../commands/action-project.ts';
import type { Overridable } from '../commands/requests.ts';
import type { Instant } from '../time.ts';
import type { ItemId, ResourceId, TeamId, UnitId, UserId } from '../ids.ts';
import type { ClockId, DutyName, StateId } from './definition.ts';
import type { Candidates, ClockLevel, Held, ItemState, Milestone, Need, Request, RunningClock, Task } from './state.ts';

/** The run of a clock that a corrected calendar ended: when it would have been due, and by which version. */
export type Corrected = Pick<RunningClock, 'run' | 'due' | 'calendar'>;

/** What one record changed; a record holds all events of its command, in order. */
export type ItemEvent =
  | { type: 'moved'; to: StateId }
  | { type: 'field-set'; name: string; value: string | number }
  | { type: 'field-cleared'; name: string }
  | { type: 'needs-listed'; needs: Need[]; skills: string[] }
  | { type: 'catalogued'; entry: AppliedEntry }
  | { type: 'candidates-found'; candidates: Candidates }
  | { type: 'reserved'; held: Held }
  | { type: 'released'; id: string; resource: ResourceId }
  | { type: 'confirmed'; id: string }
  | { type: 'need-blocked'; need: string }
  | { type: 'needs-unblocked' }
  | { type: 'lead-assigned'; team: TeamId; unit: UnitId }
  | { type: 'lead-ended'; team: TeamId }
  | { type: 'duty-held'; user: UserId; duty: DutyName }
  | { type: 'drawn'; user: UserId; duty: DutyName }
  | { type: 'clock-started'; clock: RunningClock }
  | { type: 'clock-stopped'; id: ClockId; at: Instant; owed: ClockLevel[] }
  | { type: 'clock-corrected'; was: Corrected; clock: RunningClock; owed: ClockLevel[] }
  | { type: 'clock-paused'; clock: RunningClock }
  | { type: 'clock-resumed'; clock: RunningClock }
  | { type: 'clock-extended'; clock: RunningClock; owed: ClockLevel[] }
  | { type: 'level-reached'; level: ClockLevel }
  | { type: 'escalated'; id: ClockId; run: number; unit: UnitId | null }
  | { type: 'milestones-applied'; milestones: Milestone[] }
  | { type: 'requested'; request: Request }
  | { type: 'request-granted'; id: string; by: UserId; for: UserId | null }
  | { type: 'request-closed'; id: string; outcome: 'granted' | 'refused'; by: UserId }
  | { type: 'request-lapsed'; id: string }
  | { type: 'override-allowed'; rule: Overridable; by: UserId }
  | { type: 'override-used'; rule: Overridable }
  | { type: 'task-opened'; task: Task }
  | { type: 'task-answered'; id: string; answer: TaskAnswer }
  | { type: 'task-rated'; id: string; rating: TaskRating; again: boolean }
  | { type: 'milestone-reached'; id: string }
  | { type: 'linked'; project: string; part: string }
  | { type: 'unlinked'; project: string }
  | { type: 'counted'; name: keyof ItemState['counts']; by?: number }
  | { type: 'count-reset'; name: keyof ItemState['counts'] }
  | { type: 'episode-begun' }
  | { type: 'place-kept'; back: StateId }
  | { type: 'came-back' }
  | { type: 'absorbed'; item: ItemId }
  | { type: 'parted' }
  | { type: 'split'; into: ItemId[] };

/** The state after one record: its events in order, then the next revision. No rule lives here. */
export function evolve(state: ItemState, events: readonly ItemEvent[]): ItemState {
  const next = { ...state, rev: state.rev + 1 };
  return events.reduce(apply, next);
}

function apply(state: ItemState, event: ItemEvent): ItemState {
  switch (event.type) {
    case 'moved':
      return { ...state, at: event.to, entered: state.rev };
    case 'field-set':
      return { ...state, fields: { ...state.fields, [event.name]: event.value } };
    case 'field-cleared': {
      const { [event.name]: _gone, ...fields } = state.fields;
      return { ...state, fields };
    }
    case 'needs-listed':
      return { ...state, needs: event.needs, skills: event.skills };
    case 'catalogued':
      return { ...state, catalogue: event.entry };
    case 'candidates-found':
      return { ...state, candidates: event.candidates };
    case 'reserved':
      return { ...state, reservations: [...state.reservations, event.held] };
    case 'released':
      return { ...state, reservations: state.reservations.filter((held) => held.id !== event.id) };
    case 'confirmed':
      return {
        ...state,
        reservations: state.reservations.map((held) => (held.id === event.id ? { ...held, confirmed: true } : held)),
      };
    case 'need-blocked':
      return { ...state, blocked: [...(state.blocked ?? []).filter((need) => need !== event.need), event.need] };
    case 'needs-unblocked': {
      const { blocked: _free, ...rest } = state;
      return rest;
    }
    case 'lead-assigned':
      return { ...state, lead: { team: event.team, unit: event.unit, active: true } };
    case 'lead-ended':
      return state.lead ? { ...state, lead: { ...state.lead, active: false } } : state;
    case 'duty-held':
      return { ...state, duties: withPair(state.duties, event.user, event.duty) };
    case 'drawn':
      return { ...state, drawn: [...state.drawn.filter(([, duty]) => duty !== event.duty), [event.user, event.duty]] };
    default:
      return applyBeside(state, event);
  }
}

/** What runs beside the place: clocks, requests, counts, episodes. */
function applyBeside(state: ItemState, event: Exclude<ItemEvent, { type: PlaceEvent }>): ItemState {
  switch (event.type) {
    case 'clock-started':
      return { ...state, clocks: [...state.clocks.filter((clock) => clock.id !== event.clock.id), event.clock] };
    case 'clock-paused':
    case 'clock-resumed':
      return withClock(state, event.clock);
    case 'clock-extended':
      return { ...withClock(state, event.clock), owed: [...state.owed, ...event.owed] };
    case 'clock-stopped':
      return {
        ...state,
        clocks: state.clocks.filter((clock) => clock.id !== event.id),
        owed: [...state.owed, ...event.owed],
      };
    case 'clock-corrected':
      return {
        ...state,
        clocks: state.clocks.map((clock) =>
          clock.id === event.clock.id && clock.run === event.was.run ? event.clock : clock,
        ),
        owed: [...state.owed, ...event.owed],
      };
    case 'level-reached':
      return withLevel(state, event.level);
    case 'escalated':
      return state; // told to people; the item stands as before
    case 'requested':
      return { ...state, requests: [...state.requests, event.request] };
    case 'request-granted':
      return {
        ...state,
        requests: state.requests.map((open) => (open.id === event.id ? withGrant(open, event) : open)),
      };
    case 'request-closed':
    case 'request-lapsed':
      return { ...state, requests: state.requests.filter((open) => open.id !== event.id) };
    case 'counted':
      return { ...state, counts: { ...state.counts, [event.name]: state.counts[event.name] + (event.by ?? 1) } };
    case 'count-reset':
      return { ...state, counts: { ...state.counts, [event.name]: 0 } };
    case 'episode-begun':
      return { ...state, episode: state.episode + 1 };
    case 'override-allowed':
      return { ...state, overrides: [...state.overrides, event.rule] };
    case 'override-used':
      return { ...state, overrides: state.overrides.filter((rule) => rule !== event.rule) };
    default:
      return applyBetween(state, event);
  }
}

function withGrant(open: Request, { by, for: principal }: { by: UserId; for: UserId | null }): Request {
  return {
    ...open,
    granted: [...open.granted, by],
    barred: [...open.barred, by, ...(principal === null ? [] : [principal])],
  };
}

/** What an item keeps of others, and of the place it left for another's sake. */
function applyBetween(state: ItemState, event: Extract<ItemEvent, { type: BetweenEvent }>): ItemState {
  switch (event.type) {
    case 'place-kept':
      return { ...state, back: event.back };
    case 'came-back': {
      const { back: _left, ...rest } = state;
      return rest;
    }
    case 'absorbed':
      return { ...state, absorbed: [...(state.absorbed ?? []).filter((item) => item !== event.item), event.item] };
    case 'parted': {
      const { absorbed: _gone, ...rest } = state;
      return rest;
    }
    case 'split':
      return { ...state, parts: [...(state.parts ?? []), ...event.into] };
    case 'linked':
      return { ...state, links: [...state.links, { project: event.project, part: event.part }] };
    case 'unlinked':
      return { ...state, links: state.links.filter(({ project }) => project !== event.project) };
    default:
      return applyToParts(state, event);
  }
}

/** The parts of the work that have an end of their own. */
function applyToParts(state: ItemState, event: Extract<ItemEvent, { type: PartEvent }>): ItemState {
  switch (event.type) {
    case 'task-opened':
      return { ...state, tasks: [...state.tasks, event.task] };
    case 'task-answered':
      return withTask(state, event.id, { answer: event.answer });
    case 'task-rated': {
      const { again, rating } = event;
      const round = state.tasks.find(({ id }) => id === event.id)?.round ?? 1;
      return withTask(state, event.id, again ? { rating, answer: null, round: round + 1 } : { rating });
    }
    case 'milestones-applied':
      return { ...state, milestones: event.milestones };
    case 'milestone-reached':
      return {
        ...state,
        milestones: state.milestones.map((one) => (one.id === event.id ? { ...one, reached: true } : one)),
      };
    default:
      return event satisfies never;
  }
}

const withTask = (state: ItemState, id: string, change: Partial<Task>): ItemState => ({
  ...state,
  tasks: state.tasks.map((task) => (task.id === id ? { ...task, ...change } : task)),
});

type PartEvent = 'task-opened' | 'task-answered' | 'task-rated' | 'milestones-applied' | 'milestone-reached';
type BetweenEvent = 'place-kept' | 'came-back' | 'absorbed' | 'parted' | 'split' | 'linked' | 'unlinked' | PartEvent;

type PlaceEvent =
  | 'moved'
  | 'field-set'
  | 'field-cleared'
  | 'needs-listed'
  | 'catalogued'
  | 'candidates-found'
  | 'reserved'
  | 'released'
  | 'confirmed'
  | 'need-blocked'
  | 'needs-unblocked'
  | 'lead-assigned'
  | 'lead-ended'
  | 'duty-held'
  | 'drawn';

function withPair(pairs: [UserId, DutyName][], user: UserId, duty: DutyName): [UserId, DutyName][] {
  return pairs.some(([who, what]) => who === user && what === duty) ? pairs : [...pairs, [user, duty]];
}

const withClock = (state: ItemState, changed: RunningClock): ItemState => ({
  ...state,
  clocks: state.clocks.map((clock) => (clock.id === changed.id ? changed : clock)),
});

/** Of the same run under the same limit: an extension makes the same levels new. */
function isSameRun(one: ClockLevel, other: Pick<ClockLevel, 'id' | 'run' | 'limit'>): boolean {
  return (
    one.id === other.id &&
    one.run === other.run &&
    one.limit.kind === other.limit.kind &&
    one.limit.amount === other.limit.amount
  );
}

function withLevel(state: ItemState, reached: ClockLevel): ItemState {
  return {
    ...state,
    owed: state.owed.filter((owed) => !isSameRun(owed, reached) || owed.level !== reached.level),
    clocks: state.clocks.map((clock) => (isSameRun(reached, clock) ? { ...clock, level: reached.level } : clock)),
  };
}
