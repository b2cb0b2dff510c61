import { describe, expect, test } from 'vitest';
import { type Limit, type LimitKind, type Pause, reckon, type Reckoning } from '../../../domain/clock/due.ts';
import { formatInstant, type Instant } from '../../../domain/time.ts';
import { at, calendar, pause } from './cases.ts';

const MONDAY = at('2026-03-02T09:00:00');

function ask(limit: Limit, start: Instant = MONDAY, pauses: Pause[] = [], shares: number[] = []): Reckoning {
  return reckon({ limit, start, pauses, shares }, calendar);
}

function dueText(limit: Limit, start?: Instant): string {
  const { due } = ask(limit, start);
  return due === null ? 'null' : formatInstant(due);
}

describe('refusals', () => {
  test.each([0, -1, 1.5, 10_000, Number.NaN])('an amount of %s is refused', (amount) => {
    expect(() => ask({ kind: 'work_hour', amount })).toThrow(
      /^the amount of a limit is a whole number from 1 to 9999$/,
    );
  });

  test.each([0, -1, 10_001, 0.8, Number.NaN])('a share of %s is refused', (share) => {
    expect(() => ask({ kind: 'work_hour', amount: 1 }, MONDAY, [], [8000, share])).toThrow(
      /^a share of a limit is a whole number of ten-thousandths from 1 to 10000$/,
    );
  });

  test('a pause that ends before it begins is refused, even one after the due instant', () => {
    const backwards = pause('2026-05-06T10:00:00.001', '2026-05-06T10:00:00');
    expect(() => ask({ kind: 'work_hour', amount: 1 }, MONDAY, [backwards])).toThrow(/^a pause ends before it begins$/);
  });

  test('a kind that is not known is refused', () => {
    const limit = { kind: 'minute', amount: 1 } as unknown as Limit; // as JSON could bring it
    expect(() => ask(limit)).toThrow(RangeError);
  });

  test.each<LimitKind>(['urgent_hour', 'work_hour', 'work_day', 'natural_day'])(
    'a limit in %s that ends after 2099 is refused, also when it could begin only then',
    (kind) => {
      const text = /^the limit would end after 2099$/;
      expect(() => ask({ kind, amount: 9999 }, at('2099-03-02T09:00:00'))).toThrow(text);
      expect(() => ask({ kind, amount: 9999 }, at('2099-12-31T23:59:59.999'))).toThrow(text);
    },
  );

  test('a pause that leaves no room before 2100 is refused', () => {
    const long = pause('2026-03-02T09:30:00', '2099-12-31T17:00:00');
    expect(() => ask({ kind: 'work_hour', amount: 2 }, MONDAY, [long])).toThrow(/^the limit would end after 2099$/);
  });
});

describe('large limits', () => {
  test('9999 of each kind end where their days are counted', () => {
    expect(dueText({ kind: 'natural_day', amount: 9999 })).toBe('2053-07-18T00:00:00+08:00');
    expect(dueText({ kind: 'urgent_hour', amount: 9999 })).toBe('2027-04-23T00:00:00+08:00');
    expect(dueText({ kind: 'work_hour', amount: 9999 })).toBe('2031-09-02T12:00:00+08:00');
    expect(dueText({ kind: 'work_day', amount: 9999 })).toBe('2064-07-09T17:30:00+08:00');
  });

  test('the last office hour of 2099 can still be used', () => {
    expect(dueText({ kind: 'work_day', amount: 1 }, at('2099-12-30T09:00:00'))).toBe('2099-12-31T17:30:00+08:00');
  });

  test('a calendar without office hours ends in a refusal, not in a loop', () => {
    const terms = { start: MONDAY, pauses: [], shares: [] };
    const none = { ...calendar, hours: [] };
    expect(() => reckon({ ...terms, limit: { kind: 'work_hour', amount: 1 } }, none)).toThrow(RangeError);
    expect(() => reckon({ ...terms, limit: { kind: 'work_day', amount: 1 } }, none)).toThrow(RangeError);
  });
});

describe('open pauses', () => {
  test('the earliest of several decides', () => {
    const pauses = [pause('2026-03-03T09:00:00', null), pause('2026-03-02T10:00:00', null)];
    const { due, thresholds } = ask({ kind: 'work_hour', amount: 4 }, MONDAY, pauses, [2500, 2501]);
    expect({ due, thresholds }).toEqual({ due: null, thresholds: [at('2026-03-02T10:00:00'), null] });
  });

  test('from the due instant on it has no effect, a millisecond earlier it has', () => {
    const limit: Limit = { kind: 'work_hour', amount: 3 };
    expect(ask(limit, MONDAY, [pause('2026-03-02T12:00:00', null)]).due).toBe(at('2026-03-02T12:00:00'));
    expect(ask(limit, MONDAY, [pause('2026-03-02T11:59:59.999', null)]).due).toBeNull();
  });

  test('before the origin it keeps everything from being reached, with no refusal', () => {
    const early = [pause('2026-03-01T09:00:00', null)];
    expect(ask({ kind: 'work_day', amount: 9999 }, MONDAY, early, [1])).toEqual({
      due: null,
      thresholds: [null],
      provisional: false,
    });
    expect(ask({ kind: 'urgent_hour', amount: 1 }, MONDAY, early, [1]).thresholds).toEqual([null]);
  });
});

describe('provisional', () => {
  test('only a limit in office time whose years are not all published', () => {
    const start = at('2026-12-31T16:00:00');
    expect(ask({ kind: 'work_hour', amount: 1 }, start).provisional).toBe(false);
    expect(ask({ kind: 'work_hour', amount: 3 }, start).provisional).toBe(true);
    expect(ask({ kind: 'urgent_hour', amount: 999 }, start).provisional).toBe(false);
    expect(ask({ kind: 'natural_day', amount: 99 }, start).provisional).toBe(false);
  });

  test('the year of the start counts although nothing counts in it', () => {
    const published = { ...calendar, years: calendar.years.filter(({ year }) => year !== 2025) };
    const terms = { start: at('2025-12-31T20:00:00'), pauses: [], shares: [] };
    expect(reckon({ ...terms, limit: { kind: 'work_day', amount: 1 } }, published).provisional).toBe(true);
  });

  test('an unpublished year between start and due counts too', () => {
    const published = { ...calendar, years: calendar.years.filter(({ year }) => year !== 2025) };
    const terms = { start: at('2024-12-02T09:00:00'), pauses: [], shares: [] };
    expect(reckon({ ...terms, limit: { kind: 'work_day', amount: 290 } }, published).due).toBeGreaterThan(
      at('2026-01-01T00:00:00'),
    );
    expect(reckon({ ...terms, limit: { kind: 'work_day', amount: 290 } }, published).provisional).toBe(true);
  });
});
