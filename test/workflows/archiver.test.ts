import { randomUUID } from 'node:crypto';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runLoops } from '../../background/loops.ts';
import { type ItemId, itemId } from '../../domain/ids.ts';
import { instant } from '../../domain/time.ts';
import { openHistory } from '../../record/archive.ts';
import { codeOf, workflowBundle } from '../../stack/workflow-bundle.ts';
import { differences, recordsOf, replay } from '../replay/replaying.ts';
import { violations } from '../support/invariants.ts';
import { D01, OFFICE, submitCase } from '../support/people.ts';
import { drive, type Driving, eventually, quietly, reaches, rowOf, setClock, settles } from './driving.ts';
import { lives } from './lives.ts';

let driving: Driving;
let bundle: { code: string };
const stop = new AbortController();
let loops: Promise<void>;
beforeAll(async () => {
  driving = await drive({ simulation: true });
  bundle = await workflowBundle(quietly());
  const { db, client } = driving;
  const deps = {
    loops: db.background,
    store: db.store,
    client,
    code: codeOf(bundle),
    logger: pino({ level: 'silent' }),
  };
  loops = runLoops({ ...deps, signal: stop.signal }, { everyMs: 100, firstWait: 50 });
});
afterAll(async () => {
  stop.abort();
  await loops;
  await driving.end();
});

interface Kept {
  run: string;
  lost: boolean;
  sha256: string;
}

async function keptOf(item: ItemId): Promise<Kept[]> {
  const { rows } = await driving.db.admin.query<Kept>(
    'SELECT run_id AS run, lost, sha256 FROM history_archive WHERE item_id = $1',
    [item],
  );
  return rows;
}

async function keeps(item: ItemId, count: number): Promise<Kept[]> {
  return await eventually(
    () => keptOf(item),
    (kept) => kept.length === count,
    20,
  );
}

/** What the office's stream says of the item, in order. */
async function saidOf(item: ItemId): Promise<{ type: string; run: string }[]> {
  const { rows } = await driving.db.admin.query<{ type: string; run: string }>(
    `SELECT bytes::json->>'type' AS type, bytes::json->'data'->>'run' AS run FROM record
       WHERE stream = 'office' AND bytes::json->'data'->>'item' = $1 ORDER BY seq`,
    [item],
  );
  return rows;
}

/** Past its retention, so that the workflow archives it. */
async function archive(item: ItemId): Promise<void> {
  await settles(driving, item);
  await setClock(driving, instant(((await rowOf(driving, item)).next_due ?? Number.NaN) + 1));
  await driving.wake(item);
  await reaches(driving, item, 'archived');
}

test('every run of an archived item is kept once, replays, and is named in the stream of the office', async () => {
  const item = await lives.normal(driving);
  await archive(item);
  const kept = await keeps(item, 2); // one until the closure, one for the archive
  const records = await recordsOf(driving.db, item);
  for (const { run, lost } of kept) {
    expect(lost).toBe(false);
    const history = await openHistory(driving.db.store, { office: OFFICE, item, run });
    const told = await replay(bundle, `item/YX/${item}`, historyFromJSON(JSON.parse(history ?? '')));
    expect(differences(told, records)).toEqual([]);
  }
  expect((await saidOf(item)).map(({ type }) => type)).toEqual(['history-archived', 'history-archived']);
});

test('a run that comes later, to an item that was archived long ago, is kept too', async () => {
  const item = await lives.onTheSpot(driving);
  await archive(item);
  const before = await eventually(
    () => keptOf(item),
    (kept) => kept.length > 0,
  );
  await driving.wake(item);
  const after = await keeps(item, before.length + 1);
  expect(new Set(after.map(({ run }) => run)).size).toBe(before.length + 1);
});

test('a run that moved an item and is gone from Temporal is said to be lost', async () => {
  const item = await submitCase(driving.db.store);
  const gone = randomUUID();
  await driving.person(item, 'intake1', 'settle-on-the-spot', D01['hand-in'], { run: gone });
  await archive(item);
  const kept = await eventually(
    () => keptOf(item),
    (seen) => seen.length >= 2 && seen.some(({ lost }) => lost),
  );
  expect(kept.find(({ run }) => run === gone)?.lost).toBe(true);
  expect(await saidOf(item)).toContainEqual({ type: 'history-lost', run: gone });
});

test('a kept history that was changed is not handed out', async () => {
  const { db } = driving;
  const { rows } = await db.admin.query<{ item: string; run: string }>(
    'SELECT item_id AS item, run_id AS run FROM history_archive WHERE NOT lost LIMIT 1',
  );
  const [one] = rows;
  const change = "UPDATE history_archive SET sha256 = repeat('0', 64) WHERE run_id = $1";
  await expect(db.admin.query(change, [one?.run])).rejects.toMatchObject({ constraint: 'append_only' });
  await db.admin.query('ALTER TABLE history_archive DISABLE TRIGGER append_only');
  const { rows: was } = await db.admin.query<{ sha256: string }>(
    'SELECT sha256 FROM history_archive WHERE run_id = $1',
    [one?.run],
  );
  await db.admin.query(change, [one?.run]);
  const open = openHistory(db.store, { office: OFFICE, item: itemId(one?.item ?? ''), run: one?.run ?? '' });
  await expect(open).rejects.toThrow('not what its hash says');
  expect(await violations(db.admin)).not.toEqual([]);
  await db.admin.query('UPDATE history_archive SET sha256 = $2 WHERE run_id = $1', [one?.run, was[0]?.sha256]);
  await db.admin.query('ALTER TABLE history_archive ENABLE TRIGGER append_only');
});

test('invariant 33: the streams of the items and of the office are whole', async () => {
  expect(await violations(driving.db.admin)).toEqual([]);
});
