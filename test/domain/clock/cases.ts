import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import type { Calendar } from '../../../domain/clock/calendar.ts';
import type { Limit, LimitKind, Pause, Terms } from '../../../domain/clock/due.ts';
import { dayNumber, dayOf, type Instant, instant, parseInstant, startOfDay } from '../../../domain/time.ts';

const sample = new URL('../../../prisma/sample/calendar.json', import.meta.url);
export const calendar = JSON.parse(readFileSync(sample, 'utf8')) as Calendar; // the test of its validity is in calendar.test.ts

const MINUTE = 60_000;
export const KINDS: LimitKind[] = ['urgent_hour', 'work_hour', 'work_day', 'natural_day'];

export function at(text: string): Instant {
  return parseInstant(`${text}+08:00`);
}

export function pause(from: string, to: string | null): Pause {
  return { from: at(from), to: to === null ? null : at(to) };
}

/** Days around holidays and any days, crowded minutes where an office day begins or ends, whole minutes or odd seconds. */
const special = calendar.years.flatMap(({ holidays, makeUpWorkdays }) => [...holidays, ...makeUpWorkdays]).map(dayOf);
const days = fc.oneof(
  fc.tuple(fc.constantFrom(...special), fc.integer({ min: -3, max: 1 })).map(([day, shift]) => day + shift),
  fc.integer({ min: dayOf('2024-01-05'), max: dayOf('2027-06-30') }),
);
const minutes = fc.oneof(fc.constantFrom(0, 510, 720, 840, 1050, 1439), fc.integer({ min: 0, max: 1439 }));
const odd = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 59_999 }) },
);

export const starts = fc
  .tuple(days, minutes, odd)
  .map(([day, minute, ms]) => instant(startOfDay(dayNumber(day)) + minute * MINUTE + ms));

export function limits(kinds = KINDS): fc.Arbitrary<Limit> {
  const largest = { urgent_hour: 72, work_hour: 40, work_day: 30, natural_day: 30 };
  return fc
    .constantFrom(...kinds)
    .chain((kind) => fc.integer({ min: 1, max: largest[kind] }).map((amount) => ({ kind, amount })));
}

const lengths = fc
  .tuple(fc.constantFrom(0, 5 * 60, 30 * 60, 12 * 1440), fc.double({ min: 0, max: 1, noNaN: true }), odd)
  .map(([most, part, ms]) => Math.floor(most * part) * MINUTE + (most === 0 ? 0 : ms));

export function closedPauses(start: Instant): fc.Arbitrary<Pause> {
  return fc.tuple(fc.integer({ min: -120, max: 12 * 1440 }), lengths, odd).map(([after, length, ms]) => {
    const from = start - (start % MINUTE) + after * MINUTE + ms;
    return { from: instant(from), to: instant(from + length) };
  });
}

export function termsOf(kinds = KINDS): fc.Arbitrary<Terms> {
  return starts.chain((start) =>
    fc.record({
      limit: limits(kinds),
      start: fc.constant(start),
      pauses: fc.array(closedPauses(start), { maxLength: 3 }),
      shares: fc.array(fc.integer({ min: 1, max: 10_000 }), { maxLength: 3 }),
    }),
  );
}

/** As `termsOf`, and now and then the first pause is still open. */
export const anyTerms = fc.tuple(termsOf(), fc.integer({ min: 0, max: 9 })).map(([terms, dice]) => ({
  ...terms,
  pauses: terms.pauses.map((pause, index) => (dice === 0 && index === 0 ? { ...pause, to: null } : pause)),
}));
