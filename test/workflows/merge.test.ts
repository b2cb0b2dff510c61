import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { runLoops } from '../../background/loops.ts';
import { type ItemId, itemId } from '../../domain/ids.ts';
import { withOffice } from '../../record/office.ts';
import { enqueue } from '../../record/queue.ts';
import { violations } from '../support/invariants.ts';
import { act, D01, must, OFFICE, submitCase } from '../support/people.ts';
import { CODE, drive, type Driving, eventually, pause, reaches, rowOf, settles, typesOf } from './driving.ts';
import { LAMPS, untilChecked, untilClosed, untilWork, untilWorkAgain } from './lives.ts';

let driving: Driving;
const stop = new AbortController();
let loops: Promise<void>;
beforeAll(async () => {
  driving = await drive();
  const { db, client } = driving;
  const logger = pino({ level: 'silent' });
  const deps = { loops: db.background, store: db.store, client, code: CODE, logger };
  loops = runLoops({ ...deps, signal: stop.signal }, { everyMs: 100 });
});
afterEach(async () => {
  expect(await violations(driving.db.admin)).toEqual([]);
});
afterAll(async () => {
  stop.abort();
  await loops;
  await driving.end();
});

const reason = { texts: { reason: '同一楼栋同一问题' } };

async function inMatching(): Promise<ItemId> {
  const item = await submitCase(driving.db.store);
  await driving.person(item, 'intake1', 'register', LAMPS.register);
  await reaches(driving, item, 'matching');
  return item;
}

/** B, with something reserved and a team, goes into A. */
async function mergedInto(primary: ItemId): Promise<ItemId> {
  const item = await inMatching();
  await driving.person(item, 'match1', 'reserve', { ...LAMPS.reserve, amount: 1 });
  await driving.person(item, 'dispatch1', 'assign', D01.assign);
  await driving.person(item, 'dispatch1', 'merge', { into: primary }, reason);
  return item;
}

interface Asked {
  name: string;
  status: string;
  code: string | null;
}

async function askedOf(target: ItemId): Promise<Asked[]> {
  const { rows } = await driving.db.admin.query<Asked>(
    'SELECT name, status, code FROM queued_command WHERE target = $1 ORDER BY at, source_rev, n',
    [target],
  );
  return rows;
}

async function absorbs(primary: ItemId, ...items: ItemId[]): Promise<void> {
  await eventually(
    async () => {
      const { rows } = await driving.db.admin.query<{ absorbed: string[] | null }>(
        "SELECT state->'absorbed' AS absorbed FROM item WHERE id = $1",
        [primary],
      );
      return rows[0]?.absorbed ?? [];
    },
    (absorbed) => items.every((item) => absorbed.includes(item)),
  );
}

test('invariants 18 and 21: a case merged into another holds nothing, is absorbed by it, and is called back on its own when that one closes', async () => {
  const { db } = driving;
  const primary = await submitCase(db.store);
  await untilWork(driving, primary);
  const second = await mergedInto(primary);
  const third = await mergedInto(primary);
  await absorbs(primary, second, third);
  expect(await rowOf(driving, second)).toMatchObject({ place: 'merged' });
  const { rows } = await db.admin.query<{ xref: { item: string; rev: number } }>(
    "SELECT bytes::json->'xref' AS xref FROM record WHERE stream_id = $1 AND bytes::json->>'type' = 'absorb' ORDER BY seq",
    [primary],
  );
  expect(rows[0]?.xref.item).toBe(second);

  await untilChecked(driving, primary, 'pass');
  await untilClosed(driving, primary);
  for (const item of [second, third]) {
    await reaches(driving, item, 'callback');
    await untilClosed(driving, item);
    expect(await askedOf(item)).toEqual([{ name: 'draw-call-back', status: 'applied', code: null }]);
  }
});

test('what was asked and cannot be done yet waits, says why, and is done as soon as it can be', async () => {
  const { db, person } = driving;
  const primary = await submitCase(db.store);
  await untilWork(driving, primary);
  const item = await mergedInto(primary);
  await absorbs(primary, item);
  await untilChecked(driving, primary, 'pass');
  await reaches(driving, primary, 'callback');
  const { rows } = await db.admin.query<{ user: string }>(
    "SELECT pair->>0 AS user FROM item, jsonb_array_elements(state->'drawn') AS pair WHERE id = $1 AND pair->>1 = 'caller'",
    [primary],
  );
  await person(primary, rows[0]?.user ?? '', 'call-back', { reached: 'reached', solved: 'yes', satisfied: 'very' });
  await reaches(driving, primary, 'closure_review');
  const away = "UPDATE role_grant SET valid_to = $1 WHERE role = 'callback_clerk'";
  await db.admin.query(away, [new Date()]);
  await person(primary, 'review1', 'review', { closureType: 'solved' });
  const stuck = await eventually(
    async () =>
      (await db.admin.query<{ step: string; code: string }>('SELECT step, code FROM stuck WHERE item_id = $1', [item]))
        .rows,
    (found) => found.length === 1,
  );
  expect(stuck[0]).toMatchObject({ step: expect.stringMatching(/^queued:/), code: 'nobody-eligible' });
  expect(await askedOf(item)).toEqual([{ name: 'draw-call-back', status: 'queued', code: null }]);
  await db.admin.query(away, [null]);
  await untilClosed(driving, item);
});

