import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type EmbeddedPostgres, startEmbedded } from '../../stack/embedded-postgres.ts';
import { readSecret } from '../../stack/postgres-data.ts';
import { serverLeftAt } from '../../stack/postgres-left.ts';
import { StackError } from '../../stack/ports.ts';
import { isAlive } from '../../stack/process-state.ts';
import { until } from './scratch.ts';

const FAST = { fsync: 'off', shared_buffers: '16MB' };

/** A directory that PostgreSQL's user can reach. */
function openDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'four-lists-damage-'));
  chmodSync(directory, 0o755);
  return directory;
}

let whole: string;
beforeAll(async () => {
  whole = openDirectory();
  const postgres = await startEmbedded(whole, FAST);
  await ask(postgres, "CREATE TABLE kept AS SELECT 'the row' AS what");
  await postgres.stop();
});
afterAll(() => rmSync(whole, { recursive: true, force: true }));

/** A cluster with one row in it, for a test to damage. */
function cluster(): string {
  const directory = openDirectory();
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  execFileSync('cp', ['-a', `${whole}/.`, directory]);
  return directory;
}

async function ask(postgres: EmbeddedPostgres, text: string): Promise<unknown> {
  const client = new Client(postgres.url());
  await client.connect();
  try {
    return (await client.query<{ what: string }>(text)).rows[0]?.what;
  } finally {
    await client.end();
  }
}

const words: string[] = [];
async function start(directory: string): Promise<EmbeddedPostgres> {
  words.length = 0;
  const postgres = await startEmbedded(directory, FAST, (line) => words.push(line));
  onTestFinished(async () => await postgres.stop().catch(() => undefined));
  return postgres;
}

const row = async (postgres: EmbeddedPostgres): Promise<unknown> => await ask(postgres, 'SELECT what FROM kept');

/** Who owns the cluster: its processes run as this user. */
function owner(): { uid: number; gid: number } {
  const { uid, gid } = statSync(join(whole, 'data'));
  return { uid, gid };
}

/** Every file with its size, but for what the password's file says. */
function files(directory: string): string[] {
  return execFileSync('find', [directory, '-type', 'f', '-printf', '%P %s\n'], { encoding: 'utf8' }).split('\n').sort();
}

const NO_SECRETS: [string, string | undefined][] = [
  ['missing', undefined],
  ['empty', ''],
  ['cut off', '{"port":5'],
  ['no object', '[]'],
  ['without a password', '{"port":5432}'],
  ['holding a password that would not fit an address', '{"port":5432,"password":"a@b/c"}'],
];
test.each(NO_SECRETS)('the password’s file, %s, is no secret', async (_what, text) => {
  const directory = openDirectory();
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  if (text !== undefined) writeFileSync(join(directory, 'connection.json'), text);
  const place = { base: directory, data: join(directory, 'data'), binaries: '', as: undefined };
  expect(await readSecret(place)).toBeUndefined();
});

test.each([
  ['empty', ''],
  ['from another cluster', '{"port":5432,"password":"another"}'],
])('the password’s file, %s: a new password is set and the data are there', async (_what, text) => {
  const directory = cluster();
  writeFileSync(join(directory, 'connection.json'), text);
  expect(await row(await start(directory))).toBe('the row');
  expect(words.join()).toContain('PostgreSQL gets a new password, the data stay as they are');
  expect(statSync(join(directory, 'connection.json')).mode & 0o777).toBe(0o600);
});

test('the password’s file lost while the server of a killed start still runs: it is ended, and the data are there', async () => {
  const directory = cluster();
  const left = await start(directory);
  rmSync(join(directory, 'connection.json'));
  const postgres = await start(directory);
  expect(words.join()).toContain(`ending the PostgreSQL left behind (process ${left.pid})`);
  expect(isAlive(left.pid)).toBe(false);
  expect(await row(postgres)).toBe('the row');
});

test('the server of a killed start that still runs is attached to, whatever its pid file says', async () => {
  const directory = cluster();
  const left = await start(directory);
  rmSync(join(directory, 'data/postmaster.pid'));
  const postgres = await start(directory);
  expect([postgres.attached, postgres.pid]).toEqual([true, left.pid]);
  expect(await row(postgres)).toBe('the row');
});

