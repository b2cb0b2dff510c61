import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { populate, type Populated } from '../../bench/population/populate.ts';
import { itemId } from '../../domain/ids.ts';
import { parseInstant } from '../../domain/time.ts';
import { withOffice } from '../../record/office.ts';
import { openTexts } from '../../record/texts.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { violations } from '../support/invariants.ts';
import { act, D01, must, OFFICE } from '../support/people.ts';

const CASES = 400;
/** The same cases at every run: among them one whose request lapsed. */
const UNTIL = parseInstant('2026-11-20T16:00:00+08:00');

let db: TestDatabase;
let made: Populated;
beforeAll(async () => {
  db = await createTestDatabase();
  made = await populate(db.urls.adminUrl, db.keyDir, { cases: CASES, seed: 1, until: UNTIL });
});
afterAll(async () => await db.end());

async function count(question: string): Promise<number> {
  const { rows } = await db.admin.query<{ count: number }>(question);
  return rows[0]?.count ?? Number.NaN;
}

/** Some case that rests in this place. */
async function caseIn(place: string): Promise<ReturnType<typeof itemId>> {
  const { rows } = await db.admin.query<{ id: string }>('SELECT id FROM item WHERE place = $1 ORDER BY id LIMIT 1', [
    place,
  ]);
  return itemId(rows[0]?.id ?? '');
}

describe('a populated office', () => {
  test('holds everything that must hold of a database: chains, folds, counters, grants, separation', async () => {
    expect(await violations(db.admin)).toEqual([]);
  });

  test('would pass every foreign key that slept while it was filled', async () => {
    const { rows } = await db.admin.query<{ name: string; table: string; definition: string }>(
      `SELECT conname AS name, conrelid::regclass::text AS table, pg_get_constraintdef(oid) AS definition
         FROM pg_constraint WHERE contype = 'f'`,
    );
    expect(rows.length).toBeGreaterThan(20);
    for (const { name, table, definition } of rows) {
      await db.admin.query(`ALTER TABLE ${table} DROP CONSTRAINT "${name}"`);
      await db.admin.query(`ALTER TABLE ${table} ADD CONSTRAINT "${name}" ${definition}`);
    }
  });

  test('has as many cases as were asked for, over places, units and months', async () => {
    expect(await count('SELECT count(*) FROM item')).toBe(CASES);
    expect(await count('SELECT count(*) FROM record')).toBe(made.records);
    expect(await count('SELECT count(DISTINCT place) FROM item')).toBeGreaterThanOrEqual(8);
    expect(await count('SELECT count(DISTINCT unit_id) FROM item')).toBeGreaterThanOrEqual(4);
    expect(await count('SELECT count(DISTINCT area) FROM case_detail')).toBeGreaterThanOrEqual(10);
    expect(await count('SELECT count(DISTINCT received_at / 2592000000) FROM case_detail')).toBeGreaterThanOrEqual(8);
  });

  test('numbers its cases in the order in which they came, without a gap, and goes on from there', async () => {
    const { rows } = await db.admin.query<{ code: string }>(
      'SELECT code FROM item JOIN case_detail ON item_id = id ORDER BY received_at, code',
    );
    expect(rows.map(({ code }) => Number(code.slice(-6)))).toEqual(Array.from({ length: CASES }, (_, at) => at + 1));
    expect(await count('SELECT last AS count FROM case_number')).toBe(CASES);
  });

  test('owes nothing at that moment: levels are reached, moves made, requests lapsed, cases archived', async () => {
    expect(await count(`SELECT count(*) FROM item WHERE next_due <= ${UNTIL - 60_000}`)).toBe(0);
    expect(await count("SELECT count(*) FROM item WHERE place = 'archived'")).toBeGreaterThan(CASES / 2);
    expect(await count("SELECT count(*) FROM command WHERE name = 'reach-level'")).toBeGreaterThan(0);
    expect(await count("SELECT count(*) FROM request WHERE outcome = 'lapsed'")).toBeGreaterThan(0);
    expect(await count(`SELECT count(*) FROM command WHERE at > ${UNTIL}`)).toBe(0);
  });

  test('can be read and worked on by its people', async () => {
    const item = await caseIn('submitted');
    const key = await db.store.keyOf(OFFICE);
    const texts = await withOffice(db.app, OFFICE, async (tx) => await openTexts(tx, key, [item], ['title']));
    expect(texts[0]?.value).toMatch(/[一-鿿]/);
    expect(must(await act(db.store, item, 'intake1', 'register', D01.register)).state.at).toBe('registered');
    expect(await violations(db.admin)).toEqual([]);
  });

  test('is not populated a second time unasked', async () => {
    const again = populate(db.urls.adminUrl, db.keyDir, { cases: 1, seed: 7 });
    await expect(again).rejects.toThrow(`${CASES} cases already`);
    expect((await populate(db.urls.adminUrl, db.keyDir, { cases: 40, seed: 7, add: true })).cases).toBe(40);
    expect(await violations(db.admin)).toEqual([]);
  });
});
