import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ItemId } from '../../domain/ids.ts';
import { DAY, instant } from '../../domain/time.ts';
import { act, D01, must, submitCase } from '../support/people.ts';
import { drive, type Driving, eventually, setClock } from '../workflows/driving.ts';
import { expectNothingLost } from './judge.ts';
import { startWorker, type WorkerProcess } from './processes.ts';

/** Two levels each: yellow and red. */
const CASES = 100;
const LEVELS = 2 * CASES;

let driving: Driving;
let worker: WorkerProcess | undefined;

beforeAll(async () => {
  driving = await drive({ simulation: true, worker: false });
  await driving.db.admin.query('UPDATE team SET max_open_load = $1', [2 * CASES]); // so that one team takes them all
});
afterAll(async () => {
  await worker?.kill();
  await driving.end();
});

/** Dispatched by hand, with two working days to go; nobody is woken. */
async function dispatched(): Promise<ItemId> {
  const { store } = driving.db;
  const item = await submitCase(store);
  must(await act(store, item, 'intake1', 'register', { ...D01.register, needs: [] }));
  must(await act(store, item, 'match1', 'start-matching', {}));
  must(await act(store, item, 'dispatch1', 'assign', D01.assign));
  must(await act(store, item, 'dispatch1', 'dispatch', {}));
  return item;
}

interface Level {
  item: string;
  level: number;
  early: boolean;
}

/** Of the handling clocks, as the records have them. */
async function levels(): Promise<Level[]> {
  const { rows } = await driving.db.admin.query<Level>(
    `SELECT stream_id AS item, (event->'level'->>'level')::int AS level, at < (event->'level'->>'reached')::bigint AS early
       FROM record, json_array_elements(bytes::json->'data'->'events') AS event
       WHERE event->>'type' = 'level-reached' AND event->'level'->>'id' = 'handle' ORDER BY stream_id, seq`,
  );
  return rows;
}

test(
  'invariants 25, 26: 200 levels that passed while everything was down for two weeks are each recorded once',
  { timeout: 180_000 },
  async () => {
    const items: ItemId[] = [];
    for (let n = 0; n < CASES; n += 1) items.push(await dispatched());
    const { rows } = await driving.db.admin.query<{ last: number }>('SELECT max(at) AS last FROM item');
    await setClock(driving, instant((rows[0]?.last ?? Number.NaN) + 14 * DAY)); // longer than any holiday
    expect(await levels()).toEqual([]); // nobody was there to see them pass

    worker = await startWorker(driving);
    const seen = await eventually(levels, (found) => found.length >= LEVELS, 120);
    expect(seen.some(({ early }) => early)).toBe(false);
    expect(seen.map(({ item, level }) => `${item} ${level}`)).toEqual(
      items.toSorted().flatMap((item) => [`${item} 1`, `${item} 2`]),
    );
    await expectNothingLost(driving);
    expect(await levels()).toHaveLength(LEVELS);
  },
);
