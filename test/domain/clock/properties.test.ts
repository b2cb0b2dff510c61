import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { officeTime } from '../../../domain/clock/calendar.ts';
import { dueInstant, type LimitKind, type Pause, reckon, type Terms } from '../../../domain/clock/due.ts';
import { dayNumber, type Instant, instant, shanghaiDay, startOfDay } from '../../../domain/time.ts';
import { anyTerms, calendar, closedPauses, KINDS, termsOf } from './cases.ts';

const settings = { seed: 42, numRuns: 500 };

function holds<T>(arbitrary: fc.Arbitrary<T>, claim: (value: T) => void): void {
  fc.assert(fc.property(arbitrary, claim), settings);
}

/** Due instant where no pause is open. */
function due(terms: Terms): Instant {
  const found = dueInstant(terms, calendar);
  if (found === null) throw new Error('no due instant without an open pause');
  return found;
}

/** Counting time of the kind in [from, to), straight from the calendar. */
function counting(kind: LimitKind, from: number, to: number): number {
  if (from >= to) return 0;
  if (kind === 'urgent_hour' || kind === 'natural_day') return to - from;
  const [first, last] = [shanghaiDay(instant(from)), shanghaiDay(instant(to))];
  return Array.from({ length: last - first + 1 }, (_, index) => officeTime(calendar, dayNumber(first + index)))
    .flat()
    .reduce((sum, span) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)), 0);
}

function origin({ limit: { kind }, start }: Terms): number {
  return kind.endsWith('day') ? startOfDay(dayNumber(shanghaiDay(start) + 1)) : start;
}

const withOnePause = termsOf().chain((terms) =>
  closedPauses(terms.start).map((pause): [Terms, Pause] => [terms, pause]),
);

test('a larger amount is due later', () => {
  holds(termsOf(), (terms) => {
    const more = { ...terms, limit: { ...terms.limit, amount: terms.limit.amount + 1 } };
    expect(due(more)).toBeGreaterThan(due(terms));
  });
});

test('a later start is never due earlier', () => {
  holds(fc.tuple(termsOf(), fc.integer({ min: 0, max: 9_000_000 })), ([terms, later]) => {
    expect(due({ ...terms, start: instant(terms.start + later) })).toBeGreaterThanOrEqual(due(terms));
  });
});

test('one pause takes away exactly the counting time inside it', () => {
  holds(withOnePause, ([terms, pause]) => {
    const plain = due({ ...terms, pauses: [] });
    const paused = due({ ...terms, pauses: [pause] });
    const { kind } = terms.limit;
    const lost = pause.from < plain ? counting(kind, Math.max(pause.from, origin(terms)), pause.to ?? Number.NaN) : 0;
    expect(counting(kind, plain, paused)).toBe(lost);
  });
});

test('a pause more is never due earlier', () => {
  holds(withOnePause, ([terms, pause]) => {
    expect(due({ ...terms, pauses: [...terms.pauses, pause] })).toBeGreaterThanOrEqual(due(terms));
  });
});

test('the order of the pauses does not matter, and none is counted twice', () => {
  holds(anyTerms, (terms) => {
    const again = { ...terms, pauses: [...terms.pauses.toReversed(), ...terms.pauses] };
    expect(reckon(again, calendar)).toEqual(reckon(terms, calendar));
  });
});

test('a pause of no length changes nothing', () => {
  holds(withOnePause, ([terms, { from }]) => {
    expect(due({ ...terms, pauses: [...terms.pauses, { from, to: from }] })).toBe(due(terms));
  });
});

test('a pause cut in two that touch is one pause', () => {
  holds(fc.tuple(withOnePause, fc.integer({ min: 0, max: 10_000 })), ([[terms, { from, to }], part]) => {
    const cut = instant(from + Math.floor((((to ?? from) - from) * part) / 10_000));
    const pieces = [
      { from, to: cut },
      { from: cut, to },
    ];
    expect(due({ ...terms, pauses: pieces })).toBe(due({ ...terms, pauses: [{ from, to }] }));
  });
});

test('a limit in office time ends inside office time or at one of its closings, never at an opening', () => {
  holds(termsOf(['work_hour', 'work_day']), (terms) => {
    const end = due(terms);
    const spans = officeTime(calendar, shanghaiDay(end));
    expect(spans.some(({ from, to }) => from < end && end <= to)).toBe(true);
  });
});

test('a warning of a limit in office time comes in office time or at a closing, so that nobody is reminded at night', () => {
  holds(termsOf(['work_hour', 'work_day']), (terms) => {
    for (const warning of reckon(terms, calendar).thresholds) {
      const spans = officeTime(calendar, shanghaiDay(instant(Number(warning))));
      expect(spans.some(({ from, to }) => from < Number(warning) && Number(warning) <= to)).toBe(true);
    }
  });
});

test('a working day without a pause ends at a closing, a calendar day at midnight', () => {
  holds(termsOf(['work_day', 'natural_day']), ({ limit, start }) => {
    const end = due({ limit, start, pauses: [], shares: [] });
    const closing = limit.kind === 'natural_day' ? 0 : 1050 * 60_000;
    expect(end - startOfDay(shanghaiDay(end))).toBe(closing);
  });
});

test('the whole share is the due instant, also under an open pause', () => {
  holds(anyTerms, (terms) => {
    const found = reckon({ ...terms, shares: [10_000] }, calendar);
    expect(found.thresholds).toEqual([found.due]);
  });
});

test('thresholds rise with their shares and keep the order in which they were asked', () => {
  holds(termsOf(), (terms) => {
    const { thresholds } = reckon(terms, calendar);
    const rising = [...terms.shares].sort((a, b) => a - b);
    const sorted = thresholds.map(Number).sort((a, b) => a - b);
    expect(reckon({ ...terms, shares: rising }, calendar).thresholds).toEqual(sorted);
    terms.shares.forEach((share, index) => expect(thresholds[index]).toBe(sorted[rising.indexOf(share)]));
  });
});

test('a threshold lies where its share of the counting time has passed', () => {
  holds(termsOf(), (terms) => {
    const plain = { ...terms, pauses: [], shares: [8000] };
    const { due: end, thresholds } = reckon(plain, calendar);
    const budget = counting(terms.limit.kind, origin(terms), Number(end));
    expect(counting(terms.limit.kind, origin(terms), Number(thresholds[0]))).toBe((budget * 8) / 10);
  });
});

test('the arguments are left as they were', () => {
  holds(anyTerms, (terms) => {
    const before = JSON.stringify([terms, calendar]);
    reckon(terms, calendar);
    expect(JSON.stringify([terms, calendar])).toBe(before);
  });
});

test('every kind is tried', () => {
  const seen = fc.sample(termsOf(), settings).map(({ limit }) => limit.kind);
  expect([...new Set(seen)].sort()).toEqual([...KINDS].sort());
});
