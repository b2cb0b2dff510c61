import { DAY, HOUR, type Instant, instant, LAST_INSTANT, MINUTE, shanghaiDay, startOfDay, yearOf } from '../time.ts';
import { type Calendar, isPublished, isWorkdayIn, workYear } from './calendar.ts';

export type LimitKind = 'urgent_hour' | 'work_hour' | 'work_day' | 'natural_day';

/** `amount` is a whole number from 1 to 9999. */
export interface Limit {
  kind: LimitKind;
  amount: number;
}

/** Closed-open; `to` is null while the pause is open. */
export interface Pause {
  from: Instant;
  to: Instant | null;
}

/** What a clock is reckoned from. Shares of the limit are in ten-thousandths, from 1 to 10000. */
export interface Terms {
  limit: Limit;
  start: Instant;
  pauses: readonly Pause[];
  shares: readonly number[];
}

/**
 * Thresholds are in the order of the shares. An instant is null when an open pause begins before it is reached.
 * `provisional`: a year between start and due is not published yet, the weekday pattern stands in for it.
 */
export interface Reckoning {
  due: Instant | null;
  thresholds: (Instant | null)[];
  provisional: boolean;
}

/** How a kind counts: where counting begins, how many milliseconds it holds, and whether office time alone counts. */
export interface Rule {
  origin: number;
  budget: number;
  office: boolean;
}

/** Closed-open. */
export interface Span {
  from: number;
  to: number;
}

/** What has been counted so far; `gap` is the first pause that does not lie wholly behind. */
interface Tally {
  goals: readonly number[];
  reached: (Instant | null)[];
  used: number;
  gaps: readonly Span[];
  gap: number;
}

function refuse({ limit: { amount }, pauses, shares }: Terms): void {
  if (!Number.isInteger(amount) || amount < 1 || amount > 9999)
    throw new RangeError('the amount of a limit is a whole number from 1 to 9999');
  if (pauses.some(({ from, to }) => to !== null && to < from)) throw new RangeError('a pause ends before it begins');
  if (shares.some((share) => !Number.isInteger(share) || share < 1 || share > 10_000))
    throw new RangeError('a share of a limit is a whole number of ten-thousandths from 1 to 10000');
}

/** Milliseconds of office time in a working day. */
function officeDay({ hours }: Calendar): number {
  return hours.reduce((sum, { from, to }) => sum + to - from, 0) * MINUTE;
}

export function ruleOf({ kind, amount }: Limit, start: Instant, calendar: Calendar): Rule {
  const nextMidnight = startOfDay(shanghaiDay(start)) + DAY;
  switch (kind) {
    case 'urgent_hour':
      return { origin: start, budget: amount * HOUR, office: false };
    case 'work_hour':
      return { origin: start, budget: amount * HOUR, office: true };
    case 'work_day':
      return { origin: nextMidnight, budget: amount * officeDay(calendar), office: true };
    case 'natural_day':
      return { origin: nextMidnight, budget: amount * DAY, office: false };
    default:
      throw new RangeError(`there is no limit of the kind ${String(kind satisfies never)}`);
  }
}

/** The union of the pauses, in order: overlapping and touching ones become one; an open one lasts to the end of time. */
export function union(pauses: readonly Pause[]): Span[] {
  const spans: Span[] = [];
  const ordered = pauses.map(({ from, to }) => ({ from, to: to ?? LAST_INSTANT })).sort((a, b) => a.from - b.from);
  for (const span of ordered) {
    const last = spans.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else spans.push(span);
  }
  return spans;
}

/** Counts time without a pause in it. A goal used up exactly at its end is reached there, not at the next opening. */
function count(tally: Tally, from: number, to: number): void {
  const after = tally.used + to - from;
  tally.goals.forEach((goal, at) => {
    if (goal > tally.used && goal <= after) tally.reached[at] = instant(from + goal - tally.used);
  });
  tally.used = after;
}

/** Counts [from, to) less the pauses in it; calls come in rising order. */
function countUnpaused(tally: Tally, from: number, to: number): void {
  let at = from;
  for (let gap = tally.gaps[tally.gap]; gap && gap.from < to; gap = tally.gaps[tally.gap]) {
    if (gap.from > at) count(tally, at, gap.from);
    at = Math.max(at, gap.to);
    if (at >= to) return; // the pause may reach into the next interval
    tally.gap += 1;
  }
  if (at < to) count(tally, at, to);
}

/** Walks the working days from the origin until the budget is used or nothing counts any more. */
function countOfficeTime(tally: Tally, { origin, budget }: Rule, until: number, calendar: Calendar): void {
  if (origin >= until) return;
  const first = shanghaiDay(instant(origin));
  let year = workYear(calendar, yearOf(first));
  let midnight: number = startOfDay(first);
  for (let day: number = first; midnight < until && tally.used < budget; day += 1, midnight += DAY) {
    if (day > year.last) year = workYear(calendar, year.year + 1);
    if (!isWorkdayIn(year, day)) continue;
    for (const { from, to } of calendar.hours) {
      const [opens, closes] = [Math.max(origin, midnight + from * MINUTE), Math.min(until, midnight + to * MINUTE)];
      if (opens < closes) countUnpaused(tally, opens, closes);
    }
  }
}

function isProvisional(start: Instant, due: Instant, calendar: Calendar): boolean {
  const last = yearOf(shanghaiDay(due));
  for (let year = yearOf(shanghaiDay(start)); year <= last; year += 1) if (!isPublished(calendar, year)) return true;
  return false;
}

/**
 * When a limit ends and when its shares are used up: the first instant by which so much counting time has passed,
 * pauses left out. A pure function of its arguments; the calendar is taken as valid.
 * @throws RangeError for an amount, a share or a pause out of range, and for a limit that ends after 2099.
 */
export function reckon(terms: Terms, calendar: Calendar): Reckoning {
  refuse(terms);
  const { limit, start, pauses, shares } = terms;
  const rule = ruleOf(limit, start, calendar);
  const goals = [...shares.map((share) => (rule.budget / 10_000) * share), rule.budget]; // whole: budgets are minutes
  const tally: Tally = { goals, reached: goals.map(() => null), used: 0, gaps: union(pauses), gap: 0 };
  const open = pauses.filter(({ to }) => to === null).map(({ from }) => from);
  const until = Math.min(LAST_INSTANT, ...open);
  if (rule.office) countOfficeTime(tally, rule, until, calendar);
  else countUnpaused(tally, rule.origin, until);
  const due = tally.reached.pop() ?? null;
  if (due === null && open.length === 0) throw new RangeError('the limit would end after 2099');
  return {
    due,
    thresholds: tally.reached,
    provisional: rule.office && due !== null && isProvisional(start, due, calendar),
  };
}

/** The due instant alone. @throws RangeError as `reckon` does. */
export function dueInstant(terms: Omit<Terms, 'shares'>, calendar: Calendar): Instant | null {
  return reckon({ ...terms, shares: [] }, calendar).due;
}
