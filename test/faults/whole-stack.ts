import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { Pool } from 'pg';
import { inheritedEnvironment } from '../../config.ts';
import type { SampleLogin } from '../../prisma/sample/load.ts';
import { createPool } from '../../record/pool.ts';
import { runningFrom } from '../../stack/pid-file.ts';
import { freePort, isAlive } from '../../stack/process-state.ts';
import { readStackInfo } from '../../stack/stack-info.ts';
import { childrenOf } from './receipts.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_MS = 90_000;

export const parts = ['api', 'worker', 'temporal', 'postgres'] as const;
export type Part = (typeof parts)[number];

/** Everything that `npm start` brings up, on data of its own, with PostgreSQL as durable as it comes. */
export interface WholeStack {
  dataDir: string;
  api: string;
  logins(): SampleLogin[];
  /** Resolves when it serves. @throws Error with its last words when it ends instead */
  start(): Promise<void>;
  /** Of the supervisor that was started last; undefined when it has ended. */
  supervisor(): number | undefined;
  /** Undefined while it is being started again. */
  pidOf(part: Part): Promise<number | undefined>;
  /** Looks at the database as its superuser. @throws when it is away */
  look<T>(work: (admin: Pool) => Promise<T>): Promise<T>;
  /** With a client of the namespace, too. @throws when one of them is away */
  examine<T>(work: (admin: Pool, client: Client) => Promise<T>): Promise<T>;
  /** Whatever is left of it is ended, and the data are removed. */
  end(): Promise<void>;
  words(): string;
  /** Where one of the programs says that something should not have happened, with the lines after it. */
  complaints(): string[];
}

const COMPLAINT = /should not happen|unhandled|uncaught/i;
const MOST_COMPLAINTS = 50;
/** What comes after it says what it was about. */
const LINES_OF_A_COMPLAINT = 12;

export async function wholeStack(): Promise<WholeStack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'four-lists-faults-'));
  chmodSync(dataDir, 0o755); // PostgreSQL runs as another user when this one is root
  const [apiPort, temporalPort, uiPort] = [await freePort(), await freePort(), await freePort()];
  const env = {
    ...inheritedEnvironment(),
    DATA_DIR: dataDir,
    API_PORT: String(apiPort),
    TEMPORAL_PORT: String(temporalPort),
    TEMPORAL_UI_PORT: String(uiPort),
    DATABASE_URL: '',
    TEMPORAL_ADDRESS: '',
    LOG_LEVEL: 'warn',
  };
  let child: ChildProcess | undefined;
  let words = '';
  const complaints: string[][] = [];
  const listen = (line: string): void => {
    words = `${words}${line}\n`.slice(-60_000);
    const last = complaints.at(-1);
    if (last && last.length < LINES_OF_A_COMPLAINT) last.push(line);
    else if (COMPLAINT.test(line) && complaints.length < MOST_COMPLAINTS) complaints.push([line]);
  };
  const supervisor = (): number | undefined =>
    child?.pid !== undefined && child.exitCode === null && child.signalCode === null ? child.pid : undefined;

  const endWithUs = (): void => leftOf(dataDir).forEach((pid) => process.kill(pid, 'SIGKILL'));
  process.once('exit', endWithUs);

  async function start(): Promise<void> {
    const args = [join(ROOT, 'stack/setup.mjs'), 'stack/start.ts', '--no-story'];
    child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    for (const stream of [child.stdout, child.stderr])
      if (stream) createInterface({ input: stream }).on('line', listen);
    for (const since = performance.now(); (await readStackInfo(dataDir)) === undefined; await sleep(50))
      if (supervisor() === undefined || performance.now() - since > START_MS)
        throw new Error(`the stack did not start\n${words.slice(-4_000)}`);
  }

  async function look<T>(work: (admin: Pool) => Promise<T>): Promise<T> {
    const admin = createPool(databaseUrl(dataDir), 2);
    try {
      return await work(admin);
    } finally {
      await admin.end();
    }
  }

  return {
    dataDir,
    api: `http://127.0.0.1:${apiPort}`,
    logins: () => JSON.parse(readFileSync(join(dataDir, 'sample-logins.json'), 'utf8')) as SampleLogin[], // stack/ wrote it
    start,
    supervisor,
    pidOf: async (part) => await pidOf(part, dataDir, supervisor()),
    look,
    async examine(work) {
      const connection = await Connection.connect({ address: `127.0.0.1:${temporalPort}` });
      try {
        const client = new Client({ connection, namespace: 'four-lists' });
        return await look(async (admin) => await work(admin, client));
      } finally {
        await connection.close();
      }
    },
    async end() {
      if (supervisor() !== undefined) child?.kill('SIGTERM');
      for (let tries = 0; supervisor() !== undefined && tries < 200; tries += 1) await sleep(100);
      for (const pid of leftOf(dataDir)) process.kill(pid, 'SIGKILL');
      while (leftOf(dataDir).length > 0) await sleep(50);
      process.off('exit', endWithUs);
      rmSync(dataDir, { recursive: true, force: true });
    },
    words: () => words,
    complaints: () => complaints.map((lines) => lines.join('\n')),
  };
}

/** Read at every look: a PostgreSQL that was started again has another port. */
function databaseUrl(dataDir: string): string {
  const { port, password } = JSON.parse(readFileSync(join(dataDir, 'postgres/connection.json'), 'utf8')) as {
    port: number;
    password: string;
  }; // stack/embedded-postgres.ts wrote it
  return `postgresql://app:${password}@127.0.0.1:${port}/four_lists`;
}

async function pidOf(part: Part, dataDir: string, supervisor: number | undefined): Promise<number | undefined> {
  switch (part) {
    case 'postgres': {
      const file = join(dataDir, 'postgres/data/postmaster.pid');
      const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
      return pid > 0 && isAlive(pid) ? pid : undefined;
    }
    case 'temporal':
      return (await runningFrom(join(dataDir, 'temporal/temporal.db.pid')))?.pid;
    case 'worker':
    case 'api': {
      const script = part === 'api' ? 'api/server.ts' : 'worker.ts';
      const children = supervisor === undefined ? [] : childrenOf(supervisor);
      return children.find((pid) => isAlive(pid) && commandLine(pid).endsWith(script));
    }
    default:
      return part satisfies never;
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return ''; // it has just ended
  }
}

/** Processes that were started for these data: nothing else has that word in its environment. */
function leftOf(dataDir: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(
      (pid) => pid > 0 && pid !== process.pid && isAlive(pid) && environmentOf(pid).includes(`DATA_DIR=${dataDir}`),
    );
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return []; // it has just ended, or is somebody else's
  }
}
