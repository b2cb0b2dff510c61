import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ItemId, resourceId, teamId, userId } from '../../domain/ids.ts';
import { commit, type Outcome, type Store } from '../../record/commit.ts';
import { createPool } from '../../record/pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { violations } from '../support/invariants.ts';
import { act, D01, move, must, OFFICE, revOf, submitCase } from '../support/people.ts';

const WRITERS = 32;
const SECONDS = 6;
/** `lock_timeout` and `statement_timeout` of every session. */
const LOCK_TIMEOUT = 3_000;
const STATEMENT_TIMEOUT = 10_000;

let db: TestDatabase;
let pool: Pool;
let store: Store;
let items: ItemId[];
beforeAll(async () => {
  db = await createTestDatabase();
  pool = createPool(db.urls.appUrl, WRITERS);
  store = { ...db.store, pool };
  await scarceLists();
  items = await Promise.all(Array.from({ length: WRITERS }, inMatching));
});
afterAll(async () => {
  await pool.end();
  await db.end();
});

const RESOURCES = ['L1', 'L2', 'L3'].map(resourceId);
const TEAMS = ['E1', 'E2', 'E3'].map(teamId);

/** Few of everything, so that all writers want the same rows. */
async function scarceLists(): Promise<void> {
  for (const id of RESOURCES)
    await db.admin.query(
      `INSERT INTO resource (office_id, id, kind, unit, owner_id, title_zh, title_en, capacity, area, valid_from)
         SELECT office_id, $1, kind, unit, owner_id, '', '', 30, area, '2020-01-01' FROM resource WHERE id = 'R05'`,
      [id],
    );
  for (const id of TEAMS)
    await db.admin.query(
      `INSERT INTO team (office_id, id, unit_id, kind, title_zh, title_en, skills, area, active, max_open_load)
         SELECT office_id, $1, unit_id, kind, '', '', skills, area, true, 9 FROM team WHERE id = 'T03'`,
      [id],
    );
}

async function inMatching(): Promise<ItemId> {
  const item = await submitCase(store);
  must(await act(store, item, 'intake1', 'register', D01.register));
  must(await move(store, item, 'start-matching', {}));
  return item;
}

/** Park and Miller: the same choices in every run. */
function choices(seed: number): <T>(from: readonly T[]) => T {
  let state = seed;
  return (from) => {
    state = (state * 48_271) % 2_147_483_647;
    return from[state % from.length] as (typeof from)[number]; // no list here is empty
  };
}

/** Takes from one list, gives several things back at once, or changes the team; mostly of a case that nobody else works on. */
async function oneStep(own: ItemId, pick: ReturnType<typeof choices>): Promise<Outcome> {
  const item = pick([own, own, own, own, pick(items)]);
  const step = pick(['reserve', 'reserve', 'assign', 'assign', 'assign', 'release'] as const);
  if (step === 'reserve')
    return await act(store, item, 'match1', step, {
      need: 'lamps',
      resource: pick(RESOURCES),
      amount: 1,
    });
  if (step === 'assign') return await act(store, item, 'match1', step, { team: pick(TEAMS) });
  return await act(store, item, 'match1', step, {});
}

interface Tally {
  kinds: Record<string, number>;
  thrown: unknown[];
  longest: number;
}

async function writer(own: ItemId, seed: number, until: number, tally: Tally): Promise<void> {
  const pick = choices(seed);
  while (performance.now() < until) {
    const from = performance.now();
    try {
      const { kind } = await oneStep(own, pick);
      tally.kinds[kind] = (tally.kinds[kind] ?? 0) + 1;
    } catch (error) {
      tally.thrown.push(error);
    }
    tally.longest = Math.max(tally.longest, performance.now() - from);
  }
}

test('32 writers over shared teams and resources: no deadlock, and nobody waits longer than the time-outs', async () => {
  const tally: Tally = { kinds: {}, thrown: [], longest: 0 };
  const until = performance.now() + SECONDS * 1_000;
  await Promise.all(items.map(async (own, n) => await writer(own, 1_000 + n, until, tally)));
  const { applied = 0, refused = 0, stale = 0 } = tally.kinds;
  console.log(`${applied} applied, ${refused} refused, ${stale} stale; longest ${Math.round(tally.longest)} ms`);
  expect(tally.thrown).toEqual([]);
  expect(applied).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(20);
  expect(tally.longest).toBeLessThan(STATEMENT_TIMEOUT);
  expect(await deadlocks()).toBe(0);
  expect(await violations(db.admin)).toEqual([]);
});

/** As PostgreSQL counted them, those that a retry hid included. */
async function deadlocks(): Promise<number> {
  await db.admin.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await db.admin.query<{ deadlocks: number }>(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  return rows[0]?.deadlocks ?? -1;
}

/** An application's session that has locked an item in a transaction and then does nothing more. */
async function pausedInside(item: ItemId): Promise<PoolClient> {
  const paused = await pool.connect();
  paused.on('error', () => undefined); // the server hangs up on it: that is what is tested
  await paused.query('BEGIN');
  await paused.query("SELECT set_config('app.office', $1, true)", [OFFICE]);
  await paused.query('SELECT 1 FROM item WHERE id = $1 FOR NO KEY UPDATE', [item]);
  return paused;
}

test('a lock that does not come is given up after three seconds, and the same command is applied later', async () => {
  const [item] = items as [ItemId];
  const paused = await pausedInside(item);
  const request = {
    office: OFFICE,
    item,
    actor: { kind: 'person' as const, user: userId('dispatch1') },
    key: randomUUID(),
    name: 'assign' as const,
    payload: { team: teamId('T03') },
    texts: {},
    run: null,
    expected: { ifMatch: await revOf(store, item) },
  };
  const from = performance.now();
  await expect(commit(store, request)).rejects.toMatchObject({ code: '55P03' });
  const waited = performance.now() - from;
  expect(waited).toBeGreaterThan(LOCK_TIMEOUT - 100);
  expect(waited).toBeLessThan(LOCK_TIMEOUT + 1_500);
  await paused.query('ROLLBACK');
  paused.release();
  expect((await commit(store, request)).kind).toBe('applied');
});

test('a transaction that pauses is cut after five seconds; the others go on and nothing of it is left', async () => {
  const [, item] = items as [ItemId, ItemId];
  const before = await revOf(store, item);
  const paused = await pausedInside(item);
  const from = performance.now();
  await expect(act(store, item, 'dispatch1', 'assign', D01.assign)).rejects.toMatchObject({ code: '55P03' });
  must(await act(store, item, 'dispatch1', 'assign', D01.assign));
  const waited = performance.now() - from;
  expect(waited).toBeGreaterThan(4_500);
  expect(waited).toBeLessThan(6_500);
  await expect(paused.query('COMMIT')).rejects.toThrow(/terminat|closed|not queryable/i);
  paused.release(true);
  expect(await revOf(store, item)).toBe(before + 1);
  expect(await violations(db.admin)).toEqual([]);
});
