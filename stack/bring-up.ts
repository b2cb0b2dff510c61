import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment, type StackConfig } from '../config.ts';
import type { SampleLogin } from '../prisma/sample/load.ts';
import { type DatabaseUrls, rolePasswords } from './database.ts';
import { type EmbeddedPostgres, startEmbedded } from './embedded-postgres.ts';
import type { Logs } from './logs.ts';
import { officeUrls, openOfficeDatabase } from './office-database.ts';
import type { StartOptions } from './options.ts';
import { identityOf } from './pid-file.ts';
import { obtainPort, requirePort } from './ports.ts';
import { type Running, startNode } from './processes.ts';
import { type StackInfo, writeStackInfo } from './stack-info.ts';
import type { Unit } from './keeper.ts';
import type { Supervisor } from './supervisor.ts';
import { findTemporal } from './temporal-executable.ts';
import { endLeftBehind, startTemporal, useTemporal } from './temporal.ts';

const WORKER = fileURLToPath(new URL('../worker.ts', import.meta.url));
const API = fileURLToPath(new URL('../api/server.ts', import.meta.url));
const LOOPBACK = '127.0.0.1';

export interface Stack {
  info: StackInfo;
  /** The accounts of the sample office, if it was loaded just now. */
  loaded: SampleLogin[] | undefined;
}

interface Site {
  config: StackConfig;
  options: StartOptions;
  logs: Logs;
  supervisor: Supervisor;
  signal: AbortSignal;
}

/** Where each program is to be found once it runs; a database that was started again has another port. */
interface Addresses {
  database: DatabaseUrls;
  temporal: string;
  temporalUi: string | null;
  /** Tells other commands where everything is now; from the moment on at which all of it runs. */
  tell?: () => Promise<void>;
}

/**
 * Starts everything, in the order in which one needs the other, and hands it to the supervisor.
 * @throws StackError when something cannot be had; what runs by then is the supervisor's to stop
 */
export async function bringUp(site: Site): Promise<Stack> {
  const { config, logs, supervisor, signal } = site;
  const port = await requirePort(config.apiHost, config.apiPort, 'api');
  // before anything runs: it may take minutes
  const executable = config.temporalAddress === undefined ? await findOurTemporal(site) : undefined;
  const { addresses, simulation, loaded } = await startDatabase(site);
  await startTemporalOf(site, executable, addresses);
  signal.throwIfAborted();
  logs.say('正在启动 worker 和 api · starting worker and api');
  const program = (name: string, script: string, before = async (): Promise<unknown> => undefined): Unit['start'] => {
    const args = ['--enable-source-maps', '--import', import.meta.resolve('tsx'), script];
    const log = (line: string): void => logs.line(name, line);
    return async (stopping) => {
      await before();
      const env = environment(config, port, addresses);
      return await startNode({ name, command: process.execPath, args, env, log }, stopping);
    };
  };
  // the api is kept last, so that it is the first to stop
  await Promise.all([
    supervisor.keep({ name: 'worker', follows: ['postgres', 'temporal'], start: program('worker', WORKER) }),
    supervisor.keep({
      name: 'api',
      follows: ['postgres'],
      // another program may have taken it while the api was away: its name and what to do are told better here
      start: program('api', API, async () => await requirePort(config.apiHost, config.apiPort, 'api')),
    }),
  ]);
  const { temporalNamespace: namespace } = config;
  const info = (): StackInfo => ({
    process: identityOf(process.pid) ?? { pid: process.pid, started: '' },
    api: `http://${config.apiHost.includes(':') ? `[${config.apiHost}]` : reachable(config.apiHost)}:${port}`,
    temporal: { address: addresses.temporal, namespace, ui: addresses.temporalUi },
    loopsUrl: addresses.database.backgroundUrl,
    simulation,
  });
  addresses.tell = async () => await writeStackInfo(config.dataDir, info());
  await addresses.tell();
  return { info: info(), loaded };
}

/** What worker and api are told; read at every start. */
function environment(config: StackConfig, port: number, addresses: Addresses): Record<string, string | undefined> {
  return {
    ...inheritedEnvironment(),
    APP_DATABASE_URL: addresses.database.appUrl,
    BACKGROUND_DATABASE_URL: addresses.database.backgroundUrl,
    TEMPORAL_ADDRESS: addresses.temporal,
    TEMPORAL_NAMESPACE: config.temporalNamespace,
    KEY_DIR: join(config.dataDir, 'keys'),
    API_HOST: config.apiHost,
    API_PORT: String(port),
    TRUSTED_PROXIES: config.trustedProxies.join(','),
    LOG_LEVEL: config.logLevel,
  };
}

