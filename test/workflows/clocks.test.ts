import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ItemId } from '../../domain/ids.ts';
import type { RunningClock } from '../../domain/process/state.ts';
import { DAY, type Instant, instant } from '../../domain/time.ts';
import { D01, submitCase } from '../support/people.ts';
import { violations } from '../support/invariants.ts';
import { drive, type Driving, eventually, pause, reaches, rowOf, setClock, settles, typesOf } from './driving.ts';
import { lives, untilWork } from './lives.ts';

let driving: Driving;
beforeAll(async () => {
  driving = await drive({ simulation: true });
});
afterAll(async () => {
  await driving.end();
});

/** A clock that is not paused. */
interface Unpaused extends RunningClock {
  due: Instant;
  levels: Instant[];
}

async function clockOf(item: ItemId, id: string): Promise<Unpaused> {
  const { rows } = await driving.db.admin.query<{ clock: Unpaused }>(
    `SELECT clock FROM item, jsonb_array_elements(state->'clocks') AS clock WHERE id = $1 AND clock->>'id' = $2`,
    [item, id],
  );
  if (!rows[0]) throw new Error(`no clock ${id} runs`);
  return rows[0].clock;
}

async function levelsOf(item: ItemId): Promise<{ id: string; level: number; at: number; reached: number }[]> {
  const { rows } = await driving.db.admin.query<{ id: string; level: number; at: number; reached: number }>(
    `SELECT event->'level'->>'id' AS id, (event->'level'->>'level')::int AS level, at,
            (event->'level'->>'reached')::bigint AS reached
       FROM record, json_array_elements(bytes::json->'data'->'events') AS event
       WHERE stream_id = $1 AND event->>'type' = 'level-reached' ORDER BY seq`,
    [item],
  );
  return rows;
}

/** As the simulation's own command will: the clock goes to an instant at which the item owes something, and it is woken. */
async function advanceTo(item: ItemId, to: Instant): Promise<void> {
  await setClock(driving, to);
  await driving.wake(item);
}

test('invariant 26: yellow and red of the handling clock are each recorded once, never early', async () => {
  const item = await submitCase(driving.db.store);
  await untilWork(driving, item);
  const { levels, due } = await clockOf(item, 'handle');
  const [yellow, red] = levels;
  if (!yellow || !red) throw new Error('the clock has two levels');
  await advanceTo(item, instant(yellow - 2_000));
  await pause(700);
  expect(await levelsOf(item)).toEqual([]);
  await eventually(
    () => levelsOf(item),
    (seen) => seen.length === 1,
  ); // by its own timer, two seconds later
  await advanceTo(item, red);
  await eventually(
    () => levelsOf(item),
    (seen) => seen.length === 2,
  );
  await Promise.all([driving.wake(item), driving.wake(item)]);
  await settles(driving, item);
  const seen = await levelsOf(item);
  expect(seen.map(({ id, level }) => [id, level])).toEqual([
    ['handle', 1],
    ['handle', 2],
  ]);
  expect(seen.every(({ at, reached }) => at >= reached)).toBe(true);
  expect(red).toBe(due + 1);
  expect((await rowOf(driving, item)).place).toBe('in_progress');
});

test('a red that passed unrecorded before somebody handed in is still recorded, once', async () => {
  const item = await submitCase(driving.db.store);
  await untilWork(driving, item);
  const { levels } = await clockOf(item, 'handle');
  await driving.stopWorker();
  await setClock(driving, instant(Math.max(...levels) + 60_000));
  await driving.person(item, 'case1', 'hand-in', D01['hand-in'], { texts: { result: '已更换' } });
  expect(await levelsOf(item)).toEqual([]);
  await driving.startWorker();
  await reaches(driving, item, 'checking');
  await settles(driving, item);
  expect((await levelsOf(item)).map(({ level }) => level)).toEqual([1, 2]);
  expect((await typesOf(driving, item)).slice(-4)).toEqual(['hand-in', 'reach-level', 'reach-level', 'draw-check']);
});

test('a closed case is archived thirty days later, by a run of its own', async () => {
  const item = await lives.normal(driving);
  const retention = await clockOf(item, 'retention');
  await settles(driving, item); // this run is over: nothing is owed for a month
  await advanceTo(item, instant(retention.due + 1));
  await reaches(driving, item, 'archived');
  expect((await typesOf(driving, item)).slice(-2)).toEqual(['reach-level', 'archive']);
  expect(retention.due - retention.startedAt).toBeGreaterThanOrEqual(30 * DAY);
  expect(await violations(driving.db.admin)).toEqual([]);
});

test('a timer sleeps real time: a fast office clock rings it early enough', async () => {
  const item = await submitCase(driving.db.store);
  await driving.db.owner.query(
    `UPDATE simulation_clock SET office_base = office_now(), scale = 60000,
       real_base = date_trunc('milliseconds', clock_timestamp())`,
  );
  await untilWork(driving, item);
  await eventually(
    () => levelsOf(item),
    (seen) => seen.length === 2,
    20,
  );
  expect((await levelsOf(item)).every(({ at, reached }) => at >= reached)).toBe(true);
});
