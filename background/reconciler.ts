import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { type ItemRef, workflowId } from '../workflows/messages.ts';
import { wake, withPatience } from './wake.ts';

const REASON = 'no wake has moved it: the item is driven by a new run';
const PAGE = 500;
/** Wakes under way at once. */
const AT_ONCE = 16;

/**
 * Ends the item's run if one is under way that works on nothing, and wakes the item: the new run knows only what the
 * record knows, so that nothing can be lost with the old one. A run that waits for an activity is not stuck, only woken.
 * @throws when Temporal does not answer in time
 */
export async function renew(client: Client, ref: ItemRef, logger: Logger): Promise<void> {
  const run = await idleRun(client, ref);
  if (run !== undefined) {
    await withPatience(client, async () => {
      await client.workflow.getHandle(workflowId(ref), run).terminate(REASON);
    });
    logger.warn({ ...ref, run }, 'a run that no wake moved was ended and is started afresh');
  }
  await wake(client, ref);
}

/** The id of the item's run if it is under way with no activity pending. */
async function idleRun(client: Client, ref: ItemRef): Promise<string | undefined> {
  try {
    const { runId, status, raw } = await withPatience(
      client,
      async () => await client.workflow.getHandle(workflowId(ref)).describe(),
    );
    const busy = (raw.pendingActivities ?? []).length > 0;
    return status.name === 'RUNNING' && !busy ? runId : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

export interface Resumed {
  woken: number;
  /** Items that Temporal did not take the wake of. */
  failed: number;
}

/**
 * Wakes every open item once: after a restore of either store, when a workflow may know more or less than the record.
 * Only wakes; what is to be done each item finds out for itself. `step` is called after each item.
 */
export async function resume(
  loops: Pool,
  send: (ref: ItemRef) => Promise<void>,
  step: () => void = () => undefined,
): Promise<Resumed> {
  const resumed: Resumed = { woken: 0, failed: 0 };
  const wakeOne = async (ref: ItemRef): Promise<void> => {
    await send(ref).finally(step);
  };
  for (let page = await openItems(loops); page.length > 0; page = await openItems(loops, page.at(-1)))
    for (let at = 0; at < page.length; at += AT_ONCE) {
      const sent = await Promise.allSettled(page.slice(at, at + AT_ONCE).map(wakeOne));
      const failed = sent.filter(({ status }) => status === 'rejected').length;
      resumed.failed += failed;
      resumed.woken += sent.length - failed;
    }
  return resumed;
}

/** An item is open until its history is to be archived: then nothing leads out any more. */
const OPEN = 'NOT EXISTS (SELECT 1 FROM archive_job j WHERE j.office_id = i.office_id AND j.item_id = i.id)';

export async function countOpen(loops: Pool): Promise<number> {
  const { rows } = await loops.query<{ open: number }>(`SELECT count(*) AS open FROM item i WHERE ${OPEN}`);
  return rows[0]?.open ?? 0;
}

async function openItems(loops: Pool, after?: ItemRef): Promise<ItemRef[]> {
  const { rows } = await loops.query<ItemRef>(
    `SELECT i.office_id AS office, i.id AS item FROM item i
       WHERE ${OPEN} AND (i.office_id, i.id) > ($2, $3) ORDER BY 1, 2 LIMIT $1`,
    [PAGE, after?.office ?? '', after?.item ?? ''],
  );
  return rows;
}
