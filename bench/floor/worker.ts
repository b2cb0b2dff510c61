import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { pino } from 'pino';
import { readConfig } from '../../config.ts';
import { createPool } from '../../record/pool.ts';
import { officeKeys } from '../../record/seal.ts';
import { createItemWorker } from '../../stack/item-worker.ts';
import { installRuntime } from '../../stack/sdk-logger.ts';
import { connect } from '../../stack/temporal-connection.ts';
import { floorActivities } from './activities.ts';
import { FLOOR_QUEUE } from './queue.ts';

// The worker of the floor: the product's own, option by option, with other work on another queue.
const stop = new AbortController();
process.once('disconnect', () => stop.abort());
const config = readConfig();
const logger = pino({ name: 'floor', level: config.logLevel });
const sdkLogger = installRuntime(logger);
const workflowsPath = fileURLToPath(new URL('./workflow.ts', import.meta.url));
const bundle = await bundleWorkflowCode({ workflowsPath, logger: sdkLogger });
const { temporalAddress, temporalNamespace: namespace } = config;
const temporal = await connect(temporalAddress, namespace, logger, stop.signal);
const pool = createPool(config.databaseUrl, 16); // never used: its size sets the worker's options
const worker = await createItemWorker({
  connection: temporal.connection,
  namespace,
  bundle,
  logger: sdkLogger,
  store: { pool, keyOf: officeKeys(config.keyDir), build: '' },
  options: { taskQueue: FLOOR_QUEUE, activities: { ...floorActivities } },
});
stop.signal.addEventListener('abort', () => worker.shutdown());
process.once('SIGTERM', () => stop.abort());
process.send?.({ ready: true });
await worker.run();
await Promise.all([temporal.close(), pool.end()]);
if (process.connected) process.disconnect();
