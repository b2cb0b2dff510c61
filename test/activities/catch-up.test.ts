import { afterAll, beforeAll, expect, test } from 'vitest';
import { catchUp } from '../../activities/catch-up.ts';
import { hash, type ItemId, itemId, officeId } from '../../domain/ids.ts';
import { evolve } from '../../domain/process/events.ts';
import type { Caught, Known } from '../../workflows/messages.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { act, D01, must, OFFICE, submitCase, walk } from '../support/people.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(async () => {
  await db.end();
});

type Present = Exclude<Caught, { absent: true }>;

async function look(item: ItemId, known: Known): Promise<Present> {
  const caught = await catchUp(db.store, { office: OFFICE, item, known });
  if (caught.absent) throw new Error('the item is absent');
  return caught;
}

const NOTHING: Known = { rev: 0, head: null };

async function headAt(item: ItemId, rev: number): Promise<Known> {
  const { rows } = await db.admin.query<{ hash: string }>('SELECT hash FROM record WHERE stream_id = $1 AND seq = $2', [
    item,
    rev,
  ]);
  return { rev, head: hash(rows[0]?.hash ?? '') };
}

test('somebody who knows nothing is told plan and state', async () => {
  const item = await walk(db.store, 'start-matching');
  const { news, rev } = await look(item, NOTHING);
  expect(rev).toBe(3);
  expect(news).toMatchObject({ whole: { plan: { id: 'order' }, state: { at: 'matching', rev: 3 } } });
});

test('invariant 9: from every known record the events lead to the same state', async () => {
  const item = await submitCase(db.store);
  const start = await look(item, NOTHING);
  must(await act(db.store, item, 'intake1', 'register', D01.register));
  must(await act(db.store, item, 'match1', 'start-matching', {}));
  const later = await look(item, { rev: start.rev, head: start.head });
  const now = await look(item, NOTHING);
  if (!('whole' in start.news) || !('whole' in now.news) || !('since' in later.news)) throw new Error('told otherwise');
  expect(later.news.since).toHaveLength(2);
  expect(later.news.since.reduce(evolve, start.news.whole.state)).toEqual(now.news.whole.state);
});

test('somebody who is up to date is told nothing new', async () => {
  const item = await submitCase(db.store);
  const { rev, head } = await look(item, NOTHING);
  expect((await look(item, { rev, head })).news).toEqual({ since: [] });
});

test.for([
  ['with another hash', { rev: 1, head: hash('e'.repeat(64)) }],
  ['that is not there any more', { rev: 9, head: hash('e'.repeat(64)) }],
  ['at the head with another hash', { rev: 2, head: hash('e'.repeat(64)) }],
] as [string, Known][])('somebody who knows a record %s is told everything', async ([, known]) => {
  const item = await submitCase(db.store);
  must(await act(db.store, item, 'intake1', 'register', D01.register));
  expect((await look(item, known)).news).toHaveProperty('whole');
});

test('fifty records are told one by one, more as the state they lead to', async () => {
  const item = await submitCase(db.store);
  must(await act(db.store, item, 'intake1', 'register', { ...D01.register }));
  must(await act(db.store, item, 'match1', 'start-matching', {}));
  for (let round = 0; round < 24; round += 1) {
    must(await act(db.store, item, 'match1', 'reserve', { ...D01.reserve, amount: 1 }));
    must(await act(db.store, item, 'match1', 'release', {}));
  }
  const { rev } = await look(item, NOTHING);
  expect(rev).toBe(51);
  expect((await look(item, await headAt(item, 1))).news).toHaveProperty('since.length', 50);
  must(await act(db.store, item, 'match1', 'reserve', { ...D01.reserve, amount: 1 }));
  expect((await look(item, await headAt(item, 1))).news).toHaveProperty('whole');
});

test('few records with much in them are told as the state they lead to', async () => {
  const item = await submitCase(db.store);
  const needs = Array.from({ length: 400 }, (_, at) => ({
    id: `need-${at}`,
    kind: 'goods',
    unit: 'piece'.repeat(8),
    amount: 1,
  }));
  must(await act(db.store, item, 'intake1', 'register', { ...D01.register, needs }));
  expect((await look(item, await headAt(item, 1))).news).toHaveProperty('whole');
});

test("invariant 29: an item that does not exist, or is another office's, is absent", async () => {
  expect(await catchUp(db.store, { office: OFFICE, item: itemId('nowhere'), known: NOTHING })).toEqual({
    absent: true,
  });
  const item = await submitCase(db.store);
  expect(await catchUp(db.store, { office: officeId('OTHER'), item, known: NOTHING })).toEqual({ absent: true });
});
