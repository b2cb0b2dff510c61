/** Branded numbers: epoch milliseconds and days. The constructors are the only casts. */
declare const brand: unique symbol;

/** Epoch milliseconds whose Shanghai date lies in the years 2000 to 2099. */
export type Instant = number & { readonly [brand]: 'Instant' };
/** Days since 1970-01-01 in Shanghai, within the years 2000 to 2099. */
export type DayNumber = number & { readonly [brand]: 'DayNumber' };

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;
export const FIRST_YEAR = 2000;
export const LAST_YEAR = 2099;

/** Asia/Shanghai has had no daylight saving since 1992: a fixed offset, so that no time zone data is asked. */
const OFFSET = 8 * HOUR;
const NEW_YEAR_2000 = 10_957;
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/** Enough for the supported years and the day before and after them, on which a time of another offset may fall. */
function isLeap(year: number): boolean {
  return year % 4 === 0;
}

function daysBefore(year: number, month: number): number {
  return (DAYS_BEFORE_MONTH[month - 1] ?? 0) + (isLeap(year) && month > 2 ? 1 : 0);
}

function newYear(year: number): number {
  const past = year - 2000;
  return NEW_YEAR_2000 + past * 365 + Math.floor((past + 3) / 4);
}

const FIRST_DAY = newYear(FIRST_YEAR);
const END_DAY = newYear(LAST_YEAR + 1);
/** The last instant there is, so that sums can be held against it before they are made instants. */
export const LAST_INSTANT = instant(END_DAY * DAY - OFFSET - 1);

/** @throws RangeError unless `ms` is a whole number of epoch milliseconds in the years 2000 to 2099, Shanghai. */
export function instant(ms: number): Instant {
  if (!Number.isInteger(ms)) throw new RangeError('an instant is a whole number of milliseconds');
  if (ms < FIRST_DAY * DAY - OFFSET || ms >= END_DAY * DAY - OFFSET)
    throw new RangeError('an instant lies in the years 2000 to 2099');
  return ms as Instant;
}

/** @throws RangeError unless `days` since 1970-01-01 is a day of the years 2000 to 2099. */
export function dayNumber(days: number): DayNumber {
  if (!Number.isInteger(days)) throw new RangeError('a day is a whole number');
  if (days < FIRST_DAY || days >= END_DAY) throw new RangeError('a day lies in the years 2000 to 2099');
  return days as DayNumber;
}

export function shanghaiDay(at: Instant): DayNumber {
  return dayNumber(Math.floor((at + OFFSET) / DAY));
}

/** 00:00 in Shanghai; midnight belongs to the day it begins. */
export function startOfDay(day: DayNumber): Instant {
  return instant(day * DAY - OFFSET);
}

export function yearOf(day: DayNumber): number {
  return FIRST_YEAR + Math.floor(((day - FIRST_DAY) * 4) / 1461);
}

/** 31 December. @throws RangeError outside 2000 to 2099. */
export function lastDayOf(year: number): DayNumber {
  return dayNumber(newYear(year + 1) - 1);
}

/** NaN where a character is no digit, which no later comparison lets pass. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
  }
  return value;
}

/** Days since 1970-01-01 of `YYYY-MM-DD` at the beginning of a text, for 1999 to 2100; null when there is no such date. */
function civilDay(text: string): number | null {
  const [year, month, date] = [digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10)];
  if (text[4] !== '-' || text[7] !== '-' || !(year >= 1999 && year <= 2100 && month >= 1 && month <= 12)) return null;
  const length = month === 12 ? 31 : daysBefore(year, month + 1) - daysBefore(year, month);
  return date >= 1 && date <= length ? newYear(year) + daysBefore(year, month) + date - 1 : null;
}

/** The day of a `YYYY-MM-DD`, or null when the text is no date of the years 2000 to 2099. */
export function findDay(text: string): DayNumber | null {
  const day = text.length === 10 ? civilDay(text) : null;
  return day !== null && day >= FIRST_DAY && day < END_DAY ? dayNumber(day) : null;
}

const twoDigits = (text: string, at: number): number => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;

/** The day of a `YYYY-MM-DD` that is known to be a date of this year: due instants read forty of them each. */
export function dayWithin(year: number, text: string): number {
  return newYear(year) + daysBefore(year, twoDigits(text, 5)) + twoDigits(text, 8) - 1;
}

/** @throws RangeError unless the text is a date `YYYY-MM-DD` of the years 2000 to 2099. */
export function dayOf(text: string): DayNumber {
  const day = findDay(text);
  if (day === null) throw new RangeError('a day is a date of the years 2000 to 2099, written like 2026-03-02');
  return day;
}

function padded(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

/** `YYYY-MM-DD`. */
export function formatDay(day: DayNumber): string {
  const year = yearOf(day);
  const ofYear = day - newYear(year);
  let month = 12;
  while (daysBefore(year, month) > ofYear) month -= 1;
  return `${year}-${padded(month)}-${padded(ofYear - daysBefore(year, month) + 1)}`;
}

/** RFC 3339 at +08:00, with three digits of a second only where there is a fraction. */
export function formatInstant(at: Instant): string {
  const time = (at + OFFSET) % DAY;
  const [hour, minute] = [Math.floor(time / HOUR), Math.floor(time / MINUTE) % 60];
  const [second, ms] = [Math.floor(time / 1000) % 60, time % 1000];
  const fraction = ms === 0 ? '' : `.${padded(ms, 3)}`;
  return `${formatDay(shanghaiDay(at))}T${padded(hour)}:${padded(minute)}:${padded(second)}${fraction}+08:00`;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/i;

/** Milliseconds that a local time of this offset is ahead of UTC, or null when there is no such offset. */
function ahead(offset: string): number | null {
  if (offset === 'Z' || offset === 'z') return 0;
  const [hours, minutes] = [digits(offset, 1, 3), digits(offset, 4, 6)];
  if (hours > 23 || minutes > 59) return null;
  return (offset.startsWith('-') ? -1 : 1) * (hours * HOUR + minutes * MINUTE);
}

/**
 * RFC 3339 with seconds and an offset.
 * @throws RangeError saying what is wrong: the form, no offset, finer than a millisecond, no such time, out of range.
 */
export function parseInstant(text: string): Instant {
  const form = RFC_3339.exec(text);
  if (!form) throw new RangeError('an instant is written like 2026-03-02T09:00:00+08:00');
  const [, fraction = '', offset] = form;
  if (offset === undefined) throw new RangeError('an instant needs an offset: end it with +08:00 or Z');
  if (/[1-9]/.test(fraction.slice(3))) throw new RangeError('an instant is not finer than a millisecond');
  const [day, lead] = [civilDay(text), ahead(offset)];
  const [hour, minute, second] = [digits(text, 11, 13), digits(text, 14, 16), digits(text, 17, 19)];
  if (day === null || lead === null || hour > 23 || minute > 59 || second > 59)
    throw new RangeError('there is no such date, time or offset in the years 2000 to 2099');
  const ms = digits(fraction.slice(0, 3).padEnd(3, '0'), 0, 3);
  return instant(day * DAY + hour * HOUR + minute * MINUTE + second * 1000 + ms - lead);
}
