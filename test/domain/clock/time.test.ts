import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dayNumber,
  dayOf,
  findDay,
  formatDay,
  formatInstant,
  instant,
  lastDayOf,
  parseInstant,
  shanghaiDay,
  startOfDay,
  yearOf,
} from '../../../domain/time.ts';

const [FIRST, END] = [Date.parse('2000-01-01T00:00:00+08:00'), Date.parse('2100-01-01T00:00:00+08:00')];
const instants = fc.integer({ min: FIRST, max: END - 1 });

describe('instants', () => {
  test.each([FIRST - 1, END, 1.5, Number.NaN, Infinity])('%s is refused', (ms) => {
    expect(() => instant(ms)).toThrow(RangeError);
  });

  test('the first and the last millisecond are instants', () => {
    expect([instant(FIRST), instant(END - 1)].map(formatInstant)).toEqual([
      '2000-01-01T00:00:00+08:00',
      '2099-12-31T23:59:59.999+08:00',
    ]);
  });

  test('what is written is read back, and is what the platform reads', () => {
    fc.assert(
      fc.property(instants, (ms) => {
        const text = formatInstant(instant(ms));
        expect([parseInstant(text), Date.parse(text)]).toEqual([ms, ms]);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  test('a fraction is written only where there is one', () => {
    const whole = Date.parse('2026-03-02T09:00:00+08:00');
    expect([whole, whole + 7].map((ms) => formatInstant(instant(ms)))).toEqual([
      '2026-03-02T09:00:00+08:00',
      '2026-03-02T09:00:00.007+08:00',
    ]);
  });
});

describe('parseInstant', () => {
  test.each([
    ['2026-03-02T01:00:00Z', '2026-03-02T09:00:00+08:00'],
    ['2026-03-02t01:00:00z', '2026-03-02T09:00:00+08:00'],
    ['2026-03-01T20:00:00-05:00', '2026-03-02T09:00:00+08:00'],
    ['2026-03-02T09:00:00.5+08:00', '2026-03-02T09:00:00.500+08:00'],
    ['2026-03-02T09:00:00.120000+08:00', '2026-03-02T09:00:00.120+08:00'],
    ['1999-12-31T16:00:00Z', '2000-01-01T00:00:00+08:00'],
    ['2100-01-01T05:59:59+14:00', '2099-12-31T23:59:59+08:00'],
    ['2024-02-29T00:00:00+08:00', '2024-02-29T00:00:00+08:00'],
  ])('%s is %s', (text, written) => {
    expect(formatInstant(parseInstant(text))).toBe(written);
  });

  test.each([
    ['2026-03-02T09:00:00', 'offset'],
    ['2026-03-02T09:00:00.0001+08:00', 'millisecond'],
    ['2026-03-02T24:00:00+08:00', 'no such'],
    ['2026-03-02T09:60:00+08:00', 'no such'],
    ['2026-12-31T23:59:60Z', 'no such'],
    ['2026-02-29T09:00:00+08:00', 'no such'],
    ['2026-13-01T09:00:00+08:00', 'no such'],
    ['2026-03-00T09:00:00+08:00', 'no such'],
    ['2026-03-02T09:00:00+24:00', 'no such'],
    ['2026-03-02T09:00:00+08:60', 'no such'],
    ['1998-03-02T09:00:00+08:00', 'no such'],
    ['1999-12-31T15:59:59Z', 'lies in the years'],
    ['2099-12-31T16:00:00Z', 'lies in the years'],
    ['2026-03-02 09:00:00+08:00', 'written like'],
    ['2026-03-02T09:00+08:00', 'written like'],
    ['2026-03-02T09:00:00+0800', 'written like'],
    ['2026-03-02T09:00:00.+08:00', 'written like'],
    [' 2026-03-02T09:00:00+08:00', 'written like'],
    ['2026-03-02', 'written like'],
    ['', 'written like'],
  ])('%j is refused: %s', (text, reason) => {
    expect(() => parseInstant(text)).toThrow(RangeError);
    expect(() => parseInstant(text)).toThrow(reason);
  });
});

describe('days', () => {
  test('every day of a hundred years is written as the platform writes it and read back', () => {
    for (let day = 10_957; day < 47_482; day += 1) {
      const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
      if (formatDay(dayNumber(day)) !== text || dayOf(text) !== day) expect.fail(text);
    }
  });

  test('midnight belongs to the day it begins', () => {
    const midnight = startOfDay(dayOf('2026-03-02'));
    expect(formatInstant(midnight)).toBe('2026-03-02T00:00:00+08:00');
    expect([midnight, instant(midnight - 1)].map((at) => formatDay(shanghaiDay(at)))).toEqual([
      '2026-03-02',
      '2026-03-01',
    ]);
  });

  test('a year ends on 31 December', () => {
    for (let year = 2000; year <= 2099; year += 1) expect(formatDay(lastDayOf(year))).toBe(`${year}-12-31`);
    expect(yearOf(dayOf('2028-12-31'))).toBe(2028);
    expect(() => lastDayOf(2100)).toThrow(RangeError);
  });

  test.each([
    '1999-12-31',
    '2100-01-01',
    '2100-02-29',
    '2026-02-29',
    '2026-04-31',
    '2026-00-10',
    '2026/03-02',
    '2026-03/02',
    '2026-3-2',
    '2026-03-02T',
    '２026-03-02',
    '',
  ])('%j is no day', (text) => {
    expect(findDay(text)).toBeNull();
    expect(() => dayOf(text)).toThrow(RangeError);
  });

  test.each([10_956, 47_482, 20_000.5, Number.NaN])('%s is no day number', (days) => {
    expect(() => dayNumber(days)).toThrow(RangeError);
  });
});
