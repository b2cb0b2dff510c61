import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool } from '../../record/pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submitCase } from '../support/people.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(async () => {
  await db.end();
});

test('a session goes on committing after autovacuum has looked at the tables of the record', async () => {
  const pool = createPool(db.urls.appUrl, 1); // the same session before and after
  const store = { ...db.store, pool };
  await submitCase(store);
  for (const table of ['record', 'command', 'item']) await db.admin.query(`ANALYZE ${table}`);
  await submitCase(store);
  await db.admin.query('VACUUM ANALYZE');
  await submitCase(store);
  const { rows } = await db.admin.query('SELECT 1 FROM item');
  expect(rows).toHaveLength(3);
  await pool.end();
});
