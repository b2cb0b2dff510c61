import type { Calendar } from '../clock/calendar.ts';
import { type Limit, type Pause, reckon, type Terms } from '../clock/due.ts';
import { refusal, type Refusal } from '../refusals.ts';
import { type Instant, instant } from '../time.ts';
import type { Command, Context, Facts } from './context.ts';
import type { Accepted } from './decide.ts';
import type { Clock, ClockChanges, ClockId, Plan } from './definition.ts';
import type { ItemEvent } from './events.ts';
import { BY_SYSTEM } from './permission.ts';
import { type ClockLevel, type ItemState, placeOf, type RunningClock } from './state.ts';

/** The clock of the plan that one on the item is a run of: what stands before the dot. */
export function clockIn(plan: Plan, running: ClockId): Clock | undefined {
  const dot = running.indexOf('.');
  const id = dot < 0 ? running : running.slice(0, dot);
  return plan.clocks.find((clock) => clock.id === id);
}

/** One run of a clock for one thing. */
export const clockOf = (clock: ClockId, thing: string): ClockId => `${clock}.${thing}`;

/** Whether a clock on the item runs for this thing. */
export const isRunFor = (running: ClockId, thing: string): boolean =>
  running.includes('.') && thingOf(running) === thing;

const thingOf = (running: ClockId): string => running.slice(running.indexOf('.') + 1);

/** Everything that a run of a clock is reckoned from. */
interface RunTerms {
  limit: Limit;
  startedAt: Instant;
  pauses: Pause[];
}

type Figures = Pick<RunningClock, 'due' | 'levels' | 'provisional' | 'calendar'>;

/** Firing is one millisecond after the due instant: what happens at it is still on time. */
function figures(clock: Clock, { limit, startedAt, pauses }: RunTerms, calendar: Calendar): Figures {
  const { due, thresholds, provisional } = reckon({ limit, start: startedAt, pauses, shares: clock.warnAt }, calendar);
  const levels = [...thresholds, due === null ? null : instant(due + 1)];
  return { due, levels, provisional, calendar: calendar.version };
}

/** A running clock reckoned anew, of the same run: with other pauses, another limit, or by another calendar. */
export function reckonedAnew(
  plan: Plan,
  running: RunningClock,
  terms: Partial<RunTerms>,
  calendar: Calendar,
): RunningClock {
  const clock = clockIn(plan, running.id);
  if (!clock) throw new Error(`the plan has no clock ${running.id}`);
  const changed = { ...running, ...terms };
  return { ...changed, ...figures(clock, changed, calendar) };
}

/** What a running clock is reckoned from, for whoever explains it. */
export function termsOf({ limit, startedAt, pauses }: RunningClock): Omit<Terms, 'shares'> {
  return { limit, start: startedAt, pauses };
}

/** Levels of a running clock that have passed at this instant and are not recorded yet, in order. */
export function passedLevels(clock: RunningClock, at: Instant): ClockLevel[] {
  const { id, run, limit } = clock;
  return clock.levels.flatMap((reached, index) =>
    reached !== null && index >= clock.level && reached <= at ? [{ id, run, limit, level: index + 1, reached }] : [],
  );
}

/** Levels that have passed and are not recorded yet: those of stopped clocks and replaced limits first. */
export function dueLevels(state: ItemState, at: Instant): ClockLevel[] {
  return [...state.owed, ...state.clocks.flatMap((clock) => passedLevels(clock, at))];
}

const UNNAMED: NonNullable<Command<'reach-level'>['payload']> = {
  id: '',
  run: 0,
  limit: { kind: 'work_day', amount: 0 },
  level: 0,
};

