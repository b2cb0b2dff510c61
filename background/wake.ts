import type { Client } from '@temporalio/client';
import { type ItemRef, wakeOf, WORKFLOW_TYPE } from '../workflows/messages.ts';

/** A wake is not waited for longer than this: whoever sends it has others to send, and the waker repeats it. */
const PATIENCE_MS = 2_000;

/**
 * Signals the item's workflow, started if need be. The deadline is the network's, not the office's; an abort signal
 * would not end the client's own tries (measured: 19 s).
 * @throws when Temporal does not take it in time
 */
export async function wake(client: Client, ref: ItemRef): Promise<void> {
  await client.withDeadline(Date.now() + PATIENCE_MS, async () => {
    await client.workflow.signalWithStart(WORKFLOW_TYPE, wakeOf(ref));
  });
}
