import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inheritedEnvironment } from '../../config.ts';
import type { SampleLogin } from '../../prisma/sample/load.ts';
import { freePort } from '../../stack/process-state.ts';
import type { StackInfo } from '../../stack/stack-info.ts';
import type { StoryResult } from '../../stack/tell-story.ts';
import { readmeWalk } from '../docs/readme-walk.ts';
import { until } from './scratch.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_MS = 60_000;

/** A command at a terminal of its own, with what it has written. */
interface Command {
  child: ChildProcess;
  words(): string;
  /** Resolves with the exit code, or the signal that ended it. */
  ended: Promise<number | string | null>;
}

let dataDir: string;
let env: Record<string, string | undefined>;
const running: Command[] = [];

function command(...args: string[]): Command {
  const child = spawn('npm', args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => (words += data.toString()));
  const ended = new Promise<number | string | null>((done) =>
    child.once('close', (code, signal) => done(code ?? signal)),
  );
  const started = { child, words: () => words, ended };
  running.push(started);
  return started;
}

/** What a terminal does: everything in its foreground hears of it. */
function press(signal: NodeJS.Signals, { child }: Command): void {
  process.kill(-(child.pid ?? Number.NaN), signal);
}

async function started(...args: string[]): Promise<Command> {
  const start = command('start', ...args);
  await until('the stack is ready', () => start.words().includes('试一试') || start.child.exitCode !== null, START_MS);
  expect(start.words()).toContain('试一试 · try next:  npm run story');
  return start;
}

const info = (): StackInfo => JSON.parse(readFileSync(join(dataDir, 'stack.json'), 'utf8')) as StackInfo;
const logins = (): SampleLogin[] =>
  JSON.parse(readFileSync(join(dataDir, 'sample-logins.json'), 'utf8')) as SampleLogin[];

/** Processes that were started for these data, by name; Linux shows them. */
function processesOfTheStack(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (!environment.includes(`DATA_DIR=${dataDir}`)) return [];
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()].filter((line) => line !== '');
    } catch {
      return []; // it has just ended, or is no process
    }
  });
}

async function casesOf(username: string): Promise<string[]> {
  const password = logins().find((login) => login.username === username)?.password;
  const { api } = info();
  const headers = { 'content-type': 'application/json' };
  const login = await fetch(`${api}/v1/login`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ username, password }),
  });
  const { token } = (await login.json()) as { token: string };
  const list = await fetch(`${api}/v1/cases`, { headers: { authorization: `Bearer ${token}` } });
  return ((await list.json()) as { items: { code: string }[] }).items.map(({ code }) => code);
}

