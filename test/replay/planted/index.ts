import { sleep } from '@temporalio/workflow';
import { item as real } from '../../../workflows/item.ts';
import type { ItemRef } from '../../../workflows/messages.ts';

/** The workflow with a mistake in it: a timer that no recorded history has. */
export async function item(ref: ItemRef): Promise<void> {
  await sleep(1);
  await real(ref);
}
