import * as fc from 'fast-check';
import { type Calendar, validateCalendar } from '../../../domain/clock/calendar.ts';
import { reckon, type Terms } from '../../../domain/clock/due.ts';
import { ledger } from '../../../domain/clock/ledger.ts';
import { dayNumber, dayOf, formatDay, yearOf } from '../../../domain/time.ts';
import { anyTerms } from './cases.ts';
import { oracle } from './oracle.ts';

/** Terms tried under each calendar: a fresh one for each would let the oracle remember nothing. */
export const TERMS_OF_A_CALENDAR = 20;

const YEARS = [2024, 2025, 2026, 2027];
const dates = fc
  .integer({ min: dayOf('2024-01-01'), max: dayOf('2027-12-31') })
  .map((day) => formatDay(dayNumber(day)));
const edges = fc.uniqueArray(fc.integer({ min: 0, max: 1440 }), { minLength: 2, maxLength: 6 });

/** Any days off and worked in any years, published or not, and any office hours of a day. */
const calendars: fc.Arbitrary<Calendar> = fc
  .record({
    free: fc.uniqueArray(dates, { maxLength: 120 }),
    worked: fc.uniqueArray(dates, { maxLength: 40 }),
    unpublished: fc.constantFrom(...YEARS, null),
    edges: fc.oneof({ weight: 3, arbitrary: fc.constant([510, 720, 840, 1050]) }, { weight: 1, arbitrary: edges }),
  })
  .map(({ free, worked, unpublished, edges: found }) => {
    const rising = found.toSorted((a, b) => a - b);
    const hours = rising.flatMap((from, at) =>
      at % 2 === 0 && rising[at + 1] !== undefined ? [{ from, to: rising[at + 1] ?? 0 }] : [],
    );
    const of = (all: string[], year: number): string[] => all.filter((date) => yearOf(dayOf(date)) === year);
    const years = YEARS.filter((year) => year !== unpublished).map((year) => ({
      year,
      published: true,
      holidays: of(free, year).filter((date) => !worked.includes(date)),
      makeUpWorkdays: of(worked, year),
    }));
    return { version: 1, hours, years };
  });

function differs(calendar: Calendar, slow: ReturnType<typeof oracle>, terms: Terms): boolean {
  const { due, thresholds } = reckon(terms, calendar);
  const told = ledger(terms, calendar);
  const expected = slow(terms);
  return (
    JSON.stringify([...thresholds, due]) !== JSON.stringify(expected) || told.entries.at(-1)?.to !== expected.at(-1)
  );
}

/** What was found: the first difference, made as small as it gets, or nothing. */
export interface Compared {
  cases: number;
  difference: string | null;
}

/** Random calendars, each with random limits, starts, pauses and shares: fast against slow. `step` after each calendar. */
export function compare(seed: number, calendarsTried: number, step: () => void = () => undefined): Compared {
  const agrees = fc.property(
    calendars,
    fc.array(anyTerms, { minLength: TERMS_OF_A_CALENDAR, maxLength: TERMS_OF_A_CALENDAR }),
    (calendar, all) => {
      step();
      const problems = validateCalendar(calendar);
      if (problems.length > 0)
        throw new Error(`the generator made an invalid calendar: ${problems.map(({ en }) => en).join('; ')}`);
      const slow = oracle(calendar);
      return !all.some((terms) => differs(calendar, slow, terms));
    },
  );
  const found = fc.check(agrees, { seed, numRuns: calendarsTried });
  const [calendar, all = []] = found.counterexample ?? [];
  const first = calendar && all.find((terms) => differs(calendar, oracle(calendar), terms));
  const difference = found.failed ? JSON.stringify({ calendar, terms: first }) : null;
  return { cases: found.numRuns * TERMS_OF_A_CALENDAR, difference };
}
