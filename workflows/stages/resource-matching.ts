import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { Found, ItemRef } from '../messages.ts';

const slow = proxyActivities<Pick<Activities, 'findCandidates'>>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
});

/** Before `start-matching`: which resources and teams could serve the demand, or which of the two lists is empty. */
export async function findCandidates(ref: ItemRef): Promise<Found> {
  return await slow.findCandidates(ref);
}
