import type { Calendar } from '../domain/clock/calendar.ts';
import type { OfficeTransaction } from './office.ts';

/** The calendar in force: its latest version. @throws Error when the office has none. */
export async function calendarInForce(tx: OfficeTransaction): Promise<Calendar> {
  const [row] = await tx.query<{ content: string }>(
    'calendar',
    'SELECT content FROM calendar WHERE office_id = $1 ORDER BY version DESC LIMIT 1',
    [tx.office],
  );
  if (!row) throw new Error('the office has published no calendar');
  return JSON.parse(row.content) as Calendar; // validated before it was stored
}

/** @returns undefined when the office has no such version */
export async function calendarOf(tx: OfficeTransaction, version: number): Promise<Calendar | undefined> {
  const [row] = await tx.query<{ content: string }>(
    'calendar_version',
    'SELECT content FROM calendar WHERE office_id = $1 AND version = $2',
    [tx.office, version],
  );
  return row ? (JSON.parse(row.content) as Calendar) : undefined; // as above
}