describe('npm start', { timeout: 2 * START_MS }, () => {
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'four-lists-start-'));
    chmodSync(dataDir, 0o755); // PostgreSQL runs as another user when this one is root
    env = {
      ...inheritedEnvironment(),
      DATA_DIR: dataDir,
      API_PORT: String(await freePort()),
      TEMPORAL_PORT: String(await freePort()),
      TEMPORAL_UI_PORT: String(await freePort()),
      DATABASE_URL: '',
      TEMPORAL_ADDRESS: '',
    };
  });

  afterAll(async () => {
    for (const one of running.filter(({ child }) => child.exitCode === null && child.signalCode === null)) {
      press('SIGINT', one);
      await one.ended;
    }
    rmSync(dataDir, { recursive: true, force: true });
  }, START_MS);

  let stack: Command;

  test('brings up an empty machine, tells the passwords, and walks the story once', async () => {
    stack = await started();
    const { api, temporal } = info();
    expect(stack.words()).toContain(`OpenAPI      ${api}/docs`);
    expect(stack.words()).toContain(`Temporal UI  ${temporal.ui}`);
    const grid = logins().find(({ username }) => username === 'grid1');
    expect(stack.words()).toContain(`grid1       ${grid?.password}`);
    for (const file of ['stack.json', 'sample-logins.json', 'database-roles.json', 'keys/YX.key'])
      expect(statSync(join(dataDir, file)).mode & 0o077).toBe(0);
    await until('the story is told', () => stack.words().includes('chain intact'), START_MS);
    expect((await fetch(`${api}/docs`)).status).toBe(200);
    expect((await fetch(temporal.ui ?? '')).status).toBe(200);
  });

  test('a second start on the same data says where the first one runs', async () => {
    const second = command('start');
    expect(await second.ended).toBe(1);
    expect(second.words()).toContain(`already running at ${info().api} (process ${info().process.pid})`);
    expect((await fetch(`${info().api}/health/live`)).status).toBe(200);
  });

  test('npm run story walks all five stages in one line of JSON', async () => {
    const story = command('run', '--silent', 'story', '--', '--json');
    expect(await story.ended).toBe(0);
    const result = JSON.parse(story.words()) as StoryResult;
    expect(Object.keys(result)).toEqual(['case', 'stages', 'steps', 'moves', 'events', 'seconds', 'chain']);
    expect(result).toMatchObject({ steps: 10, moves: 7, chain: 'intact' });
    expect(result.stages).toEqual([
      'demand-list',
      'resource-matching',
      'team-assignment',
      'action-project',
      'closure-review',
    ]);
    expect(result.events).toBeGreaterThan(20);
  });

  test("the README's walk with curl works as it is written", async () => {
    const script = readmeWalk({ api: info().api, dataDir });
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { env });
    const [registered, matching, ...rest] = stdout.trim().split('\n');
    expect([registered, matching]).toEqual(['registered', '资源匹配']);
    expect(rest).toContain('withdraw: allowed');
    expect(rest.find((line) => line.startsWith('register: '))).not.toBe('register: allowed');
    expect(rest.filter((line) => /^\d+ [a-z-]+ \w+ [0-9a-f]{64}$/.test(line)).length).toBe(3);
  });

  test('npm run resume wakes every open item and says how many', async () => {
    const resume = command('run', '--silent', 'resume');
    expect(await resume.ended).toBe(0);
    expect(resume.words()).toContain('woke 3 open items');
  });

  test('Ctrl-C stops everything in order and leaves no process', async () => {
    press('SIGINT', stack);
    await stack.ended;
    const order = [...stack.words().matchAll(/· stopping (\w+)/g)].map(([, name]) => name);
    expect(order).toEqual(expect.arrayContaining(['api', 'worker', 'temporal', 'postgres']));
    expect(order.slice(-4)).toEqual(['api', 'worker', 'temporal', 'postgres']);
    expect(stack.words()).toContain('已停止 · stopped');
    expect(processesOfTheStack()).toEqual([]);
    expect(existsSync(join(dataDir, 'stack.json'))).toBe(false);
  });

  test('without a stack the story says what to do first', async () => {
    const story = command('run', '--silent', 'story');
    expect(await story.ended).toBe(1);
    expect(story.words()).toContain('nothing is running here: npm start first');
    const resume = command('run', '--silent', 'resume');
    expect(await resume.ended).toBe(1);
    expect(resume.words()).toContain('nothing is running here: npm start first');
  });

  test('a second start does nothing twice, keeps the data and tells no password again', async () => {
    stack = await started();
    expect(stack.words()).not.toMatch(/migrated|loading the sample office|building/); // what a first start takes its time for
    expect(stack.words()).not.toContain(logins()[0]?.password);
    expect(await casesOf('intake1')).toHaveLength(3);
  });

  test('a start that is killed leaves PostgreSQL and Temporal, which the next one takes over and ends', async () => {
    process.kill(info().process.pid, 'SIGKILL');
    await stack.ended;
    await until(
      'worker and api have ended by themselves',
      () => processesOfTheStack().length <= 2 + postgresProcesses(),
    );
    stack = await started();
    expect(stack.words()).toContain('taking over the PostgreSQL left behind');
    expect(stack.words()).toContain('ending the Temporal server left behind');
    expect(await casesOf('intake1')).toHaveLength(3);
    press('SIGINT', stack);
    await stack.ended;
    expect(processesOfTheStack()).toEqual([]);
  });

  test('a start without the key of an office that the database holds is refused', async () => {
    const [key, elsewhere] = ['keys/YX.key', 'YX.key'].map((path) => join(dataDir, path)) as [string, string];
    renameSync(key, elsewhere);
    const start = command('start');
    expect(await start.ended).toBe(1);
    expect(start.words()).toContain(`the database holds an office whose key is not here: ${key}`);
    expect(processesOfTheStack()).toEqual([]);
    renameSync(elsewhere, key);
  });

  test('a port in use is named, with the setting that changes it, and nothing is left running', async () => {
    const server = createServer();
    const port = Number(env['API_PORT']);
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    const start = command('start');
    expect(await start.ended).toBe(1);
    server.close();
    expect(start.words()).toContain(`api needs port ${port} of 127.0.0.1, which another program uses`);
    expect(start.words()).toContain(`API_PORT=${port + 1} npm start`);
    expect(processesOfTheStack()).toEqual([]);
  });

  test('an unknown option is answered with the options there are', async () => {
    const start = command('start', '--', '--storyless');
    expect(await start.ended).toBe(1);
    expect(start.words()).toContain("Unknown option '--storyless'");
    expect(start.words()).toContain('--no-story');
  });
});

/** PostgreSQL's children rename themselves, but have its environment. */
function postgresProcesses(): number {
  return processesOfTheStack().filter((line) => line.startsWith('postgres:')).length;
}
