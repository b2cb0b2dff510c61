import type { RunningClock } from '../../../domain/process/state.ts';
import type { Story } from './records.ts';

/**
 * Invariants 25 and 26, told from the records alone: each level that a clock reached while it ran is recorded exactly
 * once, in order and never early; whether it was recorded by the clock or owed by whoever stopped it is no matter.
 */
export function checkLevels(story: Story, now: number): string[] {
  const runs: { clock: RunningClock; stopped: number }[] = [];
  const recorded = new Map<string, number>();
  const violations: string[] = [];
  for (const record of story.said)
    for (const event of record.data.events) {
      const running = (id: string): (typeof runs)[number] | undefined =>
        runs.find(({ clock, stopped }) => clock.id === id && stopped === Infinity);
      if (event.type === 'clock-stopped') {
        const found = running(event.id);
        if (found) found.stopped = record.at;
      } else if (event.type === 'clock-started') runs.push({ clock: event.clock, stopped: Infinity });
      else if (event.type === 'level-reached') {
        const { id, run, level, reached } = event.level;
        const key = `${id}.${run}.${level}`;
        recorded.set(key, (recorded.get(key) ?? 0) + 1);
        if (record.at < reached) violations.push(`25 ${story.id}: level ${key} was recorded early`);
      }
    }
  for (const { clock, stopped } of runs)
    for (const [at, reached] of clock.levels.entries()) {
      const key = `${clock.id}.${clock.run}.${at + 1}`;
      const times = recorded.get(key) ?? 0;
      const due = reached <= Math.min(stopped, now);
      if (times !== (due ? 1 : 0)) violations.push(`26 ${story.id}: level ${key} is recorded ${times} times`);
    }
  return violations;
}
