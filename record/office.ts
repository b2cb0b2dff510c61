import type { Pool, PoolClient, QueryResultRow } from 'pg';
import type { OfficeId } from '../domain/ids.ts';

/** A transaction that sees one office and nothing else. */
export interface OfficeTransaction {
  office: OfficeId;
  /** A prepared statement: `name` is the plan's name on the connection. */
  query<Row extends QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]>;
}

/**
 * The one way to the tables of an office: READ COMMITTED, the office named for this transaction only, so that a
 * pooled connection carries no office.
 */
export async function withOffice<T>(pool: Pool, office: OfficeId, work: (tx: OfficeTransaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    await client.query({ name: 'office', text: "SELECT set_config('app.office', $1, true)", values: [office] });
    const result = await work(transaction(client, office));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    broken = await rollback(client);
    throw error;
  } finally {
    client.release(broken);
  }
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

function transaction(client: PoolClient, office: OfficeId): OfficeTransaction {
  return {
    office,
    async query<Row extends QueryResultRow>(name: string, text: string, values: unknown[]) {
      const result = await client.query<Row>({ name, text, values });
      return result.rows;
    },
  };
}
