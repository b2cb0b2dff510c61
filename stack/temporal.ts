import { readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { inheritedEnvironment } from '../config.ts';
import { runningFrom, stillRuns } from './pid-file.ts';
import { StackError } from './ports.ts';
import { type Running, startServer } from './processes.ts';

export interface TemporalOptions {
  /** From `findTemporal`. */
  executable: string;
  port: number;
  namespace: string;
  /** Port of the web pages; absent: none. */
  uiPort?: number;
  /** Where histories are kept; absent: in memory, gone with the server. */
  database?: string;
  log: (line: string) => void;
  signal: AbortSignal;
}

export interface TemporalServer extends Running {
  address: string;
}

const HOST = '127.0.0.1';
const RETENTION = msToTs('90 days');
const NOT_FOUND = 5;
/** One machine: more partitions of a queue only cost. */
const ONE_PARTITION = ['matching.numTaskqueueReadPartitions=1', 'matching.numTaskqueueWritePartitions=1'];

/** What SQLite says of a file that it cannot read as its own. */
const DAMAGED = /file is not a database|database disk image is malformed/;

/**
 * Starts a Temporal server on the loopback interface, with its namespace kept for 90 days; one that a killed parent left
 * at the same database is ended first. A database that is damaged is set aside, and the server starts with an empty one:
 * every open item is driven again from the record.
 * @throws StackError when it does not start
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const { database, log } = options;
  if (database === undefined) return await startOn(options);
  await mkdir(dirname(database), { recursive: true });
  await endLeftBehind(database, log);
  let damaged = false;
  const listen = (line: string): void => {
    damaged ||= DAMAGED.test(line);
    log(line);
  };
  try {
    return await startOn({ ...options, log: listen });
  } catch (error) {
    if (!damaged || options.signal.aborted) throw error;
    await setAside(database, log);
    return await startOn(options);
  }
}

async function setAside(database: string, log: (line: string) => void): Promise<void> {
  const aside = `${database}.damaged-${Date.now()}`;
  await rename(database, aside);
  await Promise.all(['-wal', '-shm'].map(async (part) => await rm(`${database}${part}`, { force: true })));
  log(
    `Temporal 的数据已损坏，移至 ${aside}；未结事项由数据库继续推进 · Temporal's data is damaged and was moved to ${aside}; open items go on from the database`,
  );
}

async function startOn(options: TemporalOptions): Promise<TemporalServer> {
  const { executable, port, namespace, database, signal } = options;
  const address = `${HOST}:${port}`;
  const program = {
    name: 'temporal',
    command: executable,
    args: argumentsOf(options),
    env: inheritedEnvironment(),
    log: options.log,
    ...(database !== undefined && { pidFile: pidFileOf(database) }),
  };
  const server = await startServer(program, async () => await hasNamespace(address, namespace), signal);
  try {
    await setRetention(address, namespace);
  } catch (error) {
    await server.stop('told');
    throw error;
  }
  return { address, ...server };
}

function argumentsOf({ port, namespace, uiPort, database }: TemporalOptions): string[] {
  const base = ['server', 'start-dev', '--ip', HOST, '--port', String(port), '--namespace', namespace];
  return [
    ...base,
    '--log-level',
    'error',
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(database === undefined ? [] : ['--db-filename', database]),
    ...ONE_PARTITION.flatMap((value) => ['--dynamic-config-value', value]),
  ];
}

const pidFileOf = (database: string): string => `${database}.pid`;

/**
 * Ends the server that a killed parent left at this database: it holds the file and perhaps the port, and nobody reads
 * its lines, so it is better ended than taken over.
 */
export async function endLeftBehind(database: string, log: (line: string) => void): Promise<void> {
  const left = await runningFrom(pidFileOf(database));
  if (left && isTemporal(left.pid)) {
    log(`结束上次遗留的 Temporal（进程 ${left.pid}）· ending the Temporal server left behind (process ${left.pid})`);
    process.kill(left.pid, 'SIGTERM');
    for (let tries = 0; stillRuns(left) && tries < 100; tries += 1) await sleep(50);
    if (stillRuns(left)) process.kill(left.pid, 'SIGKILL');
    while (stillRuns(left)) await sleep(20);
  }
  await rm(pidFileOf(database), { force: true });
}

/** A last look before somebody else's process is ended; where the system does not show it, the pid file's word stands. */
function isTemporal(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('start-dev');
  } catch {
    return process.platform !== 'linux';
  }
}

async function withConnection<T>(address: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

async function hasNamespace(address: string, namespace: string): Promise<boolean> {
  try {
    await withConnection(
      address,
      async ({ workflowService }) => await workflowService.describeNamespace({ namespace }),
    );
    return true;
  } catch {
    return false; // not up yet; whoever waits knows for how long
  }
}

async function setRetention(address: string, namespace: string): Promise<void> {
  await withConnection(address, async ({ workflowService }) => {
    await workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: RETENTION } });
  });
}

/**
 * A server of the user's own is taken as it is; only a namespace that is missing there is made.
 * @throws StackError when it does not answer or does not let us
 */
export async function useTemporal(address: string, namespace: string, say: (line: string) => void): Promise<void> {
  try {
    await withConnection(address, async ({ workflowService }) => {
      try {
        await workflowService.describeNamespace({ namespace });
      } catch (error) {
        if (!isGrpcServiceError(error) || error.code.valueOf() !== NOT_FOUND) throw error;
        await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: RETENTION });
        say(`已在 ${address} 创建命名空间 ${namespace} · made the namespace ${namespace} at ${address}`);
      }
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StackError(
      `TEMPORAL_ADDRESS=${address} 不可用 · the Temporal server at ${address} cannot be used: ${why}`,
    );
  }
}
