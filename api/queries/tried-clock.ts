import type { z } from 'zod';
import type { Calendar } from '../../domain/clock/calendar.ts';
import { reckon, type Terms } from '../../domain/clock/due.ts';
import { formatInstant, type Instant, parseInstant } from '../../domain/time.ts';
import { calendarInForce, calendarOf } from '../../record/calendars.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { TriedClock, TryClock } from '../contract/clocks.ts';
import { Problem } from '../problem.ts';
import type { Language } from '../words/say.ts';
import { viewLedger } from './clocks.ts';

type Asked = z.output<typeof TryClock>;

/** When a limit would end, and why; stores nothing. @throws Problem when there is no such calendar, pause or end */
export async function tryClock(
  tx: OfficeTransaction,
  asked: Asked,
  language: Language,
): Promise<z.output<typeof TriedClock>> {
  const calendar = asked.calendar === undefined ? await calendarInForce(tx) : await calendarOf(tx, asked.calendar);
  if (!calendar) throw new Problem('calendar-not-found');
  const terms = readTerms(asked);
  return reckoned(terms, calendar, language);
}

function readTerms({ start, limit, pauses, shares }: Asked): Terms {
  const read = pauses.map(({ from, to }) => ({ from: parseInstant(from), to: to === null ? null : parseInstant(to) }));
  const backwards = read.findIndex(({ from, to }) => to !== null && to < from);
  if (backwards >= 0) throw new Problem('pause-ends-before-it-begins', { details: { pause: backwards + 1 } });
  return { start: parseInstant(start), limit, pauses: read, shares };
}

/** Everything else that `reckon` refuses was refused by the shape. */
function reckoned(terms: Terms, calendar: Calendar, language: Language): z.output<typeof TriedClock> {
  try {
    const { due, thresholds, provisional } = reckon(terms, calendar);
    return {
      calendar: calendar.version,
      due: written(due),
      provisional,
      thresholds: thresholds.map((at, index) => ({ share: terms.shares[index] ?? 0, at: written(at) })),
      ledger: viewLedger(terms, calendar, language),
    };
  } catch (error) {
    if (error instanceof RangeError) throw new Problem('limit-beyond-calendar');
    throw error;
  }
}

const written = (at: Instant | null): string | null => (at === null ? null : formatInstant(at));
