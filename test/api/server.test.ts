import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectWaker } from '../../api/plugins/temporal.ts';
import { itemId } from '../../domain/ids.ts';
import { testPassword } from '../support/constants.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { OFFICE } from '../support/people.ts';
import { CREATE, REGISTER } from './cases.ts';

const SERVER = fileURLToPath(new URL('../../api/server.ts', import.meta.url));

let db: TestDatabase;
let running: ChildProcess | undefined;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterEach(() => running?.kill('SIGKILL'));
afterAll(async () => {
  for (const server of silent) server.close();
  await db.end();
});

async function freePort(): Promise<number> {
  return await new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo; // it listens on a port, not on a path
      server.close(() => done(port));
    });
  });
}

/** Takes connections and never says a word. */
async function silentPort(): Promise<number> {
  const server = createServer();
  silent.push(server);
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port; // it listens on a port, not on a path
}
const silent: Server[] = [];

/** The api as its own process. */
async function start(temporal: number): Promise<{ child: ChildProcess; url: string; ended: Promise<number | null> }> {
  const port = await freePort();
  const child = fork(SERVER, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      APP_DATABASE_URL: db.urls.appUrl,
      BACKGROUND_DATABASE_URL: db.urls.backgroundUrl,
      TEMPORAL_ADDRESS: `127.0.0.1:${temporal}`,
      KEY_DIR: db.keyDir,
      API_PORT: String(port),
    },
  });
  running = child;
  let said = '';
  child.stdout?.on('data', (chunk) => (said += String(chunk)));
  child.stderr?.on('data', (chunk) => (said += String(chunk)));
  const ended = new Promise<number | null>((done) => void child.once('exit', done));
  const ready = new Promise<unknown>((done) => void child.once('message', done));
  const first = await Promise.race([ready, ended]);
  expect([first, said]).toEqual([{ ready: true }, expect.any(String)]);
  return { child, url: `http://127.0.0.1:${port}`, ended };
}

async function send(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

async function waitsForLocks(): Promise<number> {
  const { rows } = await db.admin.query(
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return rows.length;
}

async function refusesConnections(url: string): Promise<boolean> {
  return await fetch(`${url}/health/live`).then(
    () => false,
    () => true,
  );
}

describe('the api as a process', () => {
  test.each([
    ['away', freePort],
    ['there and silent', silentPort],
  ])(
    'invariant 6: with a Temporal that is %s it starts, says that it is ready, and people work',
    async (_what, temporal) => {
      const { child, url, ended } = await start(await temporal());
      const login = await send(`${url}/v1/login`, { username: 'intake1', password: testPassword('intake1') });
      const { token } = (await login.json()) as { token: string };
      const authorization = `Bearer ${token}`;
      const created = await send(`${url}/v1/cases`, CREATE, { authorization, 'idempotency-key': randomUUID() });
      const headers = { authorization, 'idempotency-key': randomUUID(), 'if-match': created.headers.get('etag') ?? '' };
      const registered = await send(`${url}${created.headers.get('location')}/register`, REGISTER, headers);
      expect([created.status, registered.status]).toEqual([201, 200]);
      expect(await (await fetch(`${url}/health/ready`)).json()).toEqual({
        status: 'ready',
        database: true,
        temporal: false,
      });
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    },
  );

  test('what arrives on an open connection while it ends is told to come again, as a problem with a code', async () => {
    const { child, url, ended } = await start(await freePort());
    const login = await send(`${url}/v1/login`, { username: 'intake1', password: testPassword('intake1') });
    const { token } = (await login.json()) as { token: string };
    const created = await send(`${url}/v1/cases`, CREATE, {
      authorization: `Bearer ${token}`,
      'idempotency-key': randomUUID(),
    });
    const { id } = (await created.json()) as { id: string };
    const holder = await db.admin.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM item WHERE id = $1 FOR NO KEY UPDATE', [id]);
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': randomUUID(), 'if-match': '"1"' };
    const held = send(`${url}/v1/cases/${id}/register`, REGISTER, headers);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.write('GET /v1/me HTTP/1.1\r\n'); // the rest comes when it is ending
    await expect.poll(waitsForLocks, { timeout: 5_000 }).toBe(1);
    child.kill('SIGTERM');
    await expect.poll(async () => await refusesConnections(url), { timeout: 5_000 }).toBe(true);
    socket.write('host: api\r\n\r\n');
    await expect.poll(() => answer, { timeout: 5_000 }).toContain('"code":"shutting-down"');
    await holder.query('ROLLBACK');
    holder.release();
    expect((await held).status).toBe(200); // what was under way is finished
    expect(await ended).toBe(0);
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toMatch(/content-type: application\/problem\+json/i);
  });

  test('ends when its supervisor does', async () => {
    const { child, ended } = await start(await freePort());
    child.disconnect();
    expect(await ended).toBe(0);
  });
});

test('a wake never throws and never waits, and a Temporal that is away is told once', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const waker = connectWaker({ address: `127.0.0.1:${await freePort()}`, namespace: 'four-lists' }, logger);
  const ready = waker.temporalReady();
  for (let at = 0; at < 20; at += 1) waker.wake(OFFICE, itemId(`item-${at}`));
  expect(await ready).toBe(false);
  await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(1);
  await new Promise((done) => void setTimeout(done, 2_500));
  expect(lines).toHaveLength(1);
  await waker.close();
});
