import { activityInfo, heartbeat } from '@temporalio/activity';
import type { Caught, CatchUp, Found, ItemRef, Move } from '../workflows/messages.ts';
import type { Store } from '../record/commit.ts';
import { catchUp } from './catch-up.ts';
import { commitMove } from './commit-move.ts';
import { findCandidates } from './find-candidates.ts';

/** What the activities touch the world with. */
export interface ActivityDeps {
  store: Store;
}

/** Every activity by the name under which the workflow calls it. */
export function createActivities({ store }: ActivityDeps): Activities {
  return {
    catchUp: async (question) => await catchUp(store, question),
    commitMove: async (move) => await commitMove(store, move, activityInfo().workflowExecution?.runId ?? null),
    findCandidates: async (ref) => await findCandidates(store, ref, () => heartbeat()),
  };
}

export interface Activities {
  catchUp(question: CatchUp): Promise<Caught>;
  commitMove(move: Move): Promise<Caught>;
  findCandidates(ref: ItemRef): Promise<Found>;
}
