import type { Calendar } from '../clock/calendar.ts';
import { type Limit, reckon, type Terms } from '../clock/due.ts';
import { refusal, type Refusal } from '../refusals.ts';
import { type Instant, instant } from '../time.ts';
import type { Command } from './context.ts';
import type { Accepted } from './decide.ts';
import type { Clock, ClockId, Plan, Transition } from './definition.ts';
import type { ItemEvent } from './events.ts';
import type { ClockLevel, ItemState, RunningClock } from './state.ts';

function limitOf(clock: Clock, state: ItemState): Limit {
  if (clock.limit !== 'catalogue') return clock.limit;
  const { limitKind, limitAmount } = state.fields;
  if (typeof limitKind !== 'string' || typeof limitAmount !== 'number')
    throw new Error(`clock ${clock.id}: the item was registered without a limit`);
  return { kind: limitKind as Limit['kind'], amount: limitAmount }; // `register` stored it from a Limit
}

/** Firing is one millisecond after the due instant: what happens at it is still on time. */
function run(clock: Clock, state: ItemState, at: Instant, calendar: Calendar): RunningClock {
  const limit = limitOf(clock, state);
  const { due, thresholds, provisional } = reckon({ limit, start: at, pauses: [], shares: clock.warnAt }, calendar);
  const warnings = thresholds.filter((threshold): threshold is Instant => threshold !== null);
  if (due === null) throw new Error(`clock ${clock.id}: no due instant without an open pause`);
  const levels = [...warnings, instant(due + 1)];
  return {
    id: clock.id,
    run: state.rev + 1,
    startedAt: at,
    due,
    limit,
    levels,
    level: 0,
    provisional,
    calendar: calendar.version,
  };
}

/** What a running clock is reckoned from, for whoever reckons it again or explains it. */
export function termsOf({ limit, startedAt }: RunningClock): Omit<Terms, 'shares'> {
  return { limit, start: startedAt, pauses: [] };
}

/** Levels of a running clock that have passed at this instant and are not recorded yet, in order. */
export function passedLevels(clock: RunningClock, at: Instant): ClockLevel[] {
  const { id, run: runOf, limit } = clock;
  return clock.levels.flatMap((reached, index) =>
    index >= clock.level && reached <= at ? [{ id, run: runOf, limit, level: index + 1, reached }] : [],
  );
}

/** Levels that have passed and are not recorded yet: those of stopped clocks first. */
export function dueLevels(state: ItemState, at: Instant): ClockLevel[] {
  return [...state.owed, ...state.clocks.flatMap((clock) => passedLevels(clock, at))];
}

/** Reaching a level is always legal: the clock only says what is so. */
export function reachLevel(state: ItemState, { actor, payload, at }: Command<'reach-level'>): Accepted | Refusal {
  if (actor.kind !== 'system') return refusal('not-permitted', { roles: ['system'] });
  const named = payload ?? { id: '', run: 0, level: 0 };
  const first = dueLevels(state, at).find(({ id, run }) => id === named.id && run === named.run);
  const level = first?.level === named.level ? first : undefined; // in order: a level passed over would never be recorded
  if (!level) return refusal('already-recorded', { ...named });
  return { ok: true, by: { role: 'system', grant: null }, to: state.at, events: [{ type: 'level-reached', level }] };
}

function stop(state: ItemState, id: ClockId, at: Instant): ItemEvent[] {
  const running = state.clocks.find((clock) => clock.id === id);
  return running ? [{ type: 'clock-stopped', id, at, owed: passedLevels(running, at) }] : [];
}

/** Stops before starts; a level that passed before its clock was stopped stays owed, so that no red is lost. */
export function clockEvents(
  plan: Plan,
  state: ItemState,
  transition: Transition,
  at: Instant,
  calendar: Calendar | undefined,
): ItemEvent[] {
  const starting = plan.clocks.filter((clock) => transition.clocks?.start?.includes(clock.id));
  const stopping = [...(transition.clocks?.stop ?? []), ...starting.map((clock) => clock.id)];
  if (starting.length > 0 && !calendar) throw new Error('a clock starts and no calendar was read');
  return [
    ...stopping.flatMap((id) => stop(state, id, at)),
    ...starting.flatMap((clock): ItemEvent[] =>
      calendar ? [{ type: 'clock-started', clock: run(clock, state, at, calendar) }] : [],
    ),
  ];
}
