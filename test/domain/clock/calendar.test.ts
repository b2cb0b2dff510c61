import { describe, expect, test } from 'vitest';
import {
  type Calendar,
  type CalendarYear,
  isPublished,
  isWorkday,
  officeTime,
  validateCalendar,
} from '../../../domain/clock/calendar.ts';
import { dayNumber, dayOf, formatInstant, lastDayOf } from '../../../domain/time.ts';
import { calendar } from './cases.ts';

function year(entry: Partial<CalendarYear>): Calendar {
  return { ...calendar, years: [{ year: 2026, published: true, holidays: [], makeUpWorkdays: [], ...entry }] };
}

describe('working days', () => {
  test.each([
    ['2026-03-02', true, 'a Monday'],
    ['2026-02-28', true, 'a make-up Saturday'],
    ['2026-01-04', true, 'a make-up Sunday'],
    ['2026-03-07', false, 'a Saturday'],
    ['2026-03-08', false, 'a Sunday'],
    ['2026-02-17', false, 'a Tuesday in the Spring Festival'],
    ['2024-02-29', true, 'a leap day'],
    ['2027-01-01', true, '1 January of an unpublished year'],
    ['2031-10-01', true, 'National Day of a year that is not listed'],
    ['2031-10-04', false, 'a Saturday of a year that is not listed'],
  ])('%s is worked: %s (%s)', (date, worked) => {
    expect(isWorkday(calendar, dayOf(date))).toBe(worked);
  });

  test('the sample years have 251, 248 and 248 working days', () => {
    const worked = [2024, 2025, 2026].map((of) => {
      const days = Array.from(
        { length: lastDayOf(of) - dayOf(`${of}-01-01`) + 1 },
        (_, index) => lastDayOf(of) - index,
      );
      return days.filter((day) => isWorkday(calendar, dayNumber(day))).length;
    });
    expect(worked).toEqual([251, 248, 248]);
  });

  test('office time is two spans on a working day, none on a day off', () => {
    const spans = officeTime(calendar, dayOf('2026-02-28')).map(({ from, to }) => [
      formatInstant(from),
      formatInstant(to),
    ]);
    expect(spans).toEqual([
      ['2026-02-28T08:30:00+08:00', '2026-02-28T12:00:00+08:00'],
      ['2026-02-28T14:00:00+08:00', '2026-02-28T17:30:00+08:00'],
    ]);
    expect(officeTime(calendar, dayOf('2026-03-01'))).toEqual([]);
  });

  test('a year is published only when it is listed as such', () => {
    expect([2026, 2027, 2028].map((of) => isPublished(calendar, of))).toEqual([true, false, false]);
  });
});

describe('validateCalendar', () => {
  test('finds nothing wrong with the sample calendar', () => {
    expect(validateCalendar(calendar)).toEqual([]);
  });

  test.each<[string, Calendar]>([
    [
      '2026-10-01 is both a holiday and a make-up workday',
      year({ holidays: ['2026-10-01'], makeUpWorkdays: ['2026-10-01'] }),
    ],
    ['2025-10-01 is listed under 2026', year({ holidays: ['2025-10-01'] })],
    ['2026-10-01 is listed twice', year({ holidays: ['2026-10-01', '2026-10-01'] })],
    ['2026-10-10 is listed twice', year({ makeUpWorkdays: ['2026-10-10', '2026-10-10'] })],
    ['2026-02-29 is not a date of the years 2000 to 2099', year({ holidays: ['2026-02-29'] })],
    ['2026-1-1 is not a date of the years 2000 to 2099', year({ holidays: ['2026-1-1'] })],
    ['2026 lists dates and is not published', year({ published: false, holidays: ['2026-10-01'] })],
    ['1999 is not a year from 2000 to 2099', year({ year: 1999 })],
    ['2026.5 is not a year from 2000 to 2099', year({ year: 2026.5 })],
    ['2026 is listed twice', { ...calendar, years: [...year({}).years, ...year({}).years] }],
    ['the version is a whole number from 1', { ...calendar, version: 0 }],
    ['there are no office hours', { ...calendar, hours: [] }],
  ])('%s', (problem, wrong) => {
    expect(validateCalendar(wrong).map(({ en }) => en)).toEqual([problem]);
  });

  test.each([
    [[{ from: 720, to: 510 }]],
    [[{ from: 510, to: 510 }]],
    [[{ from: -1, to: 510 }]],
    [[{ from: 510, to: 1441 }]],
    [[{ from: 510.5, to: 720 }]],
    [
      [
        { from: 510, to: 720 },
        { from: 719, to: 800 },
      ],
    ],
    [
      [
        { from: 840, to: 1050 },
        { from: 510, to: 720 },
      ],
    ],
  ])('office hours %j are refused', (hours) => {
    expect(validateCalendar({ ...calendar, hours }).map(({ en }) => en)).toEqual([
      'office hours are whole minutes of one day, rising, each opening before it closes',
    ]);
  });
});
