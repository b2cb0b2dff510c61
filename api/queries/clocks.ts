import type { z } from 'zod';
import type { Calendar } from '../../domain/clock/calendar.ts';
import type { Terms } from '../../domain/clock/due.ts';
import { ledger } from '../../domain/clock/ledger.ts';
import { light } from '../../domain/clock/light.ts';
import { clockIn, termsOf } from '../../domain/process/clocks.ts';
import type { RunningClock } from '../../domain/process/state.ts';
import { formatInstant, type Instant, instant } from '../../domain/time.ts';
import { calendarOf } from '../../record/calendars.ts';
import type { LoadedItem } from '../../record/load-item.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { LedgerView } from '../contract/clocks.ts';
import type { Clocks } from '../contract/items.ts';
import { sayEntry, sayLedger } from '../words/ledger.ts';
import type { Language } from '../words/say.ts';

type View = z.output<typeof Clocks>;

/** The running clocks of a case, as they stand at this instant, each with the reason of its due instant. */
export async function readClocks(tx: OfficeTransaction, item: LoadedItem, language: Language): Promise<View> {
  const at = instant(Math.max(tx.beganAt, item.lastAt));
  const ownerOf = (clock: RunningClock): string => clockIn(item.plan, clock.id)?.owner ?? 'unit';
  const clocks: View['clocks'] = [];
  for (const clock of item.state.clocks) {
    const calendar = await calendarOf(tx, clock.calendar);
    if (!calendar) throw new Error(`clock ${clock.id} was reckoned by a calendar that is not there`);
    clocks.push({ ...view(clock, ownerOf(clock), at), ledger: viewLedger(termsOf(clock), calendar, language) });
  }
  return { now: formatInstant(at), clocks };
}

function view(clock: RunningClock, owner: string, at: Instant): Omit<View['clocks'][number], 'ledger'> {
  const { id, run, startedAt, due, limit, provisional, levels, level, pauses, calendar } = clock;
  const [firstWarning] = levels.slice(0, -1);
  return {
    id,
    owner,
    run,
    startedAt: formatInstant(startedAt),
    due: due === null ? null : formatInstant(due),
    paused: pauses.some(({ to }) => to === null),
    limit,
    provisional,
    light: light(at, firstWarning ?? null, due),
    levels: levels.map((reached, index) => ({
      level: index + 1,
      at: reached === null ? null : formatInstant(reached),
      kind: index === levels.length - 1 ? 'due' : 'warning',
      recorded: index < level,
    })),
    calendar,
  };
}

/** More than half a year of working days; who asks about ten years wants no list of every lunch. */
const MOST_ENTRIES = 1_000;

/** Why it is due then, for people. @throws RangeError as `ledger` does */
export function viewLedger(
  terms: Omit<Terms, 'shares'>,
  calendar: Calendar,
  language: Language,
): z.output<typeof LedgerView> {
  const found = ledger(terms, calendar);
  return {
    text: sayLedger(terms, found, language),
    origin: formatInstant(found.origin),
    budgetMs: found.budget,
    usedMs: found.used,
    entries: found.entries.slice(0, MOST_ENTRIES).map((entry) => ({
      from: formatInstant(entry.from),
      to: entry.to === null ? null : formatInstant(entry.to),
      reason: entry.reason,
      countedMs: entry.counted,
      usedMs: entry.used,
      lostMs: entry.lost ?? null,
      provisional: entry.provisional ?? false,
      text: sayEntry(entry, language),
    })),
    more: Math.max(0, found.entries.length - MOST_ENTRIES),
  };
}