/** One that listens everywhere is reached here. */
function reachable(host: string): string {
  return host === '0.0.0.0' ? LOOPBACK : host;
}

async function findOurTemporal({ config, logs, signal }: Site): Promise<string> {
  const found = await findTemporal({ cacheDir: config.cacheDir, say: logs.say, signal });
  return found.path;
}

async function startDatabase(
  site: Site,
): Promise<{ addresses: Addresses; simulation: boolean; loaded: SampleLogin[] | undefined }> {
  const { config, options, logs, supervisor } = site;
  const { dataDir, databaseUrl } = config;
  await mkdir(dataDir, { recursive: true });
  const passwords = await rolePasswords(join(dataDir, 'database-roles.json'), logs.say);
  const opening = { passwords, dataDir, options, say: logs.say };
  if (databaseUrl !== undefined) {
    logs.say('使用 DATABASE_URL · using the PostgreSQL of DATABASE_URL');
    const { urls, ...rest } = await openOfficeDatabase({ url: databaseUrl, ours: false, ...opening });
    return { addresses: { database: urls, temporal: '', temporalUi: null }, ...rest };
  }
  logs.say('正在启动 PostgreSQL · starting PostgreSQL');
  let server = '';
  const addresses: Addresses = {
    database: { adminUrl: '', appUrl: '', backgroundUrl: '' },
    temporal: '',
    temporalUi: null,
  };
  await supervisor.keep({
    name: 'postgres',
    async start() {
      const postgres = await startEmbedded(join(dataDir, 'postgres'), {}, logs.say);
      if (postgres.attached)
        logs.say('接管上次遗留的 PostgreSQL · taking over the PostgreSQL left behind by the last run');
      server = postgres.url();
      addresses.database = officeUrls(server, passwords);
      await addresses.tell?.();
      return runningOf(postgres);
    },
  });
  return { addresses, ...(await openOfficeDatabase({ url: server, ours: true, ...opening })) };
}

function runningOf(postgres: EmbeddedPostgres): Running {
  let stopped: (how: string) => void = () => undefined;
  const end = new Promise<string>((done) => (stopped = done));
  return {
    gone: Promise.race([end, postgres.gone.then(() => 'its process is gone')]),
    async stop() {
      await postgres.stop();
      stopped('stopped');
    },
  };
}

async function startTemporalOf(site: Site, executable: string | undefined, addresses: Addresses): Promise<void> {
  const { config, logs, supervisor } = site;
  const { temporalAddress, temporalNamespace: namespace, dataDir } = config;
  if (temporalAddress !== undefined) {
    logs.say(`使用 TEMPORAL_ADDRESS · using the Temporal server at ${temporalAddress}`);
    await useTemporal(temporalAddress, namespace, logs.say);
    addresses.temporal = temporalAddress;
  }
  if (executable === undefined) return;
  logs.say('正在启动 Temporal · starting Temporal');
  const database = join(dataDir, 'temporal', 'temporal.db');
  await endLeftBehind(database, logs.say);
  const port = await obtainPort(LOOPBACK, config.temporalPort, 'Temporal', logs.say);
  const uiPort = await obtainPort(LOOPBACK, config.temporalUiPort, 'Temporal UI', logs.say);
  addresses.temporalUi = `http://${LOOPBACK}:${uiPort}/namespaces/${namespace}/workflows`;
  addresses.temporal = `${LOOPBACK}:${port}`;
  await supervisor.keep({
    name: 'temporal',
    async start(signal) {
      await requirePort(LOOPBACK, { ...config.temporalPort, number: port }, 'Temporal');
      await requirePort(LOOPBACK, { ...config.temporalUiPort, number: uiPort }, 'Temporal UI');
      return await startTemporal({
        executable,
        port,
        uiPort,
        namespace,
        database,
        // what breaks off when it is stopped, it calls an error
        log: (line) => (signal.aborted ? undefined : logs.line('temporal', line)),
        signal,
      });
    },
  });
}
