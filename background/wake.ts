import type { Client } from '@temporalio/client';
import { type ItemRef, wakeOf, WORKFLOW_TYPE } from '../workflows/messages.ts';

/** What a loop asks of Temporal is not waited for longer than this: it has others to ask for, and asks again. */
const PATIENCE_MS = 2_000;

/**
 * The deadline is the network's, not the office's; an abort signal would not end the client's own tries (measured: 19 s).
 * @throws when Temporal does not answer in time
 */
export async function withPatience<T>(client: Client, ask: () => Promise<T>, ms = PATIENCE_MS): Promise<T> {
  return await client.withDeadline(Date.now() + ms, ask);
}

/** Signals the item's workflow, started if need be. @throws when Temporal does not take it in time */
export async function wake(client: Client, ref: ItemRef): Promise<void> {
  await withPatience(client, async () => {
    await client.workflow.signalWithStart(WORKFLOW_TYPE, wakeOf(ref));
  });
}
