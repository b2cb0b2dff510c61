import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { runLoops } from '../../background/loops.ts';
import type { ItemId } from '../../domain/ids.ts';
import type { ItemState } from '../../domain/process/state.ts';
import { withOffice } from '../../record/office.ts';
import { openTexts } from '../../record/texts.ts';
import { violations } from '../support/invariants.ts';
import { act, must, OFFICE, submitCase } from '../support/people.ts';
import { CODE, drive, type Driving, eventually, reaches, settles, typesOf } from './driving.ts';
import { LAMPS, untilChecked, untilWork } from './lives.ts';

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

const HEARD = { title: '停电', words: '一开空调就跳闸，巷子里路灯也少。', reporterName: '王某某', place: '南塘村' };
const PARTS = [
  { kind: 'help', peopleAffected: 1200 },
  { kind: 'suggestion', peopleAffected: 300 },
  { kind: 'enquiry', peopleAffected: 1 },
];
const TITLES = { title: '变压器过载停电', 'title.2': '巷子里路灯太少', 'title.3': '电费怎么算' };

async function stateOf(item: ItemId): Promise<ItemState> {
  const { rows } = await driving.db.admin.query<{ state: ItemState }>('SELECT state FROM item WHERE id = $1', [item]);
  if (!rows[0]) throw new Error('there is no such item');
  return rows[0].state;
}

async function wordsOf(item: ItemId): Promise<Record<string, string>> {
  const key = await driving.db.store.keyOf(OFFICE);
  const texts = await withOffice(driving.db.app, OFFICE, async (tx) => await openTexts(tx, key, [item], null));
  return Object.fromEntries(texts.filter(({ rev }) => rev === 1).map(({ name, value }) => [name, value]));
}

async function begins(item: ItemId): Promise<void> {
  await eventually(
    async () => (await driving.db.admin.query('SELECT 1 FROM item WHERE id = $1', [item])).rowCount,
    (rows) => rows === 1,
  );
}

async function heard(): Promise<ItemId> {
  return await submitCase(driving.db.store, { texts: HEARD, subject: '13900001111' });
}

async function split(item: ItemId): Promise<ItemId[]> {
  await driving.person(item, 'intake1', 'split', { parts: PARTS }, { texts: { reason: '两件事', ...TITLES } });
  return (await stateOf(item)).parts ?? [];
}

interface Detail {
  received_at: number;
  submitted_by: string;
  key_id: string;
  area: string;
}

async function detailOf(item: ItemId): Promise<Detail | undefined> {
  const { rows } = await driving.db.admin.query<Detail>(
    'SELECT received_at, submitted_by, key_id, area FROM case_detail WHERE item_id = $1',
    [item],
  );
  return rows[0];
}

test('invariant 21: each part but the first begins as a case of its own, of the same resident since the same hour', async () => {
  const item = await heard();
  const [second, third] = await split(item);
  if (!second || !third) throw new Error('it was split into three');
  await Promise.all([begins(second), begins(third)]);

  expect((await stateOf(item)).fields).toMatchObject({ kind: 'help', peopleAffected: 1200 });
  expect((await stateOf(second)).fields).toMatchObject({ kind: 'suggestion', peopleAffected: 300, splitOf: item });
  expect(await typesOf(driving, second)).toEqual(['submit']);
  expect([await detailOf(second), await detailOf(third)]).toEqual([await detailOf(item), await detailOf(item)]);
  expect(await wordsOf(second)).toEqual({ ...HEARD, title: TITLES['title.2'] });
  expect(await wordsOf(third)).toEqual({ ...HEARD, title: TITLES['title.3'] });
  const { rows } = await driving.db.admin.query<{ said: object }>(
    `SELECT json_build_object('from', bytes::json->'from', 'xref', bytes::json->'xref', 'actor', bytes::json->'actor'->'id') AS said
       FROM record WHERE stream_id = ANY($1) ORDER BY seq`,
    [[second, third]],
  );
  const begun = { said: { from: null, xref: { item, rev: 2 }, actor: 'system' } };
  expect(rows).toEqual([begun, begun]);
});

test('a part is its resident’s own, and its total clock counts from the first hearing', async () => {
  const { person, db } = driving;
  const item = await submitCase(db.store, { texts: HEARD });
  await driving.stopWorker(); // so that the parts begin late
  const parts = await split(item);
  await driving.startWorker();
  const [part] = parts;
  if (!part) throw new Error('it was split');
  await begins(part);
  await person(part, 'intake1', 'register', LAMPS.register);
  await reaches(driving, part, 'matching');
  const { clocks, fields } = await stateOf(part);
  expect(clocks.find(({ id }) => id === 'total')?.startedAt).toBe(fields['receivedAt']);
  expect(fields['receivedAt']).toBe((await stateOf(item)).fields['receivedAt']);
  must(await act(db.store, part, 'intake1', 'withdraw', { voluntary: 'yes' }, { texts: { reason: '不用了' } }));
});

test('a part begins once, however often its workflow is woken', async () => {
  const item = await heard();
  const [part] = await split(item);
  if (!part) throw new Error('it was split');
  await Promise.all([1, 2, 3, 4].map(async () => await driving.wake(part)));
  await begins(part);
  for (let wakes = 0; wakes < 3; wakes += 1) await driving.wake(part);
  await settles(driving, part);
  expect(await typesOf(driving, part)).toEqual(['submit']);
});

