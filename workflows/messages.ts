import type { Hash, ItemId, OfficeId } from '../domain/ids.ts';
import type { Plan } from '../domain/process/definition.ts';
import type { ItemEvent } from '../domain/process/events.ts';
import type { Blocker } from '../domain/process/lists.ts';
import type { Queued, Stuck, SystemStep } from '../domain/process/next-system-step.ts';
import type { Candidates, ItemState } from '../domain/process/state.ts';
import type { Instant } from '../domain/time.ts';

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

/** Where the workflow believes the item to stand; revision 0 before it has looked. */
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
      /** The events of each record since, or plan and state. */
      news: { since: ItemEvent[][] } | { whole: { plan: Plan; state: ItemState } };
      /** What other items asked for, in order. */
      queued: Queued[];
      stuck: Stuck[];
    };

export interface CatchUp extends ItemRef {
  known: Known;
}

/** What a slow activity came back with; `seen` names the state of the database in which it found nothing. */
export type Found = { candidates: Candidates } | { none: Blocker; seen: string };

export interface Move extends ItemRef {
  /** The record that the move was decided on: with another one there it is stale and writes nothing. */
  known: { rev: number; head: Hash };
  step: SystemStep;
  found?: Found;
}

/** How every wake is sent, whoever sends it: it starts the run where none is under way. The database guards against doubles. */
export function wakeOf(ref: ItemRef): {
  taskQueue: string;
  workflowId: string;
  workflowIdReusePolicy: 'ALLOW_DUPLICATE';
  args: [ItemRef];
  signal: string;
} {
  return {
    taskQueue: TASK_QUEUE,
    workflowId: workflowId(ref),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    args: [ref],
    signal: WAKE_SIGNAL,
  };
}