test('a case may come back to where it was, and goes on from there', async () => {
  const primary = await inMatching();
  const item = await mergedInto(primary);
  await absorbs(primary, item);
  await driving.person(item, 'dispatch1', 'unmerge', {}, reason);
  await untilWorkAgain(driving, item);
  expect((await typesOf(driving, item)).slice(0, 8)).toEqual([
    'submit',
    'register',
    'start-matching',
    'reserve',
    'assign',
    'merge',
    'unmerge',
    'reserve',
  ]);
});

test('invariant 21: a case merged into one that closes in the meantime comes back', async () => {
  const { db, person } = driving;
  const primary = await inMatching();
  const item = await inMatching();
  await settles(driving, primary);
  await driving.stopWorker(); // so that the absorption comes after the withdrawal
  must(await act(db.store, item, 'dispatch1', 'merge', { into: primary }, reason));
  must(await act(db.store, primary, 'intake1', 'withdraw', { voluntary: 'yes' }, { texts: { reason: '撤诉' } }));
  await driving.startWorker();
  await reaches(driving, item, 'matching', 30);
  expect(await askedOf(primary)).toEqual([{ name: 'absorb', status: 'rejected', code: 'wrong-state' }]);
  expect(await askedOf(item)).toEqual([{ name: 'unmerge', status: 'applied', code: null }]);
  await person(item, 'match1', 'reserve', LAMPS.reserve);
});

test('the cases merged into one that is withdrawn come back, because nothing was done for them', async () => {
  const primary = await inMatching();
  const item = await mergedInto(primary);
  await absorbs(primary, item);
  await driving.person(primary, 'intake1', 'withdraw', { voluntary: 'yes' }, { texts: { reason: '撤诉' } });
  await reaches(driving, item, 'matching');
});

test('of two cases merged into each other at once none is lost', async () => {
  const { db } = driving;
  const [one, other] = [await inMatching(), await inMatching()];
  await driving.stopWorker();
  const holder = await db.admin.connect();
  await holder.query('BEGIN');
  await holder.query("SELECT 1 FROM role_grant WHERE user_id = 'dispatch1' FOR UPDATE");
  const merges = [act(db.store, one, 'dispatch1', 'merge', { into: other }, reason)];
  merges.push(act(db.store, other, 'dispatch1', 'merge', { into: one }, reason));
  await pause(300); // both hold their own case and wait for their grant
  await holder.query('ROLLBACK');
  holder.release();
  const outcomes = (await Promise.all(merges)).map(({ kind }) => kind);
  await driving.startWorker();
  await eventually(
    async () => (await db.admin.query("SELECT 1 FROM queued_command WHERE status = 'queued'")).rowCount,
    (waiting) => waiting === 0,
  );
  const places = [(await rowOf(driving, one)).place, (await rowOf(driving, other)).place];
  const both = outcomes.every((kind) => kind === 'applied');
  expect(places.filter((place) => place === 'merged')).toHaveLength(both ? 0 : 1);
});

/** A question that is asked of an item which can never take it. */
async function ask(source: ItemId, target: ItemId): Promise<void> {
  await withOffice(driving.db.app, OFFICE, async (tx) => {
    const at = tx.beganAt;
    await enqueue(tx, { item: source, rev: 3, at }, [{ item: target, name: 'absorb', payload: {} }]);
  });
}

test('a case goes into no other that is over, merged, unknown or itself', async () => {
  const { db, person } = driving;
  const [open, over] = [await inMatching(), await submitCase(db.store)];
  await person(
    over,
    'intake1',
    'refuse',
    { ground: 'outside_area' },
    { texts: { reason: '不属本街道', told: '已告知' } },
  );
  const merged = await mergedInto(open);
  const item = await inMatching();
  for (const into of [over, merged, itemId(randomUUID())])
    expect(await act(db.store, item, 'dispatch1', 'merge', { into }, reason)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'merge-target-unfit' },
    });
  expect(await act(db.store, item, 'dispatch1', 'merge', { into: item }, reason)).toMatchObject({
    kind: 'refused',
    refusal: { code: 'merge-target-unfit' },
  });
});

test('nobody absorbs by hand, and a question that was settled is not asked again', async () => {
  const primary = await inMatching();
  const item = await mergedInto(primary);
  await absorbs(primary, item);
  const asked = await askedOf(primary);
  expect(await act(driving.db.store, primary, 'dispatch1', 'absorb', {})).toMatchObject({
    kind: 'refused',
    refusal: { code: 'not-permitted' },
  });
  for (let wakes = 0; wakes < 3; wakes += 1) await driving.wake(primary);
  await pause(300);
  expect(await askedOf(primary)).toEqual(asked);
  expect((await typesOf(driving, primary)).filter((type) => type === 'absorb')).toHaveLength(1);
});

test('a case that is over is driven too, so that what was asked of it ends', async () => {
  const { db } = driving;
  const over = await submitCase(db.store);
  await driving.person(over, 'intake1', 'settle-on-the-spot', D01['hand-in']);
  await settles(driving, over);
  const item = await inMatching();
  await ask(item, over);
  await eventually(
    () => askedOf(over),
    ([asked]) => asked?.status === 'rejected',
  );
  await eventually(
    () => askedOf(item),
    ([asked]) => asked?.status === 'rejected',
  );
});
