import { activityInfo } from '@temporalio/activity';

export interface FloorActivities {
  look(): Promise<void>;
  search(): Promise<void>;
  move(): Promise<void>;
}

/** What the worker of the floor tells its parent of each move. */
export interface Moved {
  moved: string;
}

export const floorActivities: FloorActivities = {
  look: async () => undefined,
  search: async () => undefined,
  move: async () => {
    const moved: Moved = { moved: activityInfo().workflowExecution?.workflowId ?? '' };
    process.send?.(moved);
  },
};
