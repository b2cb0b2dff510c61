import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import { inheritedEnvironment, readStackConfig } from '../config.ts';
import type { SampleLogin } from '../prisma/sample/load.ts';
import { createPool } from '../record/pool.ts';
import { type DatabaseUrls, rolePasswords } from '../stack/database.ts';
import { startEmbedded } from '../stack/embedded-postgres.ts';
import { openOfficeDatabase } from '../stack/office-database.ts';
import { obtainPort } from '../stack/ports.ts';
import { startNode } from '../stack/processes.ts';
import { findTemporal } from '../stack/temporal-executable.ts';
import { startTemporal } from '../stack/temporal.ts';

/** The whole stack on one machine, as `npm start` brings it up, in a directory that goes with it. */
export interface Servers {
  api: string;
  urls: DatabaseUrls;
  keyDir: string;
  logins: SampleLogin[];
  temporal: { address: string; namespace: string };
  /** A superuser: looks on, and sets the office up. */
  admin: Pool;
  postgresPid: number;
  /** What api and worker are told. */
  env: Record<string, string | undefined>;
  /** One of our two processes, until it is ready. */
  start(part: OwnPart): Promise<void>;
  end(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
/** Below the ports that systems give to outgoing connections, which would take one between its choice and its use. */
const FIRST_PORT = 20_000;
const PORTS = 6_000;
const SCRIPTS = { worker: '../worker.ts', api: '../api/server.ts' };
export type OwnPart = keyof typeof SCRIPTS;

/** Everything but api and worker, which `start` adds. @throws StackError when something cannot be had; what runs by then is stopped */
export async function bringUpServers(say: (line: string) => void, signal: AbortSignal): Promise<Servers> {
  const undo: (() => Promise<void>)[] = [];
  const end = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    return { ...(await bringUp(say, signal, undo)), end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function bringUp(
  say: (line: string) => void,
  signal: AbortSignal,
  undo: (() => Promise<void>)[],
): Promise<Omit<Servers, 'end'>> {
  const { cacheDir } = readStackConfig();
  const executable = (await findTemporal({ cacheDir, say, signal })).path;
  const directory = await mkdtemp(join(tmpdir(), 'four-lists-bench-'));
  undo.push(async () => await rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o755); // PostgreSQL runs as another user when this one is root

  const postgres = await startEmbedded(join(directory, 'postgres'), {}, say);
  undo.push(async () => await postgres.stop());
  const passwords = await rolePasswords(join(directory, 'database-roles.json'), say);
  const options = { help: false, story: false, sample: false, simulationFrom: undefined };
  const place = { url: postgres.url(), ours: true, passwords, dataDir: directory, options, say };
  const { urls, loaded = [] } = await openOfficeDatabase(place);
  const admin = createPool(urls.adminUrl, 3);
  undo.push(async () => await admin.end());

  const database = join(directory, 'temporal', 'temporal.db');
  const namespace = 'four-lists';
  const temporal = await startTemporal({
    executable,
    port: await portFor('Temporal', 0, say),
    namespace,
    database,
    log: say,
    signal,
  });
  undo.push(async () => await temporal.stop('told'));

  const port = await portFor('api', 1, say);
  const keyDir = join(directory, 'keys');
  const env = {
    ...inheritedEnvironment(),
    APP_DATABASE_URL: urls.appUrl,
    BACKGROUND_DATABASE_URL: urls.backgroundUrl,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: namespace,
    KEY_DIR: keyDir,
    API_HOST: LOOPBACK,
    API_PORT: String(port),
    LOG_LEVEL: 'info',
  };
  return {
    api: `http://${LOOPBACK}:${port}`,
    urls,
    keyDir,
    logins: loaded,
    temporal: { address: temporal.address, namespace },
    admin,
    postgresPid: postgres.pid,
    env,
    async start(name) {
      const script = fileURLToPath(new URL(SCRIPTS[name], import.meta.url));
      const args = ['--enable-source-maps', '--import', import.meta.resolve('tsx'), script];
      const log = warnings(name, say);
      const running = await startNode({ name, command: process.execPath, args, env, log }, signal);
      undo.push(async () => await running.stop('asked'));
    },
  };
}

/** One of its own for each bench on the machine; whatever is free where somebody has that one. */
async function portFor(what: string, at: number, say: (line: string) => void): Promise<number> {
  const number = FIRST_PORT + 2 * (process.pid % (PORTS / 2)) + at;
  return await obtainPort(LOOPBACK, { number, setting: '', asked: false }, what, say);
}

/** Their lines are read as by the supervisor, but only what went wrong is shown: a request a line is the usual. */
function warnings(name: string, say: (line: string) => void): (line: string) => void {
  return (line) => {
    if (!/^\{"level":[123]0,/.test(line)) say(`${name}: ${line}`);
  };
}
