import type { Calendar } from '../domain/clock/calendar.ts';
import { canonical } from '../proof/canonical.ts';
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

/** Makes a version the one in force, for what is reckoned from now on. */
export async function storeCalendar(tx: OfficeTransaction, calendar: Calendar): Promise<void> {
  const content = canonical(calendar);
  await tx.query('new_calendar', 'INSERT INTO calendar VALUES ($1, $2, $3)', [tx.office, calendar.version, content]);
}

/** Has a version applied to the clocks that run already, by the loop that does so. */
export async function applyToRunning(tx: OfficeTransaction, version: number): Promise<void> {
  await tx.query('new_calendar_run', 'INSERT INTO calendar_run (office_id, version) VALUES ($1, $2)', [
    tx.office,
    version,
  ]);
}
