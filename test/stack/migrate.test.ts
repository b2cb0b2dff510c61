import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { beforeEach, expect, inject, onTestFinished, test } from 'vitest';
import { createDatabase, OWNER_ROLE } from '../../stack/database.ts';
import { migrate, MigrationError } from '../../stack/migrate.ts';
import { StackError } from '../../stack/ports.ts';
import { scratchDirectory } from './scratch.ts';

let url: string;
let directory: string;
let admin: Client;
beforeEach(async () => {
  const { postgresUrl } = inject('servers');
  const name = `migrate_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(postgresUrl, name);
  const address = new URL(postgresUrl);
  address.pathname = `/${name}`;
  url = address.href;
  admin = new Client(url);
  await admin.connect();
  onTestFinished(async () => await admin.end());
  directory = scratchDirectory();
});

function write(name: string, sql: string): void {
  mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(directory, name, 'migration.sql'), sql);
}

const run = async (): Promise<string[]> => await migrate(url, OWNER_ROLE, directory);

async function rows(text: string): Promise<unknown[]> {
  return (await admin.query(text)).rows;
}

const FIRST = 'CREATE TABLE one (id INTEGER); INSERT INTO one VALUES (1);';

test('migrations are applied once, in the order of their names', async () => {
  write('2_second', 'INSERT INTO one VALUES (2);');
  write('1_first', FIRST);
  expect(await run()).toEqual(['1_first', '2_second']);
  expect(await run()).toEqual([]);
  expect(await rows('SELECT count(*)::int AS n FROM one')).toEqual([{ n: 2 }]);
});

test('one that fails leaves nothing of itself, says why, and mended it is applied by the next start', async () => {
  write('1_first', FIRST);
  write('2_second', 'INSERT INTO one VALUES (2); INSERT INTO nowhere VALUES (1);');
  const failed = run();
  await expect(failed).rejects.toThrow(StackError);
  await expect(failed).rejects.toThrow(
    'the migration 2_second failed and the database is as it was: relation "nowhere" does not exist',
  );
  expect(await rows('SELECT count(*)::int AS n FROM one')).toEqual([{ n: 1 }]);
  expect(await rows('SELECT migration_name FROM _prisma_migrations')).toEqual([{ migration_name: '1_first' }]);
  write('2_second', 'INSERT INTO one VALUES (2);');
  expect(await run()).toEqual(['2_second']);
});

test('one that is cut off leaves nothing of itself, and the next start applies it', async () => {
  write('1_first', `${FIRST} SELECT pg_sleep(30);`);
  const cut = run().catch((error: unknown) => error);
  const sleeping =
    "SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30);' AND wait_event = 'PgSleep'";
  await expect.poll(async () => await rows(sleeping)).toEqual([{ ended: true }]);
  expect(await cut).toBeInstanceOf(MigrationError);
  expect(await rows("SELECT to_regclass('one') AS found")).toEqual([{ found: null }]);
  write('1_first', FIRST);
  expect(await run()).toEqual(['1_first']);
});

test('one whose name cannot be written down is undone: what is applied and what is named are never apart', async () => {
  const refusing = `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
    CREATE TRIGGER no BEFORE INSERT ON _prisma_migrations FOR EACH ROW EXECUTE FUNCTION no();`;
  write('1_first', `${FIRST} ${refusing}`);
  await expect(run()).rejects.toThrow('the migration 1_first failed and the database is as it was: no');
  expect(await rows("SELECT to_regclass('one') AS found")).toEqual([{ found: null }]);
});

test('one that was changed after it was applied is refused', async () => {
  write('1_first', FIRST);
  await run();
  write('1_first', `${FIRST} -- and more`);
  await expect(run()).rejects.toThrow('1_first was changed after it was applied: put the file back');
});

test('a database with one that this checkout does not have is refused, and nothing is applied', async () => {
  write('1_first', FIRST);
  write('3_third', 'INSERT INTO one VALUES (3);');
  await run();
  rmSync(join(directory, '3_third'), { recursive: true });
  write('2_second', 'INSERT INTO one VALUES (2);');
  await expect(run()).rejects.toThrow('the database is newer than this checkout (3_third) and was left as it is');
  expect(await rows('SELECT id FROM one ORDER BY id')).toEqual([{ id: 1 }, { id: 3 }]);
});

test('one that Prisma’s own runner left failed is refused with what to do', async () => {
  write('1_first', FIRST);
  await run();
  await admin.query("UPDATE _prisma_migrations SET finished_at = NULL, logs = 'x'");
  await expect(run()).rejects.toThrow('1_first failed earlier: mend the database, then run prisma migrate resolve');
});

test('two at once apply each of them once', async () => {
  write('1_first', `${FIRST} SELECT pg_sleep(0.2);`);
  const applied = await Promise.all([run(), run()]);
  expect(applied.flat()).toEqual(['1_first']);
});
