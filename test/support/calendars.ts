import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Calendar } from '../../domain/clock/calendar.ts';
import { canonical } from '../../proof/canonical.ts';
import { sha256 } from '../../proof/record.ts';
import { OFFICE } from './people.ts';

/** Two persons publish what `change` makes of the calendar in force; what comes of it is left to whoever asks. */
export async function publishCalendar(admin: Pool, change: (inForce: Calendar) => Calendar): Promise<Calendar> {
  const { rows } = await admin.query<{ content: string }>('SELECT content FROM calendar ORDER BY version DESC LIMIT 1');
  const before = JSON.parse(rows[0]?.content ?? '') as Calendar; // validated before it was stored
  const calendar = change(before);
  const content = canonical(calendar);
  await admin.query(
    `INSERT INTO draft VALUES ($1, $2, 'calendar', $3, $4, $5, 'process1', office_now_ms(), 'process2', office_now_ms(), 'published')`,
    [OFFICE, randomUUID(), before.version, content, sha256(content)],
  );
  await admin.query('INSERT INTO calendar VALUES ($1, $2, $3)', [OFFICE, calendar.version, content]);
  await admin.query('INSERT INTO calendar_run (office_id, version) VALUES ($1, $2)', [OFFICE, calendar.version]);
  return calendar;
}
