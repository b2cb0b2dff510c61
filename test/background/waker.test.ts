import type { PoolClient } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Tick } from '../../background/leader.ts';
import { createWaker } from '../../background/waker.ts';
import type { ItemId } from '../../domain/ids.ts';
import type { ItemRef } from '../../workflows/messages.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { act, D01, move, must, OFFICE, submitCase } from '../support/people.ts';

let db: TestDatabase;
let lead: PoolClient;
let woken: ItemRef[];
let renewed: ItemRef[];
let reachable: boolean;
let poll: Tick;
const warnings: string[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
  lead = await db.background.connect();
});
beforeEach(() => {
  woken = [];
  renewed = [];
  reachable = true;
  poll = createWaker(deps);
});
afterAll(async () => {
  lead.release();
  await db.end();
});

const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
const sendTo = (whom: () => ItemRef[]) => async (ref: ItemRef) => {
  if (!reachable) throw new Error('Temporal is away');
  whom().push(ref);
};
const deps = { wake: sendTo(() => woken), renew: sendTo(() => renewed), logger };

async function polls(times: number): Promise<number[]> {
  const wakes: number[] = [];
  for (let round = 1; round <= times; round += 1) {
    const before = woken.length;
    await poll(lead);
    if (woken.length > before) wakes.push(round);
  }
  return wakes;
}

/** A case whose next move the system owes. */
async function owing(): Promise<ItemId> {
  const item = await submitCase(db.store);
  must(await act(db.store, item, 'intake1', 'register', D01.register));
  return item;
}

test('an item that owes and is seen unchanged in two polls is woken, then less and less often', async () => {
  const item = await owing();
  expect(await polls(40)).toEqual([2, 4, 8, 16, 32]);
  expect(woken[0]).toEqual({ office: OFFICE, item });
  must(await move(db.store, item, 'start-matching', {}));
});

test('an item that was driven in the meantime is left alone', async () => {
  const item = await owing();
  await polls(1);
  must(await move(db.store, item, 'start-matching', {}));
  expect(await polls(3)).toEqual([]);
});

test('an item that owes something else than before begins anew', async () => {
  const item = await owing();
  expect(await polls(4)).toEqual([2, 4]);
  must(await move(db.store, item, 'start-matching', {}));
  must(await act(db.store, item, 'dispatch1', 'assign', D01.assign));
  must(await act(db.store, item, 'match1', 'reserve', D01.reserve));
  expect(await polls(4)).toEqual([2, 4]);
  must(await move(db.store, item, 'dispatch', {}));
});

test('invariant 6: wakes that Temporal did not take are sent again at once', async () => {
  const item = await owing();
  reachable = false;
  expect(await polls(30)).toEqual([]);
  expect(warnings.filter((line) => line.includes('does not take')).length).toBe(1);
  reachable = true;
  expect(await polls(1)).toEqual([1]);
  must(await move(db.store, item, 'start-matching', {}));
});

test('items that owe and never move keep nobody else from being seen', async () => {
  poll = createWaker({ ...deps, mostSeen: 3 });
  const never = await Promise.all([owing(), owing(), owing(), owing()]);
  await polls(20);
  const late = await owing();
  woken.length = 0;
  await polls(5);
  expect(woken.filter(({ item }) => item === late)).toHaveLength(1);
  expect(new Set(never).size).toBe(4);
  for (const item of [...never, late]) must(await move(db.store, item, 'start-matching', {}));
  await polls(4);
  woken.length = 0;
  expect(await polls(4)).toEqual([]);
});

test('an item that no wake moves has its run renewed, and again only after as many polls', async () => {
  poll = createWaker({ ...deps, renewAfter: 20, longestWait: 8 });
  const item = await owing();
  expect(await polls(23)).toEqual([2, 4, 8, 16]);
  await polls(1);
  expect(renewed).toEqual([{ office: OFFICE, item }]);
  expect(await polls(23)).toEqual([8, 16]);
  expect(renewed).toHaveLength(1);
  await polls(1);
  expect(renewed).toHaveLength(2);
  must(await move(db.store, item, 'start-matching', {}));
  await polls(50);
  expect(renewed).toHaveLength(2);
});

test('polls in which Temporal was away are not held against a run', async () => {
  poll = createWaker({ ...deps, renewAfter: 20 });
  const item = await owing();
  reachable = false;
  await polls(100);
  reachable = true;
  await polls(10);
  expect(renewed).toEqual([]);
  must(await move(db.store, item, 'start-matching', {}));
});

test('what is due later is not owed yet', async () => {
  const item = await submitCase(db.store);
  must(await act(db.store, item, 'intake1', 'settle-on-the-spot', { evidence: D01['hand-in'].evidence }));
  expect(await polls(3)).toEqual([]);
});

test('a login that sees no office is warned about, not taken for an idle one', async () => {
  warnings.length = 0;
  await db.admin.query('ALTER POLICY loops ON office USING (false)');
  await polls(3);
  expect(warnings.filter((line) => line.includes('sees no office')).length).toBe(1);
  await db.admin.query('ALTER POLICY loops ON office USING (true)');
  await polls(100);
  expect(warnings.filter((line) => line.includes('sees no office')).length).toBe(1);
});
