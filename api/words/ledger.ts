import type { Limit } from '../../domain/clock/due.ts';
import type { Entry, Ledger, Reason } from '../../domain/clock/ledger.ts';
import type { Text } from '../../domain/process/definition.ts';
import { DAY, formatInstant, HOUR, type Instant, instant, MINUTE, shanghaiDay } from '../../domain/time.ts';
import type { Language } from './say.ts';

const reasonNames: Readonly<Record<Reason, Text>> = {
  'office-hours': { zh: '办公时间', en: 'office hours' },
  'make-up-day': { zh: '调休上班日的办公时间', en: 'office hours of a make-up working day' },
  'around-the-clock': { zh: '连续计时', en: 'every hour counts' },
  'before-origin': { zh: '起算日当天不计，次日零时起算', en: 'the day of the start does not count' },
  night: { zh: '下班时间', en: 'the office is closed' },
  break: { zh: '午间休息', en: 'midday break' },
  weekend: { zh: '休息日', en: 'weekend' },
  holiday: { zh: '法定节假日', en: 'holiday' },
  pause: { zh: '暂停计时', en: 'paused' },
};

const kindNames: Readonly<Record<Limit['kind'], Text>> = {
  urgent_hour: { zh: '紧急工作时', en: 'hours around the clock' },
  work_hour: { zh: '工作时', en: 'working hours' },
  work_day: { zh: '工作日', en: 'working days' },
  natural_day: { zh: '自然日', en: 'calendar days' },
};

const weekdays = { zh: '日一二三四五六', en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] };

/** `2026-03-02 (Mon) 09:00`; what ends at midnight ends at 24:00 of the day before. */
function moment(at: Instant, language: Language, ends: boolean): string {
  const text = formatInstant(at);
  const atMidnight = ends && text.slice(11, -6) === '00:00:00';
  const day = atMidnight ? instant(at - DAY) : at;
  const weekday = (shanghaiDay(day) + 4) % 7; // day 0 was a Thursday
  const named = language === 'zh' ? `（周${weekdays.zh[weekday]}）` : ` (${weekdays.en[weekday]}) `;
  const time = atMidnight ? '24:00' : text.slice(11, -6).replace(/:00$/, '');
  return `${formatInstant(day).slice(0, 10)}${named}${time}`;
}

const units: readonly [ms: number, words: Text][] = [
  [HOUR, { zh: ' 小时', en: ' h' }],
  [MINUTE, { zh: ' 分', en: ' min' }],
  [1_000, { zh: ' 秒', en: ' s' }],
  [1, { zh: ' 毫秒', en: ' ms' }],
];

/** `3 h 30 min`; to the millisecond, nothing rounded. */
function length(ms: number, language: Language): string {
  const parts = units.map(([unit, words], at) => {
    const within = at === 0 ? ms : ms % (units[at - 1]?.[0] ?? 1);
    return [Math.floor(within / unit), words] as const;
  });
  const said = parts.filter(([count]) => count > 0).map(([count, words]) => `${count}${words[language]}`);
  return said.length === 0 ? `0${units[1]?.[1][language] ?? ''}` : said.join(' ');
}

const wordsOfEntry: Readonly<Record<'counts' | 'skipped' | 'lost' | 'open' | 'provisional', Text>> = {
  counts: { zh: '，计入 {counted}，累计 {used}', en: ': {counted} count, {used} so far' },
  skipped: { zh: '，不计', en: ': does not count' },
  lost: { zh: '，扣除其中本应计入的 {lost}', en: ': {lost} that would have counted are left out' },
  open: { zh: '，恢复前不再计时', en: ': nothing counts until it is resumed' },
  provisional: {
    zh: '（该年日历尚未公布，暂按星期推算）',
    en: ' (the calendar of that year is not published yet: the weekday decides)',
  },
};

/** One interval in a sentence: from when to when, why, and what it uses up. */
export function sayEntry({ from, to, reason, counted, used, lost, provisional }: Entry, language: Language): string {
  const until = to === null ? '…' : moment(to, language, true);
  const told = lost !== undefined ? 'lost' : to === null ? 'open' : counted > 0 ? 'counts' : 'skipped';
  const lengths = { counted, used, lost: lost ?? 0 };
  const effect = wordsOfEntry[told][language].replaceAll(
    /\{(counted|used|lost)\}/g,
    (_gap, name: keyof typeof lengths) => length(lengths[name], language),
  );
  const colon = language === 'zh' ? '：' : ': ';
  const note = provisional ? wordsOfEntry.provisional[language] : '';
  return `${moment(from, language, false)} – ${until}${colon}${reasonNames[reason][language]}${effect}${note}`;
}

/** The whole in a sentence: what was given, from when it counts, and when it is used up. */
export function sayLedger(
  { limit, start }: { limit: Limit; start: Instant },
  { origin, budget, due, used }: Ledger,
  language: Language,
): string {
  const [given, whole, so] = [
    `${limit.amount} ${kindNames[limit.kind][language]}`,
    length(budget, language),
    length(used, language),
  ];
  const [starts, counts] = [moment(start, language, false), moment(origin, language, false)];
  const ends = due === null ? null : moment(due, language, true);
  if (language === 'zh')
    return ends === null
      ? `${starts} 起，时限 ${given}（共 ${whole}），自 ${counts} 起算；已用 ${so}，暂停期间到期时刻未定。`
      : `${starts} 起，时限 ${given}（共 ${whole}），自 ${counts} 起算，${ends} 到期。`;
  return ends === null
    ? `${given} (${whole} in all) from ${starts}, counted from ${counts}; ${so} are used, and while it is paused no due instant is known.`
    : `${given} (${whole} in all) from ${starts}, counted from ${counts}, due ${ends}.`;
}
