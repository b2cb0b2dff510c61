import type { Calendar } from '../clock/calendar.ts';
import { refusal, type Refusal } from '../refusals.ts';
import type { Instant } from '../time.ts';
import { passedLevels, reckonedAnew } from './clocks.ts';
import type { Command, Facts } from './context.ts';
import type { Accepted } from './decide.ts';
import type { Plan } from './definition.ts';
import type { ItemEvent } from './events.ts';
import { BY_SYSTEM } from './permission.ts';
import type { ItemState, RunningClock } from './state.ts';

/**
 * Reckons the running clocks again under the calendar in force, each from the same start, amount and pauses, and names
 * old and new. A clock that comes to the same instants is left under the version by which they were found.
 */
export function correctCalendar(
  plan: Plan,
  state: ItemState,
  { actor, at }: Command,
  { calendar }: Facts,
): Accepted | Refusal {
  if (actor.kind !== 'system') return refusal('not-permitted', { roles: ['system'] });
  const events = calendar ? state.clocks.flatMap((clock) => correction(plan, state, clock, calendar, at)) : [];
  if (calendar && events.length === 0) return refusal('already-recorded', { calendar: calendar.version });
  return { ok: true, by: BY_SYSTEM, to: state.at, events };
}

/**
 * A corrected clock begins a new run: a level that is not reached yet by the new calendar will be reached in it, though
 * the old one announced it, and one that both have reached is not announced twice. What the old run reached and nobody
 * has recorded yet stays owed, because until this record the old instants were in force.
 */
function correction(plan: Plan, state: ItemState, clock: RunningClock, calendar: Calendar, at: Instant): ItemEvent[] {
  if (clock.calendar >= calendar.version) return [];
  const anew = reckonedAnew(plan, clock, {}, calendar);
  const { levels, provisional } = anew;
  const same = levels.every((level, index) => level === clock.levels[index]) && provisional === clock.provisional;
  if (same) return [];
  const owed = passedLevels(clock, at);
  const announced = levels.slice(0, clock.level + owed.length);
  const level = announced.filter((reached) => reached !== null && reached <= at).length;
  const { run, due, calendar: version } = clock;
  const corrected = { ...anew, run: state.rev + 1, level };
  return [{ type: 'clock-corrected', was: { run, due, calendar: version }, clock: corrected, owed }];
}
