import { afterAll, beforeAll, expect, test } from 'vitest';
import { commitMove } from '../../activities/commit-move.ts';
import { hash, itemId, type ItemId } from '../../domain/ids.ts';
import { nextSystemStep, type SystemStep } from '../../domain/process/next-system-step.ts';
import { loadItem } from '../../record/load-item.ts';
import { withOffice } from '../../record/office.ts';
import type { Caught, Found, Move } from '../../workflows/messages.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { violations } from '../support/invariants.ts';
import { act, D01, must, OFFICE, submitCase } from '../support/people.ts';

/** A snapshot that has seen everything there is in a young database. */
const SEEN = '1000000:1000000:';
let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(async () => {
  await db.end();
});

const found: Found = { candidates: { resources: [], teams: [] } };

async function registered(): Promise<ItemId> {
  const item = await submitCase(db.store);
  must(await act(db.store, item, 'intake1', 'register', D01.register));
  return item;
}

/** The move that the workflow would make now. */
async function due(item: ItemId): Promise<Move> {
  const loaded = await withOffice(db.app, OFFICE, async (tx) => await loadItem(tx, item));
  if (!loaded) throw new Error('there is no such item');
  const { state, head, plan, lastAt } = loaded;
  const next = nextSystemStep(plan, state, lastAt, [], []);
  if (!('step' in next)) throw new Error('nothing is due');
  return { office: OFFICE, item, known: { rev: state.rev, head }, step: next.step, found };
}

/** Everything a move could have written. */
async function written(item: ItemId): Promise<unknown> {
  const { rows } = await db.admin.query(
    `SELECT (SELECT count(*) FROM record WHERE stream_id = $1) AS records, (SELECT count(*) FROM command WHERE item_id = $1) AS commands,
       (SELECT count(*) FROM refusal_log WHERE item_id = $1) AS refusals, (SELECT max(tries) FROM stuck WHERE item_id = $1) AS tries,
       (SELECT row(rev, head, next_due)::text FROM item WHERE id = $1) AS item`,
    [item],
  );
  return rows[0];
}

function revOf(caught: Caught): number | undefined {
  return caught.absent ? undefined : caught.rev;
}

test('a move answers with the events it added and with where the item stands', async () => {
  const item = await registered();
  const caught = await commitMove(db.store, await due(item), 'run-1');
  expect(caught).toMatchObject({ absent: false, rev: 3, scale: 1, stuck: [] });
  expect(caught).toMatchObject({
    news: { since: [[{ type: 'candidates-found' }, { type: 'clock-started' }, { type: 'moved', to: 'matching' }]] },
  });
});

test('invariant 13: a move decided on another record is stale and writes nothing', async () => {
  const item = await registered();
  const move = await due(item);
  must(await act(db.store, item, 'match1', 'start-matching', {}));
  const before = await written(item);
  expect(revOf(await commitMove(db.store, move, 'run-1'))).toBe(3);
  expect(await written(item)).toEqual(before);
});

test('invariant 13: the revision alone is not enough, the record must be the same', async () => {
  const item = await registered();
  const move = await due(item);
  const before = await written(item);
  await commitMove(db.store, { ...move, known: { rev: 2, head: hash('f'.repeat(64)) } }, 'run-1');
  expect(await written(item)).toEqual(before);
});

test('invariant 2: a move that arrives twice is made once, and the second answers where the item stands', async () => {
  const item = await registered();
  const move = await due(item);
  const answers = await Promise.all([commitMove(db.store, move, 'run-1'), commitMove(db.store, move, 'run-1')]);
  expect(answers.map(revOf)).toEqual([3, 3]);
  expect(revOf(await commitMove(db.store, move, 'run-2'))).toBe(3);
  expect(await written(item)).toMatchObject({ records: 3, commands: 3, refusals: 0 });
});

test('a step for which nothing was found is set aside once, however often it arrives', async () => {
  const item = await registered();
  const move: Move = { ...(await due(item)), found: { none: 'NO_TEAM', seen: SEEN } };
  const caught = await commitMove(db.store, move, 'run-1');
  expect(caught).toMatchObject({ rev: 2, news: { since: [] }, stuck: [{ step: 'start-matching' }] });
  const once = await written(item);
  expect(once).toMatchObject({ records: 2, refusals: 1, tries: 1 });
  await commitMove(db.store, move, 'run-1');
  expect(await written(item)).toEqual(once);
});

test('invariant 13: a step is not set aside when the item stands elsewhere by now', async () => {
  const item = await registered();
  const move: Move = { ...(await due(item)), found: { none: 'NO_RESOURCE', seen: SEEN } };
  must(await act(db.store, item, 'match1', 'start-matching', {}));
  const before = await written(item);
  await commitMove(db.store, move, 'run-1');
  expect(await written(item)).toEqual(before);
});

test('a step is not set aside on another record, nor when another step is due', async () => {
  const item = await registered();
  const move: Move = { ...(await due(item)), found: { none: 'NO_RESOURCE', seen: SEEN } };
  const before = await written(item);
  await commitMove(db.store, { ...move, known: { rev: 2, head: hash('f'.repeat(64)) } }, 'run-1');
  await commitMove(db.store, { ...move, step: { kind: 'auto', key: 'auto:dispatch:2', command: 'dispatch' } }, 'run-1');
  expect(await written(item)).toEqual(before);
});

test('invariant 3: a refused move leaves a refusal and waits as stuck, and no record', async () => {
  const item = await registered();
  const step: SystemStep = { kind: 'auto', key: 'auto:dispatch:2', command: 'dispatch' };
  const { known } = await due(item);
  const caught = await commitMove(db.store, { office: OFFICE, item, known, step }, 'run-1');
  expect(caught).toMatchObject({ rev: 2, stuck: [{ step: 'dispatch' }] });
  expect(await written(item)).toMatchObject({ records: 2, refusals: 1 });
});

test('an item that does not exist is answered as absent', async () => {
  const { known, step } = await due(await registered());
  const item = itemId('nowhere');
  expect(await commitMove(db.store, { office: OFFICE, item, known, step, found }, 'run-1')).toEqual({ absent: true });
});

test('all of this left every invariant standing', async () => {
  expect(await violations(db.admin)).toEqual([]);
});
