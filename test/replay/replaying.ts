import type { History } from '@temporalio/common/lib/proto-utils.js';
import { type InjectedSinks, Worker } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import type { ItemId } from '../../domain/ids.ts';
import { contentHash } from '../../proof/record.ts';
import { workflowId } from '../../workflows/messages.ts';
import type { ItemSinks } from '../../workflows/standing.ts';
import type { TestDatabase } from '../support/database.ts';
import { OFFICE } from '../support/people.ts';

/** Where an item stood after one record: as its record says, or as a workflow folded it. */
export interface Stand {
  rev: number;
  head: string;
  /** SHA-256 of the folded state. */
  state: string;
}

/** What the workflow held to be so at each of its readings, in order. @throws ReplayError, DeterminismViolationError */
export async function replay(bundle: { code: string }, workflowId: string, history: History): Promise<Stand[]> {
  const told: Stand[] = [];
  const sinks: InjectedSinks<ItemSinks> = {
    item: {
      stands: {
        // objects of the workflow's sandbox have prototypes of their own; a clone has ours
        fn: (_info, rev, head, state) => void told.push({ rev, head, state: contentHash(structuredClone(state)) }),
        callDuringReplay: true,
      },
    },
  };
  await Worker.runReplayHistory({ workflowBundle: bundle, sinks }, history, workflowId);
  return told;
}

/** Invariant 11: what was folded and is not what the record of that revision says. */
export function differences(told: readonly Stand[], records: readonly Stand[]): string[] {
  if (told.length === 0) return ['nothing was folded'];
  return told.flatMap(({ rev, head, state }) => {
    if (rev === 0) return []; // begun by another item's record: there was none of its own yet
    const record = records[rev - 1];
    return record?.head === head && record.state === state ? [] : [`revision ${rev} was folded to another state`];
  });
}

/** What the records of an item say of each revision, the first one first. */
export async function recordsOf({ admin }: TestDatabase, item: ItemId): Promise<Stand[]> {
  const { rows } = await admin.query<Stand>(
    "SELECT seq AS rev, hash AS head, bytes::json->>'state' AS state FROM record WHERE stream_id = $1 ORDER BY seq",
    [item],
  );
  return rows;
}

/** The histories of all runs of an item's workflow, oldest first. */
export async function runsOf(client: Client, item: ItemId): Promise<History[]> {
  const id = workflowId({ office: OFFICE, item });
  const runs = [];
  for await (const { runId, startTime } of client.workflow.list({ query: `WorkflowId = '${id}'` }))
    runs.push({ startTime, history: await client.workflow.getHandle(id, runId).fetchHistory() });
  return runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime()).map(({ history }) => history);
}
