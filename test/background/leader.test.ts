import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Leading, runAsLeader } from '../../background/leader.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually, pause } from '../workflows/driving.ts';

let db: TestDatabase;
let stop: AbortController;
beforeAll(async () => {
  db = await createTestDatabase();
});
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
});
afterAll(async () => {
  await db.end();
});

function leading(more: Partial<Leading> = {}): Leading {
  return {
    pool: db.background,
    name: `test/${expect.getState().currentTestName}`,
    everyMs: 20,
    logger: pino({ level: 'silent' }),
    signal: stop.signal,
    ...more,
  };
}

test('of two processes one leads, and when it ends the other does', async () => {
  const ticks = { first: 0, second: 0 };
  const endOfFirst = new AbortController();
  const first = runAsLeader(leading({ signal: endOfFirst.signal }), async () => void (ticks.first += 1));
  await eventually(
    async () => ticks.first,
    (count) => count > 0,
  );
  const second = runAsLeader(leading(), async () => void (ticks.second += 1));
  await pause(200);
  expect(ticks.second).toBe(0);
  endOfFirst.abort();
  await first;
  await eventually(
    async () => ticks.second,
    (count) => count > 0,
  );
  stop.abort();
  await second;
});

test('a leader whose connection is lost leads again', async () => {
  const sessions = new Set<number>();
  const loop = runAsLeader(leading(), async (lead) => {
    const { rows } = await lead.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    sessions.add(rows[0]?.pid ?? 0);
  });
  await eventually(
    async () => sessions.size,
    (count) => count === 1,
  );
  await db.admin.query('SELECT pg_terminate_backend($1)', [[...sessions][0]]);
  await eventually(
    async () => sessions.size,
    (count) => count === 2,
  );
  stop.abort();
  await loop;
});

test('a tick that fails is not the end of the loop', async () => {
  let ticks = 0;
  const loop = runAsLeader(leading(), async () => {
    ticks += 1;
    if (ticks === 1) throw new Error('once');
  });
  await eventually(
    async () => ticks,
    (count) => count > 2,
  );
  stop.abort();
  await loop;
});

test('it ends after the tick that is under way', async () => {
  let running = false;
  const loop = runAsLeader(leading(), async () => {
    running = true;
    await pause(100);
    running = false;
  });
  await eventually(async () => running, Boolean);
  stop.abort();
  await loop;
  expect(running).toBe(false);
});
