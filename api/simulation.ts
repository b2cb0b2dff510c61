import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { type ItemId, itemId, type OfficeId } from '../domain/ids.ts';
import { formatInstant, type Instant, instant } from '../domain/time.ts';
import { type OfficeTransaction, withOffice } from '../record/office.ts';
import type { Deps } from './deps.ts';
import { Problem } from './problem.ts';

const LOOK_EVERY = 40;
/** Wakes are repeated meanwhile: one may have been lost, or have come before its workflow could see the new time. */
const LOOKS_UNTIL_WAKE = 25;
export const LOOKS_WITHOUT_PROGRESS = 1_500;

export interface Advanced {
  now: Instant;
  fired: number;
  instants: number;
}

/**
 * Sets the clock of a simulation to one instant after another at which the office's items owe something, wakes those
 * items and waits until none owes, then to `to`. A step that is stuck owes at its next try and holds nobody up.
 * @throws Problem not-a-simulation, time-in-past, workflows-behind
 */
export async function advance(
  { pool, wake }: Pick<Deps, 'pool' | 'wake'>,
  office: OfficeId,
  to: Instant,
  patience = LOOKS_WITHOUT_PROGRESS,
): Promise<Advanced> {
  const inOffice = async <T>(work: (tx: OfficeTransaction) => Promise<T>): Promise<T> =>
    await withOffice(pool, office, work);
  const started = await inOffice(readClock);
  if (!started.simulation) throw new Problem('not-a-simulation');
  if (to < started.now) throw new Problem('time-in-past', { details: { now: formatInstant(started.now) } });
  let [fired, instants] = [0, 0];
  for (;;) {
    const next = await inOffice(nextFiring);
    const last = next === null || next >= to;
    await inOffice(async (tx) => await setClock(tx, last ? to : next));
    const handled = await settle(pool, office, wake, patience);
    fired += handled;
    if (handled > 0) instants += 1;
    if (last) break;
  }
  return { now: (await inOffice(readClock)).now, fired, instants };
}

async function readClock(tx: OfficeTransaction): Promise<{ now: Instant; simulation: boolean }> {
  const [row] = await tx.query<{ now: number; simulation: boolean }>(
    'api_clock',
    'SELECT office_now_ms() AS now, simulation FROM simulation_clock',
    [],
  );
  return { now: instant(row?.now ?? Number.NaN), simulation: row?.simulation === true };
}

/** The earliest instant at which an item of the office owes something; null when none ever will. */
async function nextFiring(tx: OfficeTransaction): Promise<Instant | null> {
  const [row] = await tx.query<{ next: number | null }>(
    'api_next_firing',
    `SELECT least((SELECT min(next_due) FROM item WHERE office_id = $1),
       (SELECT min(at) FROM queued_command WHERE office_id = $1 AND status = 'queued')) AS next`,
    [tx.office],
  );
  return row?.next == null ? null : instant(row.next);
}

/** The clock only goes on: where it is past the instant already, because time passes meanwhile, it stays. */
async function setClock(tx: OfficeTransaction, at: Instant): Promise<void> {
  await tx.query(
    'api_set_clock',
    `UPDATE simulation_clock SET office_base = greatest(office_now(), to_timestamp($1 / 1000.0)), real_base = clock_timestamp()`,
    [at],
  );
}

/** Wakes what owes until nothing does. @returns how many items owed */
async function settle(pool: Pool, office: OfficeId, wake: Deps['wake'], patience: number): Promise<number> {
  const woken = new Set<ItemId>();
  let [before, idle] = ['', 0];
  for (let look = 0; ; look += 1) {
    const owing = await withOffice(pool, office, owingNow);
    if (owing.length === 0) return woken.size;
    for (const { id } of owing)
      if (!woken.has(id) || look % LOOKS_UNTIL_WAKE === 0) {
        woken.add(id);
        wake(office, id);
      }
    const standing = JSON.stringify(owing);
    idle = standing === before ? idle + 1 : 0;
    before = standing;
    if (idle > patience) throw new Problem('workflows-behind', { headers: { 'retry-after': '5' } });
    await sleep(LOOK_EVERY);
  }
}

async function owingNow(tx: OfficeTransaction): Promise<{ id: ItemId; rev: number; due: number | null }[]> {
  const rows = await tx.query<{ id: string; rev: number; due: number | null }>(
    'api_owing',
    `SELECT id, rev, next_due AS due FROM item i WHERE office_id = $1 AND (next_due <= office_now_ms() OR EXISTS (
       SELECT 1 FROM queued_command q WHERE q.office_id = i.office_id AND q.target = i.id AND q.status = 'queued'
         AND NOT EXISTS (SELECT 1 FROM stuck s WHERE s.office_id = i.office_id AND s.item_id = i.id AND s.step LIKE 'queued:%')))
     UNION ALL
     SELECT target, 0, min(at) FROM queued_command q WHERE office_id = $1 AND status = 'queued'
       AND NOT EXISTS (SELECT 1 FROM item i WHERE i.office_id = q.office_id AND i.id = q.target) GROUP BY target
     ORDER BY id`,
    [tx.office],
  );
  return rows.map(({ id, rev, due }) => ({ id: itemId(id), rev, due }));
}
