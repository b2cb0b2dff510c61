import { levelKey, levelsReached } from '../../support/levels.ts';
import type { Story } from './records.ts';

/**
 * Invariants 25 and 26, told from the records alone: each level that a clock reached while it ran is recorded exactly
 * once, in order and never early; whether it was recorded by the clock or owed by whoever stopped it is no matter.
 */
export function checkLevels(story: Story, now: number): string[] {
  const recorded: string[] = [];
  const violations: string[] = [];
  for (const record of story.said)
    for (const event of record.data.events)
      if (event.type === 'level-reached') {
        const key = levelKey(event.level);
        recorded.push(key);
        if (record.at < event.level.reached) violations.push(`25 ${story.id}: level ${key} was recorded early`);
      }
  const reached = levelsReached(
    story.said.map(({ at, data: { events } }) => ({ at, events })),
    now,
  );
  for (const key of new Set([...reached, ...recorded])) {
    const times = recorded.filter((other) => other === key).length;
    if (times !== (reached.includes(key) ? 1 : 0))
      violations.push(`26 ${story.id}: level ${key} is recorded ${times} times`);
  }
  return violations;
}
