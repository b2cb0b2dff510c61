import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runLoops } from '../../background/loops.ts';
import type { ItemId } from '../../domain/ids.ts';
import type { ItemEvent } from '../../domain/process/events.ts';
import { formatInstant, instant, parseInstant } from '../../domain/time.ts';
import { expectNothingLost } from '../faults/judge.ts';
import { publishCalendar } from '../support/calendars.ts';
import { levelKey, levelsReached } from '../support/levels.ts';
import { act, D01, must, submitCase } from '../support/people.ts';
import { CODE, drive, type Driving, eventually, setClock } from './driving.ts';

const CASES = 12;

let driving: Driving;
const stop = new AbortController();
let loops: Promise<void>;
beforeAll(async () => {
  driving = await drive({ simulation: true });
  const { db, client } = driving;
  await db.admin.query('UPDATE team SET max_open_load = 1000');
  const logger = pino({ level: 'silent' });
  const deps = { loops: db.background, store: db.store, client, code: CODE, logger, signal: stop.signal };
  loops = runLoops(deps, { everyMs: 100 });
});
afterAll(async () => {
  stop.abort();
  await loops;
  await driving.end();
});

async function dispatched(): Promise<ItemId> {
  const { store } = driving.db;
  const item = await submitCase(store);
  must(await act(store, item, 'intake1', 'register', { ...D01.register, needs: [] }));
  must(await act(store, item, 'match1', 'start-matching', {}));
  must(await act(store, item, 'dispatch1', 'assign', D01.assign));
  must(await act(store, item, 'dispatch1', 'dispatch', {}));
  await driving.wake(item);
  return item;
}

type Told = { at: number; type: string; events: ItemEvent[] };

async function recordsOf(item: ItemId): Promise<Told[]> {
  const { rows } = await driving.db.admin.query<Told>(
    `SELECT at, bytes::json->>'type' AS type, bytes::json->'data'->'events' AS events FROM record WHERE stream_id = $1 ORDER BY seq`,
    [item],
  );
  return rows;
}

async function isDone(): Promise<boolean> {
  const { rows } = await driving.db.admin.query<{ done: boolean }>('SELECT done FROM calendar_run');
  return rows.every(({ done }) => done);
}

const recorded = (records: Told[]): string[] =>
  records.flatMap(({ events }) =>
    events.flatMap((event) => (event.type === 'level-reached' ? [levelKey(event.level)] : [])),
  );

test(
  'a calendar that is corrected while timers fire: every level of every run is recorded once, none is lost (invariants 13, 26)',
  { timeout: 120_000 },
  async () => {
    const items: ItemId[] = [];
    for (let n = 0; n < CASES; n += 1) items.push(await dispatched());
    // their two working days are over on Wednesday at 17:30; they become three while that happens
    await setClock(driving, parseInstant('2026-03-04T17:29:59.300+08:00'));
    await publishCalendar(driving.db.admin, (calendar) => ({
      ...calendar,
      version: 2,
      years: calendar.years.map((year) =>
        year.year === 2026 ? { ...year, holidays: [...year.holidays, '2026-03-03'] } : year,
      ),
    }));
    await Promise.all(items.map(async (item) => await driving.wake(item)));
    await eventually(isDone, (done) => done, 60);
    await expectNothingLost(driving);
    await setClock(driving, parseInstant('2026-03-05T17:30:01+08:00'));
    await Promise.all(items.map(async (item) => await driving.wake(item)));
    await expectNothingLost(driving);
    const { rows } = await driving.db.admin.query<{ now: number }>('SELECT office_now_ms() AS now');
    for (const item of items) {
      const records = await recordsOf(item);
      expect(records.filter(({ type }) => type === 'correct-calendar')).toHaveLength(1);
      const all = recorded(records);
      expect(all.filter((key, at) => all.indexOf(key) < at)).toEqual([]);
      expect(levelsReached(records, rows[0]?.now ?? 0).filter((key) => !all.includes(key))).toEqual([]);
      const red = records
        .flatMap(({ events }) => events)
        .findLast((event) => event.type === 'level-reached' && event.level.id === 'handle');
      expect(red?.type === 'level-reached' && formatInstant(instant(red.level.reached - 1))).toBe(
        '2026-03-05T17:30:00+08:00',
      );
    }
  },
);
