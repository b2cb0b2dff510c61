import type { Pool, PoolClient, QueryResultRow } from 'pg';
import type { OfficeId } from '../domain/ids.ts';
import { type Instant, instant } from '../domain/time.ts';

/** A transaction that sees one office and nothing else. */
export interface OfficeTransaction {
  office: OfficeId;
  /** The office's time when the transaction began, before it waited for any lock. */
  beganAt: Instant;
  /** Office milliseconds that pass in one real one; 1 but in a simulation. */
  scale: number;
  /** The snapshot at that moment: what was committed later, nothing read here is known to have seen. */
  seen: string;
  /** A prepared statement: `name` is the plan's name on the connection. */
  query<Row extends QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]>;
}

const BEGIN = `SELECT set_config('app.office', $1, true), office_now_ms() AS now, pg_current_snapshot()::text AS seen,
    (SELECT CASE WHEN simulation THEN scale ELSE 1 END FROM simulation_clock) AS scale`;

/**
 * The one way to the tables of an office: READ COMMITTED, the office named for this transaction only, so that a
 * pooled connection carries no office.
 */
export async function withOffice<T>(
  pool: Pool,
  office: OfficeId,
  work: (tx: OfficeTransaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  let lost: Error | undefined;
  // between two statements nobody waits for an answer: without a listener a lost connection would end the process
  const onLost = (error: Error): void => void (lost ??= error);
  client.on('error', onLost);
  try {
    await client.query('BEGIN');
    const began = await client.query<Beginning>({ name: 'begin', text: BEGIN, values: [office] });
    const result = await work(transaction(client, office, began.rows[0]));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    broken = lost ?? (await rollback(client));
    throw lost ?? error; // what the server said last says more than that nothing can be asked any more
  } finally {
    client.off('error', onLost);
    client.release(broken ?? lost);
  }
}

/** The office's time at this moment of the transaction: after a lock, later than whatever the lock waited for. */
export async function officeNow(tx: OfficeTransaction): Promise<Instant> {
  const [row] = await tx.query<{ now: number }>('now', 'SELECT office_now_ms() AS now', []);
  return instant(row?.now ?? Number.NaN);
}

/** @returns the error of a connection that must not go back into the pool */
async function rollback(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error('rollback failed');
  }
}

interface Beginning {
  now: number;
  scale: number;
  seen: string;
}

function transaction(client: PoolClient, office: OfficeId, began: Beginning | undefined): OfficeTransaction {
  return {
    office,
    beganAt: instant(began?.now ?? Number.NaN),
    scale: began?.scale ?? Number.NaN,
    seen: began?.seen ?? '',
    async query<Row extends QueryResultRow>(name: string, text: string, values: unknown[]) {
      const result = await client.query<Row>({ name, text, values });
      return result.rows;
    },
  };
}
