import pino from 'pino';
import { readConfig } from '../config.ts';
import { buildOf } from '../record/build.ts';
import { assertUtc, createPool } from '../record/pool.ts';
import { officeKeys } from '../record/seal.ts';
import { buildApp } from './app.ts';
import { connectWaker } from './plugins/temporal.ts';
import { createPrisma } from './prisma.ts';

const config = readConfig();
const logger = pino({ level: config.logLevel });
const pool = createPool(config.databaseUrl, 20);
const lists = createPool(config.databaseUrl, 8);
const prisma = createPrisma(lists);
const waker = connectWaker({ address: config.temporalAddress, namespace: config.temporalNamespace }, logger);

await assertUtc(pool);
const app = await buildApp({
  store: { pool, keyOf: officeKeys(config.keyDir), build: await buildOf() },
  pool,
  prisma,
  wake: waker.wake,
  temporalReady: waker.temporalReady,
  trustedProxies: config.trustedProxies,
  logger,
});

let stopping: Promise<void> | undefined;
/** Answers what is under way, then lets go of everything that keeps the process alive. */
async function stop(): Promise<void> {
  await app.close();
  await waker.close();
  await prisma.$disconnect();
  await Promise.all([pool.end(), lists.end()]);
  if (process.connected) process.disconnect();
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void (stopping ??= stop()));
process.on('disconnect', () => void (stopping ??= stop()));

await app.listen({ host: config.apiHost, port: config.apiPort });
process.send?.({ ready: true });
