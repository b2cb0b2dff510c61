import { formatDay, type Instant, shanghaiDay } from '../domain/time.ts';
import type { OfficeTransaction } from './office.ts';

/** The number that people use: office, year, running number. One row per office and year, so that none is given twice. */
export async function nextCaseCode(tx: OfficeTransaction, at: Instant): Promise<string> {
  const year = Number(formatDay(shanghaiDay(at)).slice(0, 4));
  const [row] = await tx.query<{ last: number }>(
    'case_number',
    `INSERT INTO case_number (office_id, year, last) VALUES ($1, $2, 1)
       ON CONFLICT (office_id, year) DO UPDATE SET last = case_number.last + 1 RETURNING last`,
    [tx.office, year],
  );
  return `${tx.office}-${year}-${String(row?.last).padStart(6, '0')}`;
}