/** Reaching a level is always legal: the clock only says what is so. */
export function reachLevel(
  plan: Plan,
  state: ItemState,
  { actor, payload, at }: Command<'reach-level'>,
  { above }: Facts,
): Accepted | Refusal {
  if (actor.kind !== 'system') return refusal('not-permitted', { roles: ['system'] });
  const { id, run, limit, level } = payload ?? UNNAMED;
  const [first] = dueLevels(state, at).filter((due) => due.id === id && due.run === run);
  const named = first?.level === level && first.limit.amount === limit.amount ? first : undefined;
  // in order: a level passed over would never be recorded
  if (!named) return refusal('already-recorded', { id, run, level });
  const events: ItemEvent[] = [
    { type: 'level-reached', level: named },
    ...(escalates(plan, named) ? [{ type: 'escalated' as const, id, run, unit: above?.[0] ?? null }] : []),
  ];
  return { ok: true, by: BY_SYSTEM, to: state.at, events };
}

/** Whether reaching this level tells the unit above: the last one, of a clock that does. */
export function escalates(plan: Plan, { id, level }: Pick<ClockLevel, 'id' | 'level'>): boolean {
  const clock = clockIn(plan, id);
  return clock?.escalates === true && level === clock.warnAt.length + 1;
}

/** What a transition changes on clocks; `payload` is that of the command that takes it. */
interface Change extends Pick<Context, 'plan' | 'state' | 'facts'> {
  at: Instant;
  payload: object;
}

const named = (payload: object, field: string): unknown =>
  Object.entries(payload).find(([name]) => name === field)?.[1];

/** The thing that a payload names; one of the next record where it begins one. */
function thingNamed(payload: object, field: string, own: string): string {
  const name = named(payload, field);
  return typeof name === 'string' ? name : own;
}

function fieldOf(clock: Clock): string | undefined {
  return clock.per === 'request' ? undefined : clock.per;
}

/** The running clocks that a list of the definition means. */
function meant({ plan, state, payload }: Change, ids: ClockId[] | 'all' | undefined): RunningClock[] {
  if (ids === undefined) return [];
  return state.clocks.filter(({ id }) => {
    const clock = clockIn(plan, id);
    if (!clock || (ids !== 'all' && !ids.includes(clock.id))) return false;
    const thing = ids === 'all' || fieldOf(clock) === undefined ? undefined : named(payload, fieldOf(clock) ?? '');
    return thing === undefined || thing === thingOf(id);
  });
}

function stopped(running: RunningClock, at: Instant): ItemEvent {
  return { type: 'clock-stopped', id: running.id, at, owed: passedLevels(running, at) };
}

/** What stops when the thing is no more for whose sake it runs; nothing when it does not run. */
export function stopFor(state: ItemState, clock: ClockId | undefined, thing: string, at: Instant): ItemEvent[] {
  if (clock === undefined) return [];
  return state.clocks.filter(({ id }) => id === clockOf(clock, thing)).map((running) => stopped(running, at));
}

const isPaused = ({ pauses }: RunningClock): boolean => pauses.some(({ to }) => to === null);

function paused(change: Change, running: RunningClock): ItemEvent[] {
  if (isPaused(running) || clockIn(change.plan, running.id)?.runsThrough) return [];
  const pauses = [...running.pauses, { from: change.at, to: null }];
  return [{ type: 'clock-paused', clock: reckonedAnew(change.plan, running, { pauses }, calendarOf(change)) }];
}

function resumed(change: Change, running: RunningClock): ItemEvent[] {
  if (!isPaused(running)) return [];
  const pauses = running.pauses.map(({ from, to }) => ({ from, to: to ?? change.at }));
  return [{ type: 'clock-resumed', clock: reckonedAnew(change.plan, running, { pauses }, calendarOf(change)) }];
}

/** From the same start, with the same pauses; what of the old limit has passed and is not recorded stays owed. */
function extended(change: Change, running: RunningClock): ItemEvent[] {
  const more = named(change.payload, 'amount');
  if (typeof more !== 'number') throw new Error(`clock ${running.id} is extended and nobody said by how much`);
  const limit = { ...running.limit, amount: running.limit.amount + more };
  const clock = { ...reckonedAnew(change.plan, running, { limit }, calendarOf(change)), level: 0 };
  return [{ type: 'clock-extended', clock, owed: passedLevels(running, change.at) }];
}

function calendarOf({ facts: { calendar } }: Change): Calendar {
  if (!calendar) throw new Error('a clock starts and no calendar was read');
  return calendar;
}