test('what a partial solution leaves is a new demand, closed and begun in one', async () => {
  const { person, db } = driving;
  const item = await submitCase(db.store, { texts: HEARD });
  await untilWork(driving, item);
  await untilChecked(driving, item, 'pass');
  await reaches(driving, item, 'callback');
  const caller = (await stateOf(item)).drawn.find(([, duty]) => duty === 'caller')?.[0] ?? '';
  await person(item, caller, 'call-back', { reached: 'reached', solved: 'partly', satisfied: 'basically' });
  await reaches(driving, item, 'closure_review');
  const before = await db.admin.query('SELECT id FROM item');
  await person(item, 'review1', 'review', { closureType: 'partly_solved' }, { texts: { remainder: '老旧管网更换' } });
  const rest = await eventually(
    async () =>
      (
        await db.admin.query<{ id: ItemId }>(
          "SELECT id FROM item WHERE state->'fields'->>'remainderOf' = $1 AND id <> ALL($2)",
          [item, before.rows.map(({ id }: { id: string }) => id)],
        )
      ).rows,
    (rows) => rows.length === 1,
  );
  const [remainder] = rest;
  if (!remainder) throw new Error('nothing began');
  expect(await wordsOf(remainder.id)).toEqual({ ...HEARD, title: '老旧管网更换' });
  expect((await stateOf(item)).fields).toMatchObject({ closureType: 'partly_solved' });
});

const reason = { texts: { reason: '同一件事' } };

test('a part may be merged into its sister and come back: split, merge, unmerge', async () => {
  const { person } = driving;
  const item = await heard();
  await split(item);
  const [part] = (await stateOf(item)).parts ?? [];
  if (!part) throw new Error('it was split');
  await begins(part);
  for (const each of [item, part]) await person(each, 'intake1', 'register', LAMPS.register);
  await Promise.all([reaches(driving, item, 'matching'), reaches(driving, part, 'matching')]);
  await person(part, 'dispatch1', 'merge', { into: item }, reason);
  await eventually(
    async () => (await stateOf(item)).absorbed ?? [],
    (absorbed) => absorbed.includes(part),
  );
  const [again] = await split(item).then((parts) => parts.slice(-1)); // the primary is split once more meanwhile
  if (!again) throw new Error('it was split again');
  await begins(again);
  await person(part, 'dispatch1', 'unmerge', {}, reason);
  await reaches(driving, part, 'matching');
  expect(await typesOf(driving, part)).toEqual(['submit', 'register', 'start-matching', 'merge', 'unmerge']);
  expect((await stateOf(item)).parts).toHaveLength(4);
});

test('merged after the dispatch, a case keeps the time it had left, and comes back to its team', async () => {
  const { person, db } = driving;
  const [primary, item] = [await submitCase(db.store), await submitCase(db.store)];
  await untilWork(driving, primary);
  await person(item, 'intake1', 'register', { ...LAMPS.register, limit: { kind: 'urgent_hour', amount: 24 } });
  await reaches(driving, item, 'matching');
  await person(item, 'match1', 'reserve', LAMPS.reserve);
  await person(item, 'dispatch1', 'assign', { team: 'T03' as never }); // an id, as the constructor would brand it
  await reaches(driving, item, 'dispatched');
  const clock = async () => (await stateOf(item)).clocks.find(({ id }) => id === 'handle');
  const before = await clock();
  const paused = must(await act(db.store, item, 'dispatch1', 'merge', { into: primary }, reason));
  expect(await clock()).toMatchObject({ due: null });
  expect((await stateOf(item)).clocks.find(({ id }) => id === 'total')?.due).toEqual(expect.any(Number));
  expect((await stateOf(item)).lead?.active).toBe(false);
  await eventually(
    async () => (await stateOf(primary)).absorbed ?? [],
    (absorbed) => absorbed.includes(item),
  );
  const resumed = must(await act(db.store, item, 'dispatch1', 'unmerge', {}, reason));
  expect(await clock()).toMatchObject({ due: Number(before?.due) + resumed.at - paused.at });
  expect(await stateOf(item)).toMatchObject({ at: 'dispatched', lead: { team: 'T03', active: true } });
});

test('a team that is full has no place for a case that comes back, until it has', async () => {
  const { person, db } = driving;
  const [primary, item] = [await submitCase(db.store), await submitCase(db.store)];
  await untilWork(driving, primary);
  await untilWork(driving, item);
  await person(item, 'dispatch1', 'merge', { into: primary }, reason);
  await eventually(
    async () => (await stateOf(primary)).absorbed ?? [],
    (absorbed) => absorbed.includes(item),
  );
  await db.admin.query("UPDATE team SET max_open_load = open_load WHERE id = 'T03'");
  expect(await act(db.store, item, 'dispatch1', 'unmerge', {}, reason)).toMatchObject({
    kind: 'refused',
    refusal: { code: 'team-over-capacity' },
  });
  await person(primary, 'intake1', 'withdraw', { voluntary: 'yes' }, { texts: { reason: '撤诉' } }); // frees a place, and sends it back
  await reaches(driving, item, 'in_progress');
  await db.admin.query("UPDATE team SET max_open_load = 100 WHERE id = 'T03'");
});
