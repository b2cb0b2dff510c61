import type { Calendar } from '../../../domain/clock/calendar.ts';
import type { Terms } from '../../../domain/clock/due.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

/** Slow on purpose: asks of each minute whether it counts, so that it shares no interval arithmetic with `reckon`. */
export function oracle(calendar: Calendar): (terms: Terms) => (number | null)[] {
  const years = new Map(calendar.years.map((year) => [year.year, year]));
  const known = new Map<number, boolean[]>();

  function isWorked(day: number): boolean {
    const date = new Date(day * DAY);
    const text = date.toISOString().slice(0, 10);
    const year = years.get(date.getUTCFullYear());
    if (year?.makeUpWorkdays.includes(text)) return true;
    return date.getUTCDay() !== 0 && date.getUTCDay() !== 6 && !year?.holidays.includes(text);
  }

  function officeMinutes(day: number): boolean[] {
    const seen = known.get(day);
    if (seen) return seen;
    const worked = isWorked(day);
    const within = (minute: number): boolean => calendar.hours.some(({ from, to }) => from <= minute && minute < to);
    const minutes = Array.from({ length: 1440 }, (_, minute) => worked && within(minute));
    known.set(day, minutes);
    return minutes;
  }

  function counts(office: boolean, minute: number): boolean {
    const local = minute + 8 * HOUR;
    return !office || officeMinutes(Math.floor(local / DAY))[(local % DAY) / MINUTE] === true;
  }

  function originAndBudget({ limit: { kind, amount }, start }: Terms): [origin: number, budget: number] {
    if (kind === 'urgent_hour' || kind === 'work_hour') return [start, amount * HOUR];
    const first = Math.floor((start + 8 * HOUR) / DAY) + 1;
    if (kind === 'natural_day') return [first * DAY - 8 * HOUR, amount * DAY];
    let budget = 0;
    for (let [day, left] = [first, amount]; left > 0; day += 1) {
      const minutes = officeMinutes(day).filter(Boolean).length;
      budget += minutes * MINUTE;
      if (minutes > 0) left -= 1;
    }
    return [first * DAY - 8 * HOUR, budget];
  }

  /** The instants at which the shares are reached, and last the due instant. */
  return (terms) => {
    const [origin, budget] = originAndBudget(terms);
    const office = terms.limit.kind.startsWith('work');
    const goals = [...terms.shares.map((share) => (budget * share) / 10_000), budget];
    const reached: (number | null)[] = goals.map(() => null);
    const edges = [terms.start, ...terms.pauses.flatMap(({ from, to }) => (to === null ? [from] : [from, to]))];
    const odd = new Set(edges.filter((edge) => edge % MINUTE !== 0).map((edge) => Math.floor(edge / MINUTE)));
    const frozen = Math.min(...terms.pauses.flatMap(({ from, to }) => (to === null ? [from] : [])));
    let used = 0;
    for (let minute = origin - (origin % MINUTE); used < budget && minute < frozen; minute += MINUTE) {
      if (!counts(office, minute)) continue;
      const step = odd.has(minute / MINUTE) ? 1 : MINUTE;
      for (let at = minute; at < minute + MINUTE; at += step) {
        if (at < origin || terms.pauses.some(({ from, to }) => from <= at && (to === null || at < to))) continue;
        for (let index = 0; index < goals.length; index += 1) {
          const goal = goals[index] ?? 0;
          if (reached[index] === null && goal <= used + step) reached[index] = at + goal - used;
        }
        used += step;
      }
    }
    return reached;
  };
}
