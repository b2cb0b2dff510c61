import type { Pool } from 'pg';

/** How many rows each table of a database has, but for those whose row is a trace of the question itself. */
export async function rowCounts(admin: Pool, but: readonly string[] = []): Promise<Record<string, number>> {
  const { rows } = await admin.query<{ name: string; n: number }>(
    `SELECT relname AS name,
       (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I', relname), false, true, '')))[1]::text::int AS n
     FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL ($1) ORDER BY relname`,
    [but],
  );
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}
