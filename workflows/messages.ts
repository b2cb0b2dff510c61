import type { Candidates, ItemState } from '../domain/process/state.ts';
import type { Hash, ItemId, OfficeId } from '../domain/ids.ts';
import type { ItemEvent } from '../domain/process/events.ts';
import type { Stuck, SystemStep } from '../domain/process/next-system-step.ts';
import type { Plan } from '../domain/process/definition.ts';
import type { Instant } from '../domain/time.ts';
import type { RefusalCode } from '../domain/refusals.ts';

/** One task queue, one namespace: every worker can drive every item. */
export const TASK_QUEUE = 'four-lists';
export const WORKFLOW_TYPE = 'item';

/** Everything that crosses into Temporal: ids, names, codes and hashes; never a word that somebody wrote. */
export interface ItemRef {
  office: OfficeId;
  item: ItemId;
}

export function workflowId({ office, item }: ItemRef): string {
  return `item/${office}/${item}`;
}

/** Something may be owed: look. Carries nothing, because the record says everything. */
export const WAKE_SIGNAL = 'wake';

/** Where the workflow believes the item to stand. */
export interface Known {
  rev: number;
  head: Hash | null;
}
/** Query that answers with `Known`. */
export const KNOWN_QUERY = 'known';

/** The item as the record has it, from what the workflow knew on: events where they reach, else everything. */
export type Caught =
  | { absent: true }
  | {
      absent: false;
      rev: number;
      head: Hash;
      /** The office's time of this reading. */
      at: Instant;
      /** Office milliseconds that pass in one real one; 1 but in a simulation. */
      scale: number;
      /** Events of each record since; absent with `whole`. */
      since?: ItemEvent[][];
      whole?: { plan: Plan; state: ItemState };
      stuck: Stuck[];
    };

export interface CatchUp extends ItemRef {
  known: Known;
}

/** What a slow activity came back with; `none` says which list is empty. */
export type Found = { candidates: Candidates } | { none: RefusalCode };

export interface Move extends CatchUp {
  step: SystemStep;
  found?: Found;
}
