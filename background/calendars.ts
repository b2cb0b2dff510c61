import type { PoolClient } from 'pg';
import type { Logger } from 'pino';
import type { CalendarRun, Turn } from '../record/calendar-run.ts';
import type { ItemRef } from '../workflows/messages.ts';
import type { Tick } from './leader.ts';

export interface CalendarDeps {
  /** Applies a calendar to the next items of its office. */
  turn: (run: CalendarRun) => Promise<Turn>;
  /** Signals the item's workflow. @throws when Temporal does not take it */
  wake: (ref: ItemRef) => Promise<void>;
  logger: Logger;
}

/**
 * Applies each published calendar to the running clocks, item by item, until all are reckoned by it: one turn of each
 * office in every tick, so that a large office keeps no small one waiting. Of two versions of one office the older comes
 * first; what is in force is applied in either. A wake that is lost is made good by the waker.
 */
export function createCalendarLoop({ turn, wake, logger }: CalendarDeps): Tick {
  return async (lead) => {
    for (const run of await findRuns(lead)) {
      const { state, corrected, woken, skipped } = await turn(run);
      await Promise.allSettled(woken.map(async (item) => await wake({ office: run.office, item })));
      if (corrected > 0 || state === 'done') logger.info({ ...run, state, corrected }, 'a calendar is being applied');
      if (skipped.length > 0) logger.error({ ...run, skipped }, 'clocks that end after 2099 by this calendar');
    }
  };
}

async function findRuns(lead: PoolClient): Promise<CalendarRun[]> {
  const { rows } = await lead.query<CalendarRun>(
    'SELECT office_id AS office, min(version) AS version FROM calendar_run WHERE NOT done GROUP BY 1 ORDER BY 1',
  );
  return rows;
}
