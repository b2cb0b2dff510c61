import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Limit, type Pause, reckon, type Terms } from '../../../domain/clock/due.ts';
import { type Entry, ledger } from '../../../domain/clock/ledger.ts';
import { formatInstant } from '../../../domain/time.ts';
import { anyTerms, at, calendar, pause, termsOf } from './cases.ts';

const HOUR = 3_600_000;

function lines(limit: Limit, start: string, pauses: Pause[] = [], version = calendar): string[] {
  const short = (instant: Entry['to']): string => (instant === null ? '…' : formatInstant(instant).slice(5, 16));
  return ledger({ limit, start: at(start), pauses }, version).entries.map(
    ({ from, to, reason, counted, lost, provisional }) =>
      [`${short(from)} ${short(to)} ${reason}`, counted / HOUR, ...(lost === undefined ? [] : [`lost ${lost / HOUR}`])]
        .concat(provisional ? ['provisional'] : [])
        .join(' '),
  );
}

describe('why then', () => {
  test('four working hours from a Friday afternoon before the Spring Festival reach into a make-up Saturday', () => {
    expect(lines({ kind: 'work_hour', amount: 4 }, '2026-02-13T16:00:00')).toEqual([
      '02-13T16:00 02-13T17:30 office-hours 1.5',
      '02-13T17:30 02-14T08:30 night 0',
      '02-14T08:30 02-14T11:00 make-up-day 2.5',
    ]);
  });

  test('one working day before a holiday: the day of the start, holiday and weekend do not count', () => {
    expect(lines({ kind: 'work_day', amount: 1 }, '2026-04-30T18:00:00')).toEqual([
      '04-30T18:00 05-01T00:00 before-origin 0',
      '05-01T00:00 05-06T00:00 holiday 0',
      '05-06T00:00 05-06T08:30 night 0',
      '05-06T08:30 05-06T12:00 office-hours 3.5',
      '05-06T12:00 05-06T14:00 break 0',
      '05-06T14:00 05-06T17:30 office-hours 3.5',
    ]);
  });

  test('a pause tells what it took away, and takes nothing from the night and the break inside it', () => {
    const pauses = [pause('2026-06-15T11:00:00', '2026-06-16T15:00:00')];
    expect(lines({ kind: 'work_hour', amount: 4 }, '2026-06-15T08:30:00', pauses)).toEqual([
      '06-15T08:30 06-15T11:00 office-hours 2.5',
      '06-15T11:00 06-16T15:00 pause 0 lost 9',
      '06-16T15:00 06-16T16:30 office-hours 1.5',
    ]);
  });

  test('around the clock nothing is skipped but a pause', () => {
    const pauses = [pause('2026-02-18T00:00:00', '2026-02-18T01:00:00')];
    expect(lines({ kind: 'urgent_hour', amount: 2 }, '2026-02-17T23:30:00', pauses)).toEqual([
      '02-17T23:30 02-18T00:00 around-the-clock 0.5',
      '02-18T00:00 02-18T01:00 pause 0 lost 1',
      '02-18T01:00 02-18T02:30 around-the-clock 1.5',
    ]);
  });

  test('an open pause ends the list: what follows is not known', () => {
    const pauses = [pause('2026-06-15T10:30:00', null)];
    expect(lines({ kind: 'work_hour', amount: 4 }, '2026-06-15T08:30:00', pauses)).toEqual([
      '06-15T08:30 06-15T10:30 office-hours 2',
      '06-15T10:30 … pause 0',
    ]);
  });

  test('in a year that is not published yet each interval says so, a holiday of the sample years does not', () => {
    expect(lines({ kind: 'work_hour', amount: 4 }, '2026-12-31T16:30:00')).toEqual([
      '12-31T16:30 12-31T17:30 office-hours 1',
      '12-31T17:30 01-01T00:00 night 0',
      '01-01T00:00 01-01T08:30 night 0 provisional',
      '01-01T08:30 01-01T11:30 office-hours 3 provisional',
    ]);
  });

  test('a pause of no length is not in the list', () => {
    const pauses = [pause('2026-06-15T10:00:00', '2026-06-15T10:00:00')];
    expect(lines({ kind: 'work_hour', amount: 1 }, '2026-06-15T09:30:00', pauses)).toEqual([
      '06-15T09:30 06-15T10:30 office-hours 1',
    ]);
  });
});

function holds(claim: (terms: Terms) => void, terms: fc.Arbitrary<Terms> = anyTerms, numRuns = 1_000): void {
  fc.assert(fc.property(terms, claim), { seed: 20_260_217, numRuns });
}

test('what counts sums to the budget and ends at the instant that reckon gives (issue 5, 4)', () => {
  holds((terms) => {
    const { due, provisional } = reckon(terms, calendar);
    const found = ledger(terms, calendar);
    const sum = found.entries.reduce((all, { counted }) => all + counted, 0);
    expect([found.due, found.provisional, found.used]).toEqual([due, provisional, sum]);
    const last = found.entries.at(-1);
    expect(last?.to).toBe(due);
    if (due === null) expect(sum).toBeLessThan(found.budget);
    else expect([sum, (last?.counted ?? 0) > 0]).toEqual([found.budget, true]);
  });
});

test('it begins at the start, leaves no gap and never says the same twice in a row', () => {
  holds((terms) => {
    const { entries } = ledger(terms, calendar);
    entries.forEach((entry, index) => {
      const before = entries[index - 1];
      expect(entry.from).toBe(before ? before.to : terms.start);
      expect(entry.to === null || entry.to > entry.from).toBe(true);
      expect([entry.reason, entry.provisional]).not.toEqual([before?.reason, before?.provisional]);
    });
  }, termsOf());
});

test('what the pauses took away is what the due instant moved by, in the time that counts', () => {
  holds(
    (terms) => {
      const found = ledger(terms, calendar);
      const lost = found.entries.reduce((all, entry) => all + (entry.lost ?? 0), 0);
      expect(countedUntil(terms, found.due)).toBe(found.budget + lost);
    },
    termsOf(),
    300,
  );
});

/** What of the limit's kind of time lies between its origin and an instant, from the ledger of a longer limit without a pause. */
function countedUntil({ limit, start }: Terms, end: number | null): number {
  const longer = ledger({ limit: { ...limit, amount: limit.amount + 300 }, start, pauses: [] }, calendar);
  return longer.entries
    .filter(({ counted }) => counted > 0)
    .reduce((sum, { from, to }) => sum + Math.max(0, Math.min(end ?? 0, to ?? 0) - from), 0);
}
