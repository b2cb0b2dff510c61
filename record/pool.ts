import { type CustomTypesConfig, Pool, types } from 'pg';

const { INT8 } = types.builtins;
const SETTINGS =
  '-c TimeZone=UTC -c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=5s';

/** bigint as number: every one we keep is an epoch in milliseconds or an amount, checked to be safe. */
function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('an integer from the database is not safe');
  return value;
}

const parsers: CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === INT8 && format !== 'binary' ? safeInteger : types.getTypeParser(oid, format),
};

/**
 * A pool whose sessions run in UTC and never wait without an end: a paused process must not hold the office.
 * `role` is taken on by every session.
 */
export function createPool(connectionString: string, max: number, role?: string): Pool {
  const pool = new Pool({
    connectionString,
    max,
    types: parsers,
    options: role === undefined ? SETTINGS : `${SETTINGS} -c role=${role}`,
    connectionTimeoutMillis: 5_000,
  });
  // an idle connection that breaks is replaced at the next query; without a listener it would end the process
  pool.on('error', () => undefined);
  return pool;
}

/** @throws Error when sessions do not run in UTC: timestamps would be stored wrong, silently. */
export async function assertUtc(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ zone: string }>("SELECT current_setting('TimeZone') AS zone");
  if (rows[0]?.zone !== 'UTC') throw new Error('database sessions must run with TimeZone=UTC');
}
