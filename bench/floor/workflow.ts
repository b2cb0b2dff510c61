import {
  condition,
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { FloorActivities } from './activities.ts';

const local = proxyLocalActivities<Pick<FloorActivities, 'look' | 'move'>>({
  startToCloseTimeout: '15 seconds',
  scheduleToCloseTimeout: '20 seconds',
  retry: { initialInterval: '100 milliseconds', maximumAttempts: 3 },
});
const slow = proxyActivities<Pick<FloorActivities, 'search'>>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
});

const MOVES = 7;
/** The move after which a clock runs. */
const CLOCKED = 2;

/**
 * The life of an item with nothing in it: the same signals, activities and timer in the same order, and no payloads.
 * What this reaches, no workflow that makes such moves on the same server can pass.
 */
export async function floor(): Promise<void> {
  let rung = false;
  setHandler(defineSignal('wake'), () => void (rung = true));
  await local.look();
  rung = false;
  await slow.search();
  for (let move = 1; ; move += 1) {
    await local.look();
    await local.move();
    if (move === CLOCKED) sleep('30 days').catch(() => undefined); // it goes with the workflow
    if (move === MOVES) return;
    await condition(() => rung);
    rung = false;
  }
}
