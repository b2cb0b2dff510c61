import { proxySinks, type Sinks } from '@temporalio/workflow';
import type { Hash } from '../domain/ids.ts';
import type { Plan } from '../domain/process/definition.ts';
import { evolve } from '../domain/process/events.ts';
import type { ItemState } from '../domain/process/state.ts';
import type { Caught } from './messages.ts';

/** The item as the workflow has folded it. */
export interface Standing {
  rev: number;
  head: Hash;
  plan: Plan;
  state: ItemState;
}

/** Told at every reading where the item stands: a replay with a sink of its own can compare it with the record. */
export interface ItemSinks extends Sinks {
  item: { stands(rev: number, head: Hash, state: ItemState): void };
}
const { item } = proxySinks<ItemSinks>();

/** Folds what was read onto what was known. @throws Error, a bug, when events arrive for a state nobody has read */
export function follow(before: Standing | undefined, caught: Exclude<Caught, { absent: true }>): Standing {
  const { rev, head, news } = caught;
  const folded = 'whole' in news ? news.whole : advance(before, news.since);
  item.stands(rev, head, folded.state);
  return { rev, head, ...folded };
}

function advance(
  before: Standing | undefined,
  since: Parameters<typeof evolve>[1][],
): Pick<Standing, 'plan' | 'state'> {
  if (!before) throw new Error('events came before the state they follow');
  return { plan: before.plan, state: since.reduce(evolve, before.state) };
}
