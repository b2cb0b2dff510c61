import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../../config.ts';
import type { SampleLogin } from '../../prisma/sample/load.ts';
import type { StackInfo } from '../../stack/stack-info.ts';
import { until } from './scratch.ts';

const START = fileURLToPath(new URL('../../stack/start.ts', import.meta.url));
const STORY = fileURLToPath(new URL('../../stack/story.ts', import.meta.url));
const START_MS = 60_000;

/** What `npm start` runs, with what it has written so far. */
export interface Command {
  child: ChildProcess;
  words: () => string;
  /** Resolves with the exit code, or the signal that ended it. */
  ended: Promise<number | string | null>;
}

/** A data directory and the real programs that work on it. */
export interface Site {
  dataDir: string;
  env: Record<string, string | undefined>;
  /** `npm start`, without npm. */
  start(...args: string[]): Command;
  /** Resolves when everything serves. @throws Error with its words when it ends instead */
  started(...args: string[]): Promise<Command>;
  /** `npm run story`, without npm. */
  story(...args: string[]): Command;
  /** Ctrl-C; resolves when all of it is gone. */
  stop(command: Command): Promise<void>;
  info(): StackInfo;
  logins(): SampleLogin[];
  /** Every process that was started for these data, by number. */
  processes(): Map<number, string>;
  end(): Promise<void>;
}

/**
 * A free port that the system gives to nobody by itself: while a program is down its port must not go to another stack
 * of the same run.
 */
async function keptPort(): Promise<number> {
  for (;;) {
    const number = randomInt(12_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>((done) => {
      server.once('error', () => done(false));
      server.listen(number, '127.0.0.1', () => server.close(() => done(true)));
    });
    if (free) return number;
  }
}

/** `dataDir`: one that is there already, and stays. */
export async function createSite(dataDir = mkdtempSync(join(tmpdir(), 'four-lists-site-'))): Promise<Site> {
  chmodSync(dataDir, 0o755); // PostgreSQL runs as another user when this one is root
  const ports = [await keptPort(), await keptPort(), await keptPort()].map(String);
  const env = {
    ...inheritedEnvironment(),
    DATA_DIR: dataDir,
    API_PORT: ports[0],
    TEMPORAL_PORT: ports[1],
    TEMPORAL_UI_PORT: ports[2],
    DATABASE_URL: '',
    TEMPORAL_ADDRESS: '',
    npm_lifecycle_event: undefined,
  };
  const running: Command[] = [];
  const run = (file: string, args: string[]): Command => {
    const command = spawnProgram(file, args, site.env);
    running.push(command);
    return command;
  };
  const site: Site = {
    dataDir,
    env,
    start: (...args) => run(START, args),
    story: (...args) => run(STORY, args),
    async started(...args) {
      const command = run(START, args);
      const isReady = (): boolean => command.words().includes('试一试');
      await until('the stack is ready', () => isReady() || command.child.exitCode !== null, START_MS);
      if (!isReady()) throw new Error(`it did not start: ${command.words()}`);
      return command;
    },
    async stop({ child, ended }) {
      child.kill('SIGINT');
      await ended;
    },
    info: () => JSON.parse(readFileSync(join(dataDir, 'stack.json'), 'utf8')) as StackInfo,
    logins: () => JSON.parse(readFileSync(join(dataDir, 'sample-logins.json'), 'utf8')) as SampleLogin[],
    processes: () => processesOf(dataDir),
    async end() {
      for (const { child, ended } of running.filter(
        ({ child }) => child.exitCode === null && child.signalCode === null,
      )) {
        child.kill('SIGINT');
        await ended;
      }
      for (const pid of processesOf(dataDir).keys()) process.kill(pid, 'SIGKILL'); // whatever a test has left behind
      await until('nothing runs', () => processesOf(dataDir).size === 0);
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  return site;
}

function spawnProgram(file: string, args: string[], env: Record<string, string | undefined>): Command {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (words += data.toString()));
  const ended = new Promise<number | string | null>((done) =>
    child.once('close', (code, signal) => done(code ?? signal)),
  );
  return { child, words: () => words, ended };
}

/** Every child has its parent's environment, and Linux shows it; PostgreSQL's write over theirs, but work among its data. */
function processesOf(dataDir: string): Map<number, string> {
  const found = readdirSync('/proc').flatMap((pid): [number, string][] => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      const works = readlinkSync(`/proc/${pid}/cwd`).startsWith(`${dataDir}/`);
      if (!works && !environment.includes(`DATA_DIR=${dataDir}`)) return [];
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return line === '' ? [] : [[Number(pid), line]];
    } catch {
      return []; // it has just ended, or is no process
    }
  });
  return new Map(found);
}
