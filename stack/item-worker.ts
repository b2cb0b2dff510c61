import { type InjectedSinks, type Logger, type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { TASK_QUEUE } from '../workflows/messages.ts';
import type { ItemSinks } from '../workflows/standing.ts';
import { type ActivityDeps, createActivities } from '../activities/index.ts';

export interface ItemWorkerOptions extends ActivityDeps {
  connection: NativeConnection;
  namespace: string;
  bundle: { code: string };
  logger: Logger;
  /** Overrides for tests. */
  options?: Partial<WorkerOptions>;
}

/** A worker for every item, not yet running; figures as measured on two cores with server and database beside it. */
export async function createItemWorker(deps: ItemWorkerOptions): Promise<Worker> {
  const { connection, namespace, bundle, store, logger, options } = deps;
  const connections = store.pool.options.max; // more at once would only wait for one
  return await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: bundle,
    activities: createActivities(deps),
    sinks: standingLog(logger),
    maxConcurrentWorkflowTaskExecutions: 40,
    maxConcurrentLocalActivityExecutions: connections,
    maxConcurrentActivityTaskExecutions: connections,
    workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 1, maximum: 8, initial: 4 },
    maxCachedWorkflows: 500,
    shutdownGraceTime: '3 seconds',
    shutdownForceTime: '8 seconds',
    ...options,
  });
}

function standingLog(logger: Logger): InjectedSinks<ItemSinks> {
  return {
    item: { stands: { fn: ({ workflowId }, rev) => logger.debug('item stands', { workflowId, rev }) } },
  };
}
