import type { Text } from '../process/definition.ts';
import {
  type DayNumber,
  dayWithin,
  FIRST_YEAR,
  findDay,
  type Instant,
  instant,
  lastDayOf,
  LAST_YEAR,
  MINUTE,
  startOfDay,
  yearOf,
} from '../time.ts';

/** Minutes since midnight, closed-open: the last minute does not count. */
export interface OfficeHours {
  from: number;
  to: number;
}

/** What the State Council publishes for a year; dates are `YYYY-MM-DD`. */
export interface CalendarYear {
  year: number;
  published: boolean;
  holidays: string[];
  /** 调休: weekend days that are worked in exchange for a holiday. */
  makeUpWorkdays: string[];
}

/** One version; office hours rise and are those of every working day. A year that is not listed is unpublished. */
export interface Calendar {
  version: number;
  hours: OfficeHours[];
  years: CalendarYear[];
}

/** A year with its dates as numbers, so that whoever walks many days reads the texts once. */
export interface WorkYear {
  year: number;
  last: DayNumber;
  holidays: number[];
  makeUpWorkdays: number[];
}

function listed(calendar: Calendar, year: number): CalendarYear | undefined {
  return calendar.years.find((candidate) => candidate.year === year);
}

export function isPublished(calendar: Calendar, year: number): boolean {
  return listed(calendar, year)?.published === true;
}

/** Of a valid calendar: each date is one of the year under which it is listed. */
export function workYear(calendar: Calendar, year: number): WorkYear {
  const { holidays, makeUpWorkdays } = listed(calendar, year) ?? { holidays: [], makeUpWorkdays: [] };
  return {
    year,
    last: lastDayOf(year),
    holidays: holidays.map((date) => dayWithin(year, date)),
    makeUpWorkdays: makeUpWorkdays.map((date) => dayWithin(year, date)),
  };
}

/** Whether a day of that year is worked: make-up workday before holiday before weekday. */
export function isWorkdayIn(year: WorkYear, day: number): boolean {
  const sinceSunday = (day + 4) % 7; // day 0 was a Thursday
  if (year.makeUpWorkdays.includes(day)) return true;
  return sinceSunday >= 1 && sinceSunday <= 5 && !year.holidays.includes(day);
}

export function isWorkday(calendar: Calendar, day: DayNumber): boolean {
  return isWorkdayIn(workYear(calendar, yearOf(day)), day);
}

/** The office time of a day in order, closed-open; none on a day off. */
export function officeTime(calendar: Calendar, day: DayNumber): { from: Instant; to: Instant }[] {
  if (!isWorkday(calendar, day)) return [];
  const midnight = startOfDay(day);
  return calendar.hours.map(({ from, to }) => ({
    from: instant(midnight + from * MINUTE),
    to: instant(midnight + to * MINUTE),
  }));
}

function hoursProblems(hours: OfficeHours[]): Text[] {
  const wrong = hours.some(({ from, to }, at) => {
    const earliest = hours[at - 1]?.to ?? 0;
    return !Number.isInteger(from) || !Number.isInteger(to) || from < earliest || to <= from || to > 1440;
  });
  return [
    ...(hours.length === 0 ? [{ zh: '没有办公时间', en: 'there are no office hours' }] : []),
    ...(wrong
      ? [
          {
            zh: '办公时间须为同一天内的整分钟，依次递增，先上班后下班',
            en: 'office hours are whole minutes of one day, rising, each opening before it closes',
          },
        ]
      : []),
  ];
}

const listedTwice = (what: string | number): Text => ({ zh: `${what} 重复列出`, en: `${what} is listed twice` });

function dateProblems(date: string, { year, holidays, makeUpWorkdays }: CalendarYear): Text[] {
  const day = findDay(date);
  if (day === null)
    return [
      {
        zh: `${date} 不是 ${FIRST_YEAR} 至 ${LAST_YEAR} 年的日期`,
        en: `${date} is not a date of the years ${FIRST_YEAR} to ${LAST_YEAR}`,
      },
    ];
  const times = (dates: string[]): number => dates.filter((other) => other === date).length;
  const both = times(holidays) > 0 && times(makeUpWorkdays) > 0;
  return [
    ...(yearOf(day) === year ? [] : [{ zh: `${date} 列在了 ${year} 年`, en: `${date} is listed under ${year}` }]),
    ...(both
      ? [{ zh: `${date} 既是节假日又是调休上班日`, en: `${date} is both a holiday and a make-up workday` }]
      : []),
    ...(times(holidays) > 1 || times(makeUpWorkdays) > 1 ? [listedTwice(date)] : []),
  ];
}

function yearProblems(entry: CalendarYear): Text[] {
  const { year } = entry;
  const dates = [...entry.holidays, ...entry.makeUpWorkdays];
  const supported = Number.isInteger(year) && year >= FIRST_YEAR && year <= LAST_YEAR;
  return [
    ...(supported
      ? []
      : [
          {
            zh: `${year} 不是 ${FIRST_YEAR} 至 ${LAST_YEAR} 年之一`,
            en: `${year} is not a year from ${FIRST_YEAR} to ${LAST_YEAR}`,
          },
        ]),
    ...(entry.published || dates.length === 0
      ? []
      : [{ zh: `${year} 年列有日期却未公布`, en: `${year} lists dates and is not published` }]),
    ...dates.filter((date, at) => dates.indexOf(date) === at).flatMap((date) => dateProblems(date, entry)),
  ];
}

/** What is wrong with a calendar of the right shape, in sentences; nothing when it may be stored. */
export function validateCalendar({ version, hours, years }: Calendar): Text[] {
  const twice = years.filter(({ year }, at) => years.findIndex((other) => other.year === year) < at);
  return [
    ...(Number.isSafeInteger(version) && version >= 1
      ? []
      : [{ zh: '版本须为从 1 起的整数', en: 'the version is a whole number from 1' }]),
    ...hoursProblems(hours),
    ...twice.map(({ year }) => listedTwice(year)),
    ...years.flatMap(yearProblems),
  ];
}
