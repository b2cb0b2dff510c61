import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

/** Prisma's advisory lock: its command line and this runner never migrate at the same time. */
const LOCK = 72_707_369;

export class MigrationError extends Error {
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
 * @returns names of the migrations applied now
 * @throws MigrationError when a migration failed, failed earlier, or was changed after it was applied
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
    const failed = rows.find((row) => row.finished_at === null);
    if (failed)
      throw new MigrationError(
        `${failed.migration_name} failed earlier: mend the database, then run prisma migrate resolve`,
      );
    const applied: string[] = [];
    for (const name of await migrationNames(directory)) {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
      if (await apply(client, rows, name, sql)) applied.push(name);
    }
    return applied;
  } finally {
    await client.end();
  }
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
  if (before && before.checksum !== checksum) throw new MigrationError(`${name} was changed after it was applied`);
  if (before) return false;
  const id = randomUUID();
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    id,
    checksum,
    name,
  ]);
  try {
    await client.query(sql); // simple protocol: one implicit transaction for the whole file
  } catch (cause) {
    await client.query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, String(cause)]);
    throw new MigrationError(`${name}: ${String(cause)}`, { cause });
  }
  await client.query('UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [id]);
  return true;
}