/** For which things a clock starts: each is an id on the item with the limit that it gets. */
function runsOf(clock: Clock, { state, payload }: Change): { id: ClockId; limit: Limit }[] {
  if (clock.per === 'milestone')
    return state.milestones
      .filter(({ reached }) => !reached)
      .map(({ id, limit }) => ({ id: clockOf(clock.id, id), limit }));
  const limit = limitOf(clock, state, payload);
  switch (clock.per) {
    case undefined:
      return [{ id: clock.id, limit }];
    case 'request':
      return [{ id: clockOf(clock.id, `q${state.rev + 1}`), limit }];
    case 'task':
      return [{ id: clockOf(clock.id, thingNamed(payload, 'task', `t${state.rev + 1}`)), limit }];
    case 'project':
      return [{ id: clockOf(clock.id, thingNamed(payload, 'project', `p${state.rev + 1}`)), limit }];
    default:
      return clock.per satisfies never;
  }
}

function limitOf(clock: Clock, state: ItemState, payload: object): Limit {
  if (clock.limit !== 'catalogue') {
    const asked = clock.asked === undefined ? undefined : named(payload, clock.asked);
    return typeof asked === 'number' ? { ...clock.limit, amount: asked } : clock.limit;
  }
  const { limitKind, limitAmount } = state.fields;
  if (typeof limitKind !== 'string' || typeof limitAmount !== 'number')
    throw new Error(`clock ${clock.id}: the item was registered without a limit`);
  return { kind: limitKind as Limit['kind'], amount: limitAmount }; // `register` stored it from a Limit
}

/** A reopening leads out of an end: what starts with it belongs to the second episode already. */
function beginning({ since }: Clock, { plan, state, at }: Change): Instant {
  const isFirst = state.episode === 1 && placeOf(plan, state).terminal !== true;
  const received = since === 'received' && isFirst ? state.fields['receivedAt'] : undefined;
  return typeof received === 'number' ? instant(received) : at;
}

/** Starts these clocks now; what runs under the same id is replaced, unless it runs on. */
export function startEvents(change: Change, ids: readonly ClockId[]): ItemEvent[] {
  if (ids.length === 0) return [];
  const clocks = change.plan.clocks.filter(({ id }) => ids.includes(id));
  const runs = (id: ClockId): boolean => change.state.clocks.some((running) => running.id === id);
  return clocks.flatMap((clock) =>
    runsOf(clock, change).flatMap(({ id, limit }): ItemEvent[] => {
      if (clock.runsOn && runs(id)) return [];
      const [startedAt, run, pauses] = [beginning(clock, change), change.state.rev + 1, []];
      const { due, levels, provisional, calendar } = figures(clock, { limit, startedAt, pauses }, calendarOf(change));
      // member by member: two spreads here and one in `take` cost more than the rest of a decision
      const begun = { id, run, limit, startedAt, pauses, level: 0, due, levels, provisional, calendar };
      return [{ type: 'clock-started', clock: begun }];
    }),
  );
}

/** Stops before starts; a level that passed before its clock was stopped stays owed, so that no red is lost. */
export function clockEvents(change: Change, changes: ClockChanges | undefined): ItemEvent[] {
  if (!changes) return [];
  const starts = startEvents(change, changes.start ?? []);
  const started = starts.flatMap((event) => (event.type === 'clock-started' ? [event.clock.id] : []));
  const ending = meant(change, changes.stop);
  const replaced = change.state.clocks.filter((running) => started.includes(running.id) && !ending.includes(running));
  return [
    ...[...ending, ...replaced].map((running) => stopped(running, change.at)),
    ...meant(change, changes.pause).flatMap((running) => paused(change, running)),
    ...meant(change, changes.resume).flatMap((running) => resumed(change, running)),
    ...meant(change, changes.extend).flatMap((running) => extended(change, running)),
    ...starts,
  ];
}

/** Whether what a transition does to clocks needs the calendar. */
export function needsCalendar({ start, pause, resume, extend }: ClockChanges = {}): boolean {
  return [start, pause, resume, extend].some((ids) => ids !== undefined && ids.length > 0);
}
