import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { officeId } from '../../domain/ids.ts';
import { withOffice } from '../../record/office.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { OFFICE, walk } from '../support/people.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await walk(db.store);
});
afterAll(async () => {
  await db.end();
});

/** Tables that belong to no office: the migrations' own, and the one clock of the database. */
const COMMON = ['_prisma_migrations', 'simulation_clock'];

async function officeTables(): Promise<string[]> {
  const { rows } = await db.admin.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
  );
  return rows.map(({ name }) => name).filter((name) => !COMMON.includes(name));
}

describe('the schema keeps offices apart by construction', () => {
  test('invariant 29: row level security is enabled and forced on every table of an office', async () => {
    const { rows } = await db.admin.query<{ relname: string }>(
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY 1`,
    );
    expect(rows.map(({ relname }) => relname)).toEqual(COMMON);
  });

  test('invariant 30: every primary key begins with the office', async () => {
    const { rows } = await db.admin.query<{ name: string }>(
      `SELECT c.conrelid::regclass::text AS name FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
         WHERE c.contype = 'p' AND c.connamespace = 'public'::regnamespace AND a.attname <> 'office_id' ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(COMMON);
  });

  test('invariant 30: every foreign key names the office on both sides', async () => {
    const { rows } = await db.admin.query<{ conname: string }>(
      `SELECT c.conname FROM pg_constraint c
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
         JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
         WHERE c.contype = 'f' AND (a.attname <> 'office_id' OR b.attname <> 'office_id')`,
    );
    expect(rows).toEqual([]);
  });

  test('the roles that log in are neither owner, nor superuser, nor above row level security', async () => {
    const { rows } = await db.admin.query(
      `SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname LIKE 'four\\_lists\\_%' ORDER BY 1`,
    );
    const plain = { rolsuper: false, rolbypassrls: false, rolcreaterole: false };
    expect(rows).toEqual([
      { rolname: 'four_lists_app', ...plain, rolcanlogin: true },
      { rolname: 'four_lists_background', ...plain, rolcanlogin: true },
      { rolname: 'four_lists_owner', ...plain, rolcanlogin: false },
    ]);
    const { rows: owners } = await db.admin.query<{ owner: string }>(
      "SELECT DISTINCT tableowner AS owner FROM pg_tables WHERE schemaname = 'public'",
    );
    expect(owners).toEqual([{ owner: 'four_lists_owner' }]);
  });
});

describe('invariant 29: what one office may see of another', () => {
  test('nothing, in any table, as the application or as the owner', async () => {
    const elsewhere = officeId('QS');
    for (const table of await officeTables()) {
      const { rows } = await db.admin.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`);
      for (const pool of [db.app, db.owner]) {
        const seen = await withOffice(
          pool,
          elsewhere,
          async (tx) => await tx.query<{ n: number }>(`count ${table}`, `SELECT count(*) AS n FROM ${table}`, []),
        );
        // the owner knows which offices there are, so that setting up can tell an empty database
        const known = pool === db.owner && (table === 'office' || table === 'user_account') ? rows[0]?.n : 0;
        expect({ table, seen: seen[0]?.n }).toEqual({ table, seen: known });
      }
    }
  });

  test('the sample fills every table this test would otherwise pass over unseen, but for those of rarer paths', async () => {
    const empty: string[] = [];
    for (const table of await officeTables()) {
      const { rows } = await db.admin.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`);
      if (rows[0]?.n === 0) empty.push(table);
    }
    expect(empty).toEqual([
      'archive_job',
      'history_archive',
      'queued_command',
      'refusal_log',
      'request',
      'session',
      'stuck',
      'task',
    ]);
  });

  test('a transaction that names no office sees none', async () => {
    const { rows } = await db.app.query('SELECT 1 FROM item');
    expect(rows).toEqual([]);
  });

  test('invariant 30: a row for another office cannot be written', async () => {
    const write = withOffice(
      db.app,
      OFFICE,
      async (tx) => await tx.query('w', "INSERT INTO case_number VALUES ('QS', 2026, 1)", []),
    );
    await expect(write).rejects.toMatchObject({ code: '42501' });
  });

  test('the loops see ids and due instants of every office and nothing else', async () => {
    const { rows } = await db.background.query<Record<string, unknown>>(
      'SELECT office_id, id, rev, next_due FROM item',
    );
    expect(rows).toHaveLength(1);
    await expect(db.background.query('SELECT state FROM item')).rejects.toMatchObject({ code: '42501' });
    const { rows: granted } = await db.admin.query<{ may: string }>(
      `SELECT table_name || '.' || string_agg(column_name || ':' || privilege, ' ' ORDER BY column_name, privilege) AS may
         FROM (SELECT table_name, column_name, lower(privilege_type) AS privilege FROM information_schema.column_privileges
                 WHERE grantee = 'four_lists_background'
               UNION SELECT table_name, '*', lower(privilege_type) FROM information_schema.table_privileges
                 WHERE grantee = 'four_lists_background' AND privilege_type = 'DELETE') AS p
         GROUP BY table_name ORDER BY 1`,
    );
    expect(granted.map(({ may }) => may)).toEqual([
      'archive_job.item_id:select look_at:select looks:select office_id:select',
      'gain.*:delete at:select list:select office_id:select xid:select',
      'item.id:select next_due:select office_id:select rev:select',
      'office.office_id:select',
      'queued_command.at:select id:select office_id:select source:select status:select target:select',
      'stuck.item_id:select lacks:select office_id:select retry_at:select seen:select step:select',
    ]);
  });
});
