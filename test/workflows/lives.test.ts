import { afterAll, beforeAll, expect, test } from 'vitest';
import { workflowBundle } from '../../stack/workflow-bundle.ts';
import type { ItemId } from '../../domain/ids.ts';
import { violations } from '../support/invariants.ts';
import { differences, recordsOf, replay, runsOf } from '../replay/replaying.ts';
import { drive, type Driving, historyOf, quietly, rowOf, settles, typesOf } from './driving.ts';
import { type LifeName, lives } from './lives.ts';

let driving: Driving;
beforeAll(async () => {
  driving = await drive();
});
afterAll(async () => {
  await driving.end();
});

const untilChecked = ['start-matching', 'dispatch', 'start-work', 'draw-check'];
const untilReleased = ['draw-call-back', 'submit-review', 'release'];
const whole = untilChecked.concat(untilReleased);

/** Moves that the workflow makes in each life, in order, and where it leaves the item. */
const expected: Record<LifeName, { moves: string[]; place: string }> = {
  normal: { moves: whole, place: 'closed' },
  onTheSpot: { moves: [], place: 'closed' },
  refused: { moves: [], place: 'not_accepted' },
  withdrawn: { moves: ['start-matching', 'dispatch', 'start-work', 'release'], place: 'withdrawn' },
  reworked: { moves: untilChecked.concat('draw-check', untilReleased), place: 'closed' },
  reopened: { moves: whole.concat(whole), place: 'closed' },
};

test.for(Object.keys(lives) as LifeName[])('%s: the workflow makes its moves, each once', async (name) => {
  const item = await lives[name](driving);
  const { place } = await settles(driving, item);
  expect(place).toBe(expected[name].place);
  expect(await movesOf(item)).toEqual(expected[name].moves);
  expect(await violations(driving.db.admin)).toEqual([]);
});

test('invariant 10: at rest the workflow knows what the row says, and its run has returned', async () => {
  const item = await lives.onTheSpot(driving);
  await settles(driving, item);
  const last = (await historyOf(driving, item)).events?.at(-1);
  expect(last?.workflowExecutionCompletedEventAttributes).toBeTruthy();
});

test('without a cache every task is a replay, and the life is the same', async () => {
  await driving.stopWorker();
  await driving.startWorker({ maxCachedWorkflows: 0 });
  const item = await lives.normal(driving);
  await settles(driving, item);
  expect(await movesOf(item)).toEqual(whole);
});

test('invariant 11: every run of this file replays to what the records say', async () => {
  const bundle = await workflowBundle(quietly());
  const { db, client } = driving;
  const { rows } = await db.admin.query<{ id: ItemId }>('SELECT id FROM item');
  expect(rows.length).toBeGreaterThan(5);
  for (const { id } of rows) {
    const records = await recordsOf(db, id);
    for (const history of await runsOf(client, id))
      expect(differences(await replay(bundle, `item/YX/${id}`, history), records)).toEqual([]);
  }
});

test('every record of a move names the run that made it', async () => {
  const item = await lives.withdrawn(driving);
  const { rows } = await driving.db.admin.query<{ type: string; run: string | null; id: string }>(
    `SELECT bytes::json->>'type' AS type, bytes::json->>'run' AS run, bytes::json->'actor'->>'id' AS id FROM record
       WHERE stream_id = $1 ORDER BY seq`,
    [item],
  );
  expect(rows.filter(({ id }) => id === 'system').every(({ run }) => /^[0-9a-f-]{36}$/.test(run ?? ''))).toBe(true);
  expect(rows.filter(({ id }) => id !== 'system').every(({ run }) => run === null)).toBe(true);
  expect((await typesOf(driving, item)).length).toBe((await rowOf(driving, item)).rev);
});

async function movesOf(item: string): Promise<string[]> {
  const { rows } = await driving.db.admin.query<{ name: string }>(
    "SELECT name FROM command WHERE item_id = $1 AND actor_id = 'system' ORDER BY rev",
    [item],
  );
  return rows.map(({ name }) => name);
}
