import type { ItemEvent } from '../../domain/process/events.ts';
import type { ClockLevel, RunningClock } from '../../domain/process/state.ts';

/** One level of one run of a clock under one limit, in one word. */
export const levelKey = ({ id, run, limit, level }: Omit<ClockLevel, 'reached'>): string =>
  `${id}.${run} ${limit.amount} ${limit.kind}:${level}`;

/** A stretch of a run in which nothing about its clock changed; `to` is when something did. */
interface Stretch {
  clock: RunningClock;
  to: number;
}

function stretches(records: readonly { at: number; events: readonly ItemEvent[] }[]): Stretch[] {
  const all: Stretch[] = [];
  const end = (id: string, at: number): void => {
    for (const stretch of all) if (stretch.clock.id === id && stretch.to === Infinity) stretch.to = at;
  };
  for (const { at, events } of records)
    for (const event of events)
      if (event.type === 'clock-stopped') end(event.id, at);
      else if ('clock' in event) {
        end(event.clock.id, at);
        all.push({ clock: event.clock, to: Infinity });
      }
  return all;
}

/** Every level that a clock reached while it ran, told from the records alone, once for each run and limit. */
export function levelsReached(records: readonly { at: number; events: readonly ItemEvent[] }[], now: number): string[] {
  const reached = stretches(records).flatMap(({ clock: { id, run, limit, levels }, to }) =>
    levels.flatMap((at, index) =>
      at !== null && at <= Math.min(to, now) ? [levelKey({ id, run, limit, level: index + 1 })] : [],
    ),
  );
  return [...new Set(reached)];
}
