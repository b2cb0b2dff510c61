import { pino } from 'pino';
import { MOST_LOOPS, runLoops } from './background/loops.ts';
import { readConfig } from './config.ts';
import { buildOf } from './record/build.ts';
import { assertUtc, createPool } from './record/pool.ts';
import { officeKeys } from './record/seal.ts';
import { createItemWorker } from './stack/item-worker.ts';
import { installRuntime } from './stack/sdk-logger.ts';
import { connect } from './stack/temporal-connection.ts';
import { codeOf, workflowBundle } from './stack/workflow-bundle.ts';

const stop = new AbortController();
process.once('disconnect', () => stop.abort()); // whoever started this process is gone
const config = readConfig();
const logger = pino({ name: 'worker', level: config.logLevel });
const sdkLogger = installRuntime(logger);
const pool = createPool(config.databaseUrl, 16);
const loops = createPool(config.backgroundDatabaseUrl, MOST_LOOPS);
await assertUtc(pool);
const store = { pool, keyOf: officeKeys(config.keyDir), build: await buildOf() };
const bundle = await workflowBundle(sdkLogger);

const { temporalAddress, temporalNamespace: namespace } = config;
const temporal = await connect(temporalAddress, namespace, logger, stop.signal);
const { connection, client } = temporal;
const worker = await createItemWorker({ connection, namespace, bundle, logger: sdkLogger, store });

stop.signal.throwIfAborted();
stop.signal.addEventListener('abort', () => worker.shutdown());
for (const event of ['SIGTERM', 'SIGINT'] as const) process.once(event, () => stop.abort());
process.send?.({ ready: true });
logger.info({ namespace, build: store.build }, 'the worker drives items');
await Promise.all([
  worker.run(),
  runLoops({ loops, store, client, code: codeOf(bundle), logger, signal: stop.signal }),
]);
await Promise.all([temporal.close(), pool.end(), loops.end()]);
process.disconnect?.();
