import type { Clients } from '../client.ts';
import type { World } from '../world.ts';
import { checkDebts, checkRuns } from './driving.ts';
import { checkLevels } from './levels.ts';
import { checkStories } from './records.ts';
import { checkAnswers, checkTables } from './tables.ts';

/** Everything that must hold at rest, in words with the number of the invariant; none when all is well. */
export async function violationsOf(world: World, clients: Clients): Promise<string[]> {
  const { tables } = world.database;
  const { stories, violations } = checkStories(tables);
  const now = world.database.now();
  return [
    ...violations,
    ...stories.flatMap((story) => checkLevels(story, now)),
    ...checkTables(tables),
    ...checkAnswers(tables, clients),
    ...checkDebts(world, stories),
    ...(await checkRuns(world)),
  ];
}
