import { parseInstant } from '../../domain/time.ts';
import type { Api } from './harness.ts';

/** The office's clock of a simulation database stands still from here on, so that a test can say each millisecond. */
export async function stopClock({ db }: Api): Promise<void> {
  await db.admin.query('ALTER TABLE simulation_clock DISABLE TRIGGER USER');
  await db.admin.query(
    `CREATE OR REPLACE FUNCTION office_now() RETURNS TIMESTAMPTZ LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public
       AS 'SELECT office_base FROM simulation_clock'`,
  );
}

/** `2026-03-02T09:00` and finer, at the office. */
export async function setTime({ db }: Api, text: string): Promise<void> {
  await db.admin.query('UPDATE simulation_clock SET office_base = to_timestamp($1 / 1000.0)', [
    parseInstant(`${text.length === 16 ? `${text}:00` : text}+08:00`),
  ]);
}