const stranger = async (): Promise<number> => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore', ...owner() });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  return child.pid ?? 0;
};
const NO_SERVERS: [string, () => string | Promise<string>][] = [
  ['is empty', () => ''],
  ['is cut off', () => '12'],
  ['holds no number', () => 'garbage\n\0\0\n'],
  ['holds a number below zero', () => '-1\n/data\n'],
  ['names a process that is gone', () => `${2 ** 22 + 1}\n/data\n`],
  ['names another process of the same user', async () => `${await stranger()}\n/data\n`],
];
test.runIf(process.platform === 'linux').each(NO_SERVERS)('a pid file that %s names no server', async (_what, text) => {
  const directory = openDirectory();
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'postmaster.pid');
  writeFileSync(file, await text());
  expect(await serverLeftAt(directory, (line) => words.push(line))).toBeUndefined();
  expect(existsSync(file)).toBe(false);
});

test('a pid file that names another process of the same user does not keep the server from starting', async () => {
  const directory = cluster();
  writeFileSync(join(directory, 'data/postmaster.pid'), `${await stranger()}\n/data\n`);
  expect(await row(await start(directory))).toBe('the row');
});

test.each<[string, string | undefined, RegExp]>([
  ['is missing', undefined, /is damaged \(no PG_VERSION\) and was left as it is/],
  ['is empty', '', /is damaged \(no PG_VERSION\)/],
  ['is garbage', '\0\0\0', /is damaged \(no PG_VERSION\)/],
  ['names another version', '15\n', /holds data of PostgreSQL 15 and this is 18; they were left as they are/],
])('a data directory whose PG_VERSION %s is refused and left as it is', async (_what, text, why) => {
  const directory = cluster();
  const version = join(directory, 'data/PG_VERSION');
  if (text === undefined) rmSync(version);
  else writeFileSync(version, text);
  const before = files(directory);
  const refused = start(directory);
  await expect(refused).rejects.toThrow(StackError);
  await expect(refused).rejects.toThrow(why);
  await expect(refused).rejects.toThrow('choose another DATA_DIR');
  expect(files(directory)).toEqual(before);
});

test.each([
  ['pg_control cut off', (file: string) => truncateSync(file, 100), 'pg_control'],
  ['no pg_control', (file: string) => rmSync(file), 'pg_control'],
])('a cluster with %s is refused with the server’s own words; put back, it works', async (_what, damage, why) => {
  const directory = cluster();
  const control = join(directory, 'data/global/pg_control');
  damage(control);
  const from = performance.now();
  const refused = start(directory);
  await expect(refused).rejects.toThrow(StackError);
  await expect(refused).rejects.toThrow(why);
  await expect(refused).rejects.toThrow('put back a copy of that directory');
  expect(performance.now() - from).toBeLessThan(10_000);
  execFileSync('cp', ['-a', join(whole, 'data/global/pg_control'), control]);
  expect(await row(await start(directory))).toBe('the row');
});

test.runIf(process.platform === 'linux')(
  'a killed server whose child still holds on is not started over: the child is ended first',
  async () => {
    const directory = cluster();
    const killed = await start(directory);
    const client = new Client(killed.url());
    client.on('error', () => undefined); // its server is about to be killed
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const child = rows[0]?.pid ?? 0;
    process.kill(child, 'SIGSTOP');
    process.kill(killed.pid, 'SIGKILL');
    await until('the server is gone', () => !isAlive(killed.pid));
    expect(isAlive(child)).toBe(true);
    expect(await row(await start(directory))).toBe('the row');
    expect(isAlive(child)).toBe(false);
    expect(words.join()).toContain('waiting for the children of a killed PostgreSQL');
  },
);

test('a cluster whose making was cut off is made anew, and what was left of it is gone', async () => {
  const directory = openDirectory();
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, 'data.half-0/base'), { recursive: true });
  writeFileSync(join(directory, 'data.half-0/PG_VERSION'), '18\n');
  const postgres = await start(directory);
  expect(await ask(postgres, 'SELECT current_database() AS what')).toBe('postgres');
  expect(existsSync(join(directory, 'data.half-0'))).toBe(false);
  expect(readFileSync(join(directory, 'data/PG_VERSION'), 'utf8')).toBe('18\n');
});

test.runIf(process.getuid?.() === 0)(
  'a note of where the data are that is damaged is refused, and no other data are made',
  async () => {
    const closed = mkdtempSync(join(tmpdir(), 'four-lists-closed-'));
    onTestFinished(() => rmSync(closed, { recursive: true, force: true }));
    for (const text of ['', 'elsewhere', '/']) {
      writeFileSync(join(closed, 'location'), text);
      await expect(start(closed)).rejects.toThrow('location is damaged: write into it the directory under');
    }
  },
);
