import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { StackError } from './ports.ts';

/** Prisma's advisory lock: its command line and this runner never migrate at the same time. */
const LOCK = 72_707_369;

export class MigrationError extends StackError {
  override name = 'MigrationError';
}

interface Row {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

/**
 * Applies `prisma/migrations` as the role `owner`, in Prisma's own table with its lock and checksums, so that
 * `prisma migrate status` agrees; Prisma's own runner needs an engine that cannot be had without a download.
 * Each is applied whole or not at all, so that one that failed, or was cut off, is simply tried again.
 * @returns names of the migrations applied now
 * @throws MigrationError when a migration fails, was changed after it was applied, or is not known to this checkout
 */
export async function migrate(connectionString: string, owner: string, directory: string): Promise<string[]> {
  const client = new Client({ connectionString, options: `-c TimeZone=UTC -c role=${owner}` });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(`CREATE TABLE IF NOT EXISTS _prisma_migrations (
      id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
      migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
      started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`);
    const { rows } = await client.query<Row>(
      'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at',
    );
    const names = await migrationNames(directory);
    requireKnown(rows, names);
    const applied: string[] = [];
    for (const name of names) {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
      if (await apply(client, rows, name, sql)) applied.push(name);
    }
    return applied;
  } finally {
    await client.end();
  }
}

/** @throws MigrationError when the database is in a state that this checkout cannot judge. */
function requireKnown(rows: Row[], names: string[]): void {
  const failed = rows.find((row) => row.finished_at === null); // Prisma's own runner leaves these; ours does not
  if (failed)
    throw new MigrationError(
      `迁移 ${failed.migration_name} 曾失败，请修复数据库后运行 prisma migrate resolve · ${failed.migration_name} failed earlier: mend the database, then run prisma migrate resolve`,
    );
  const newer = rows.filter((row) => !names.includes(row.migration_name)).map((row) => row.migration_name);
  if (newer.length === 0) return;
  const list = newer.join(', ');
  throw new MigrationError(
    `数据库比程序新（${list}），未作任何改动；请更新程序，或换一个数据库 · the database is newer than this checkout (${list}) and was left as it is: update the checkout, or choose another database or DATA_DIR`,
  );
}

async function migrationNames(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** @returns whether it was applied now; not when it had been before. */
async function apply(client: Client, rows: Row[], name: string, sql: string): Promise<boolean> {
  const checksum = createHash('sha256').update(sql).digest('hex');
  const before = rows.find((row) => row.migration_name === name);
  if (before && before.checksum !== checksum)
    throw new MigrationError(
      `迁移 ${name} 在应用之后被改动过，请恢复该文件 · ${name} was changed after it was applied: put the file back as it was`,
    );
  if (before) return false;
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
         VALUES ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
    return true;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationError(
      `迁移 ${name} 未能完成，数据库保持原样 · the migration ${name} failed and the database is as it was: ${why}`,
      { cause },
    );
  }
}
