import { isCancellation, proxyActivities, proxyLocalActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { CatchUp, Caught, Move } from './messages.ts';

const local = proxyLocalActivities<Pick<Activities, 'catchUp' | 'commitMove'>>({
  startToCloseTimeout: '15 seconds',
  scheduleToCloseTimeout: '20 seconds',
  retry: { initialInterval: '100 milliseconds', maximumAttempts: 3 },
});
/** Without an end to its tries: our own database comes back, and until then there is nothing else to do. */
const patient = proxyActivities<Pick<Activities, 'catchUp' | 'commitMove'>>({
  startToCloseTimeout: '15 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds' },
});

/** Where the item stands. Never fails: only the cancellation of the workflow is thrown. */
export async function catchUp(question: CatchUp): Promise<Caught> {
  return await atLast(
    () => local.catchUp(question),
    () => patient.catchUp(question),
  );
}

/** The move, if the item stands where it was decided; then where it stands. Never fails, as above. */
export async function commitMove(move: Move): Promise<Caught> {
  return await atLast(
    () => local.commitMove(move),
    () => patient.commitMove(move),
  );
}

/** Local activities cost a fifth of the history of normal ones, but hold the workflow task while they try. */
async function atLast<T>(quickly: () => Promise<T>, patiently: () => Promise<T>): Promise<T> {
  try {
    return await quickly();
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
  for (;;) {
    try {
      return await patiently();
    } catch (error) {
      if (isCancellation(error)) throw error;
      await sleep('10 seconds'); // failed without being tried again: still not for the workflow to end on
    }
  }
}
