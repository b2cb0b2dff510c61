import { DAY, type Instant, instant, MINUTE, shanghaiDay, startOfDay, yearOf } from '../time.ts';
import { type Calendar, isPublished, isWorkdayIn, type WorkYear, workYear } from './calendar.ts';
import { reckon, type Rule, ruleOf, type Span, type Terms, union } from './due.ts';

/** Why an interval counts, or why it does not. `make-up-day` is office time on a weekend day that is worked (调休). */
export const reasons = [
  'office-hours',
  'make-up-day',
  'around-the-clock',
  'before-origin',
  'night',
  'break',
  'weekend',
  'holiday',
  'pause',
] as const;
export type Reason = (typeof reasons)[number];

/** One interval [from, to), as long as its reason is the same; `to` is null in an open pause. All lengths in milliseconds. */
export interface Entry {
  from: Instant;
  to: Instant | null;
  reason: Reason;
  /** How much of the limit this interval uses up. */
  counted: number;
  /** How much of the limit is used up when it ends. */
  used: number;
  /** In a pause that has ended: how much would have counted. */
  lost?: number;
  /** The calendar of the year is not published yet: the weekday alone decided. */
  provisional?: true;
}

/** Why a limit ends when it ends: everything from the start to the due instant, without a gap. */
export interface Ledger {
  /** Where counting begins. */
  origin: Instant;
  /** What the limit holds; the counted intervals sum to it when there is a due instant. */
  budget: number;
  /** What is used up: less than the budget only while a pause is open. */
  used: number;
  due: Instant | null;
  provisional: boolean;
  entries: Entry[];
}

/** A stretch of a single day, and what it would be without a pause. */
interface Piece extends Span {
  reason: Reason;
  counts: boolean;
  provisional: boolean;
}

const AROUND: Omit<Piece, 'from' | 'to'> = { reason: 'around-the-clock', counts: true, provisional: false };

/** A working day from midnight to midnight: night, office hours and what lies between them. */
function* workingDay(midnight: number, { hours }: Calendar, counting: Reason): Generator<Omit<Piece, 'provisional'>> {
  let at = midnight;
  for (const [index, { from, to }] of hours.entries()) {
    const [opens, closes] = [midnight + from * MINUTE, midnight + to * MINUTE];
    yield { from: at, to: opens, reason: index === 0 ? 'night' : 'break', counts: false };
    yield { from: opens, to: closes, reason: counting, counts: true };
    at = closes;
  }
  yield { from: at, to: midnight + DAY, reason: 'night', counts: false };
}

function* dayOf(
  day: number,
  midnight: number,
  year: WorkYear,
  calendar: Calendar,
): Generator<Omit<Piece, 'provisional'>> {
  const makeUp = year.makeUpWorkdays.includes(day);
  if (isWorkdayIn(year, day)) yield* workingDay(midnight, calendar, makeUp ? 'make-up-day' : 'office-hours');
  else {
    const reason = year.holidays.includes(day) ? 'holiday' : 'weekend';
    yield { from: midnight, to: midnight + DAY, reason, counts: false };
  }
}

/** Everything in [from, to) in order, as the calendar has it. */
function* officePieces(from: number, to: number, calendar: Calendar): Generator<Piece> {
  const first = shanghaiDay(instant(from));
  let year = workYear(calendar, yearOf(first));
  let midnight: number = startOfDay(first);
  for (let day: number = first; midnight < to; day += 1, midnight += DAY) {
    if (day > year.last) year = workYear(calendar, year.year + 1);
    const provisional = !isPublished(calendar, year.year);
    for (const piece of dayOf(day, midnight, year, calendar)) {
      const [opens, closes] = [Math.max(from, piece.from), Math.min(to, piece.to)];
      if (opens < closes) yield { ...piece, from: opens, to: closes, provisional };
    }
  }
}

/** The pieces between the origin and the end, cut where a pause begins or ends. */
function* cutByPauses(pieces: Iterable<Piece>, gaps: readonly Span[]): Generator<Piece & { paused: boolean }> {
  let gap = 0;
  for (const piece of pieces) {
    let at = piece.from;
    while ((gaps[gap]?.to ?? Infinity) <= at) gap += 1;
    for (let next = gap; at < piece.to; next += 1) {
      const { from, to } = gaps[next] ?? { from: Infinity, to: Infinity };
      if (from > at) yield { ...piece, from: at, to: Math.min(from, piece.to), paused: false };
      if (from < piece.to) yield { ...piece, from: Math.max(at, from), to: Math.min(to, piece.to), paused: true };
      at = to;
    }
  }
}

/** Adds an interval to those before it, as part of the last one where the reason goes on. */
function add(entries: Entry[], entry: Entry): void {
  const last = entries.at(-1);
  if (!last || last.reason !== entry.reason || last.to !== entry.from || last.provisional !== entry.provisional) {
    entries.push(entry);
    return;
  }
  last.to = entry.to;
  last.counted += entry.counted;
  last.used = entry.used;
  if (last.lost !== undefined && entry.lost !== undefined) last.lost += entry.lost;
  else delete last.lost;
}

function entryOf(piece: Piece & { paused: boolean }, usedBefore: number): Entry {
  const { from, to, reason, counts, provisional, paused } = piece;
  const length = counts ? to - from : 0;
  const counted = paused ? 0 : length;
  return {
    from: instant(from),
    to: instant(to),
    reason: paused ? 'pause' : reason,
    counted,
    used: usedBefore + counted,
    ...(paused ? { lost: length } : {}),
    ...(provisional && !paused ? { provisional } : {}),
  };
}

/** Where the explanation ends: at the due instant, or where the pause begins that keeps it from being known. */
function endOf({ start, pauses }: Terms, due: Instant | null): Instant {
  const open = pauses.flatMap(({ from, to }) => (to === null ? [from] : []));
  return due ?? instant(Math.max(start, Math.min(...open)));
}

function piecesOf({ origin, office }: Rule, end: Instant, calendar: Calendar): Iterable<Piece> {
  if (origin >= end) return [];
  return office ? officePieces(origin, end, calendar) : [{ ...AROUND, from: origin, to: end }];
}

/**
 * Lists every interval from the start to the due instant with its reason: the same answer for whoever asks why, for the
 * commit and for the verifier. The counted ones sum to the budget and the last of them ends at the due instant that
 * `reckon` gives. Pure; the calendar is taken as valid.
 * @throws RangeError as `reckon` does
 */
export function ledger(terms: Omit<Terms, 'shares'>, calendar: Calendar): Ledger {
  const asked = { ...terms, shares: [] };
  const { due, provisional } = reckon(asked, calendar);
  const rule = ruleOf(terms.limit, terms.start, calendar);
  const end = endOf(asked, due);
  const entries: Entry[] = [];
  if (terms.start < Math.min(rule.origin, end))
    add(entries, {
      from: terms.start,
      to: instant(Math.min(rule.origin, end)),
      reason: 'before-origin',
      counted: 0,
      used: 0,
    });
  const gaps = union(terms.pauses).filter(({ from, to }) => from < to);
  let used = 0;
  for (const piece of cutByPauses(piecesOf(rule, end, calendar), gaps)) {
    const entry = entryOf(piece, used);
    used = entry.used;
    add(entries, entry);
  }
  if (due === null) add(entries, { from: end, to: null, reason: 'pause', counted: 0, used });
  return { origin: instant(rule.origin), budget: rule.budget, used, due, provisional, entries };
}
