import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Calendar } from '../../domain/clock/calendar.ts';
import { reckon } from '../../domain/clock/due.ts';
import { hash, type ItemId, userId } from '../../domain/ids.ts';
import type { RunningClock } from '../../domain/process/state.ts';
import { canonical } from '../../proof/canonical.ts';
import { type Turn, turnCalendar } from '../../record/calendar-run.ts';
import { commit } from '../../record/commit.ts';
import { loadItem } from '../../record/load-item.ts';
import { withOffice } from '../../record/office.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { violations } from '../support/invariants.ts';
import { must, OFFICE, revOf, walk } from '../support/people.ts';
import { publishCalendar } from '../support/calendars.ts';

let db: TestDatabase;
beforeEach(async () => {
  db = await createTestDatabase({ simulation: true });
  await db.admin.query('UPDATE resource SET capacity = 1000000 WHERE capacity IS NOT NULL');
});
afterEach(async () => {
  expect(await violations(db.admin)).toEqual([]);
  await db.end();
});

/** Turn after turn, as the loop does: first it waits, also for transactions of the other databases of this server. */
async function apply(version: number): Promise<Turn> {
  for (let turns = 1; ; turns += 1) {
    const turn = await turnCalendar(db.store, { office: OFFICE, version });
    if (turn.state === 'done') return turn;
    if (turns === 500) throw new Error('the calendar is not applied');
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function handleOf(item: ItemId): Promise<RunningClock> {
  const loaded = await withOffice(db.app, OFFICE, async (tx) => await loadItem(tx, item));
  const clock = loaded?.state.clocks.find(({ id }) => id === 'handle');
  if (!clock) throw new Error('the handling clock does not run');
  return clock;
}

async function correctionsOf(
  item: ItemId,
): Promise<{ key: string; said: { facts: { calendar: number }; data: { events: object[] } } }[]> {
  const { rows } = await db.admin.query<{ key: string; bytes: string }>(
    `SELECT c.key, r.bytes FROM command c JOIN record r ON r.office_id = c.office_id AND r.command_id = c.id
       WHERE c.item_id = $1 AND c.name = 'correct-calendar' ORDER BY c.rev`,
    [item],
  );
  return rows.map(({ key, bytes }) => ({ key, said: JSON.parse(bytes) as never }));
}

const holiday =
  (...days: string[]): ((calendar: Calendar) => Calendar) =>
  (calendar) => ({
    ...calendar,
    version: calendar.version + 1,
    years: calendar.years.map((year) =>
      year.year === 2026 ? { ...year, holidays: [...year.holidays, ...days] } : year,
    ),
  });

describe('a calendar that was published', () => {
  test('changes nothing by itself (semantics 23)', async () => {
    const item = await walk(db.store, 'dispatch');
    const before = await handleOf(item);
    await publishCalendar(db.admin, holiday('2026-03-03'));
    expect(await handleOf(item)).toEqual(before);
  });

  test('is applied to each open item once, by a record that names old and new (invariants 23, 28; issue 5)', async () => {
    const open = [await walk(db.store, 'dispatch'), await walk(db.store, 'sign'), await walk(db.store, 'contact')];
    const closed = await walk(db.store);
    const before = await Promise.all(open.map(handleOf));
    const calendar = await publishCalendar(db.admin, holiday('2026-03-03'));
    expect((await apply(2)).corrected).toBe(3);
    for (const [at, item] of open.entries()) {
      const [old, now] = [before[at], await handleOf(item)];
      if (!old) throw new Error('there was no clock');
      const { limit, startedAt: start, pauses } = old;
      expect(now.due).toBe(reckon({ limit, start, pauses, shares: [] }, calendar).due);
      expect(now.due).toBeGreaterThan(old.due ?? 0);
      const [only, ...more] = await correctionsOf(item);
      expect(more).toEqual([]);
      expect(only?.key).toBe(`${item}:calendar:2`);
      expect(only?.said.facts.calendar).toBe(2);
      expect(only?.said.data.events).toContainEqual(
        expect.objectContaining({
          type: 'clock-corrected',
          was: { run: old.run, due: old.due, calendar: 1 },
          clock: expect.objectContaining({ due: now.due, calendar: 2 }),
        }),
      );
    }
    expect(await correctionsOf(closed)).toEqual([]);
  });

  test('is said to have been applied in the stream of the office, once', async () => {
    await walk(db.store, 'dispatch');
    await publishCalendar(db.admin, holiday('2026-03-03'));
    await apply(2);
    expect(await apply(2)).toEqual({ state: 'done', corrected: 0, woken: [], skipped: [] });
    const { rows } = await db.admin.query<{ said: object }>(
      "SELECT bytes::jsonb->'data' AS said FROM record WHERE stream = 'office' AND bytes::jsonb->>'type' = 'calendar-applied'",
    );
    expect(rows).toEqual([{ said: { version: 2, corrected: 1 } }]);
  });

  test('is applied by nobody while somebody who read the older one may still write', async () => {
    const item = await walk(db.store, 'assign');
    await publishCalendar(db.admin, holiday('2026-03-03'));
    const other = await db.app.connect();
    await other.query('BEGIN');
    await other.query('SELECT pg_current_xact_id()');
    expect((await turnCalendar(db.store, { office: OFFICE, version: 2 })).state).toBe('waits');
    expect((await turnCalendar(db.store, { office: OFFICE, version: 2 })).state).toBe('waits');
    expect(await correctionsOf(item)).toEqual([]);
    await other.query('COMMIT');
    other.release();
    await apply(2);
    expect(await correctionsOf(item)).toHaveLength(1);
  });

  test('goes on where it was stopped, and corrects nothing twice', async () => {
    const items = [await walk(db.store, 'dispatch'), await walk(db.store, 'dispatch')];
    await publishCalendar(db.admin, holiday('2026-03-03'));
    await apply(2);
    await db.admin.query("UPDATE calendar_run SET done = false, after = ''"); // as if its progress had been lost
    await apply(2);
    for (const item of items) expect(await correctionsOf(item)).toHaveLength(1);
  });

  test('that is followed by another is applied once, as the one that is in force', async () => {
    const item = await walk(db.store, 'dispatch');
    await publishCalendar(db.admin, holiday('2026-03-03'));
    await publishCalendar(db.admin, holiday('2026-03-04'));
    await apply(2);
    await apply(3);
    expect((await correctionsOf(item)).map(({ said }) => said.facts.calendar)).toEqual([3]);
  });

  test('wakes an item that owes something sooner than it did', async () => {
    const item = await walk(db.store, 'dispatch');
    await publishCalendar(db.admin, (calendar) => ({ ...calendar, version: 2, hours: [{ from: 510, to: 1050 }] })); // without a midday break
    expect((await apply(2)).woken).toEqual([item]);
  });
});

test('a timer that was set by the old calendar writes nothing after the correction, and the other way round (invariant 13)', async () => {
  const item = await walk(db.store, 'dispatch');
  const old = await withOffice(db.app, OFFICE, async (tx) => await loadItem(tx, item));
  if (!old) throw new Error('there is no such item');
  await publishCalendar(db.admin, holiday('2026-03-03'));
  await apply(2);
  const { id, run, limit } = await handleOf(item);
  const fired = await commit(db.store, {
    office: OFFICE,
    item,
    actor: { kind: 'system' },
    key: `${item}:clock:${id}.${run}:1`,
    name: 'reach-level',
    payload: { id, run, limit, level: 1 },
    texts: {},
    expected: { rev: old.state.rev, head: hash(old.head) },
    run: 'run-of-a-test',
  });
  expect(fired.kind).toBe('stale');
});

test('a person who acts while it is applied is not disturbed, and the correction comes after', async () => {
  const items = [await walk(db.store, 'dispatch'), await walk(db.store, 'dispatch')];
  await publishCalendar(db.admin, holiday('2026-03-03'));
  const revs = await Promise.all(items.map(async (item) => await revOf(db.store, item)));
  const signed = items.map(
    async (item, at) =>
      await commit(db.store, {
        office: OFFICE,
        item,
        actor: { kind: 'person', user: userId('clerk1') },
        key: `sign-${at}`,
        name: 'sign',
        payload: {},
        texts: {},
        expected: { ifMatch: revs[at] ?? 0 },
        run: null,
      }),
  );
  const [turn] = await Promise.all([apply(2), ...signed]);
  for (const outcome of await Promise.all(signed)) must(outcome);
  expect(turn.corrected).toBe(2);
  for (const item of items) expect((await handleOf(item)).calendar).toBe(2);
});

test('no version is stored that two persons did not publish (invariant 23)', async () => {
  const content = canonical({ version: 2, hours: [], years: [] });
  const insert = withOffice(db.app, OFFICE, async (tx) => {
    await tx.query('x', 'INSERT INTO calendar VALUES ($1, 2, $2)', [OFFICE, content]);
  });
  await expect(insert).rejects.toMatchObject({ constraint: 'published_by_two' });
});
