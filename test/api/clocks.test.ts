import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf, give, REGISTER, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi();
});
afterAll(async () => {
  await api.end();
});

const ASK = { start: '2026-02-13T16:30:00+08:00', limit: { kind: 'work_hour', amount: 8 } };

interface Tried {
  due: string | null;
  provisional: boolean;
  calendar: number;
  thresholds: { share: number; at: string | null }[];
  ledger: {
    text: string;
    budgetMs: number;
    entries: { reason: string; countedMs: number; text: string }[];
    more: number;
  };
}

const tried = async (body: object, headers = {}): Promise<Tried> => {
  const answer = await api.post('reporter1', '/v1/clocks/try', body, headers);
  expect([answer.statusCode, answer.body]).toEqual([200, expect.any(String)]);
  return answer.json<Tried>();
};

describe('a limit that somebody tries', () => {
  test('from Friday 16:30, 8 working hours: over the night into the make-up Saturday', async () => {
    const { due, calendar, provisional, thresholds } = await tried({ ...ASK, shares: [8000] });
    expect({ due, calendar, provisional, thresholds }).toEqual({
      due: '2026-02-14T17:30:00+08:00',
      calendar: 1,
      provisional: false,
      thresholds: [{ share: 8000, at: '2026-02-14T15:54:00+08:00' }],
    });
  });

  test('is explained in the language that is asked for, and the counted intervals sum to the limit', async () => {
    const zh = (await tried(ASK)).ledger;
    const en = (await tried(ASK, { 'accept-language': 'en' })).ledger;
    expect(zh.text).toBe(
      '2026-02-13（周五）16:30 起，时限 8 工作时（共 8 小时），自 2026-02-13（周五）16:30 起算，2026-02-14（周六）17:30 到期。',
    );
    expect(en.text).toBe(
      '8 working hours (8 h in all) from 2026-02-13 (Fri) 16:30, counted from 2026-02-13 (Fri) 16:30, due 2026-02-14 (Sat) 17:30.',
    );
    expect(zh.entries.map(({ text }) => text)).toEqual([
      '2026-02-13（周五）16:30 – 2026-02-13（周五）17:30：办公时间，计入 1 小时，累计 1 小时',
      '2026-02-13（周五）17:30 – 2026-02-14（周六）08:30：下班时间，不计',
      '2026-02-14（周六）08:30 – 2026-02-14（周六）12:00：调休上班日的办公时间，计入 3 小时 30 分，累计 4 小时 30 分',
      '2026-02-14（周六）12:00 – 2026-02-14（周六）14:00：午间休息，不计',
      '2026-02-14（周六）14:00 – 2026-02-14（周六）17:30：调休上班日的办公时间，计入 3 小时 30 分，累计 8 小时',
    ]);
    expect(en.entries[2]?.text).toBe(
      '2026-02-14 (Sat) 08:30 – 2026-02-14 (Sat) 12:00: office hours of a make-up working day: 3 h 30 min count, 4 h 30 min so far',
    );
    expect(zh.entries.reduce((sum, { countedMs }) => sum + countedMs, 0)).toBe(zh.budgetMs);
  });

  test('while a pause goes on has no due instant, and says so', async () => {
    const { due, ledger } = await tried({ ...ASK, pauses: [{ from: '2026-02-13T17:00:00+08:00', to: null }] });
    expect(due).toBeNull();
    expect(ledger.text).toContain('暂停期间到期时刻未定');
    expect(ledger.entries.at(-1)).toMatchObject({
      reason: 'pause',
      to: null,
      text: expect.stringMatching(/…：暂停计时，恢复前不再计时$/),
    });
  });

  test('in calendar days ends at 24:00 of the last day', async () => {
    const { due, ledger } = await tried({ ...ASK, limit: { kind: 'natural_day', amount: 1 } });
    expect(due).toBe('2026-02-15T00:00:00+08:00');
    expect(ledger.text).toContain('2026-02-14（周六）24:00 到期');
  });

  test('that reaches into a year that is not published is provisional', async () => {
    const { provisional, ledger } = await tried({ start: '2026-12-31T16:30:00+08:00', limit: ASK.limit });
    expect(provisional).toBe(true);
    expect(ledger.entries.at(-1)?.text).toContain('该年日历尚未公布');
  });

  test('of many years is answered, and its list is cut', async () => {
    const { due, ledger } = await tried({ ...ASK, limit: { kind: 'work_day', amount: 9_999 } });
    expect([due?.slice(0, 4), ledger.entries.length, ledger.more > 10_000]).toEqual(['2064', 1_000, true]);
  });

  test('is for everybody who is signed in, and for nobody else', async () => {
    const answer = await api.inject({ method: 'POST', url: '/v1/clocks/try', payload: ASK });
    expect([answer.statusCode, codeOf(answer)]).toEqual([401, 'not-signed-in']);
  });
});

type Row = readonly [title: string, body: unknown, status: number, code: string];
const limit = (amount: unknown, kind: unknown = 'work_hour'): object => ({ ...ASK, limit: { kind, amount } });
const start = (text: unknown): object => ({ ...ASK, start: text });
const paused = (...pauses: unknown[]): object => ({ ...ASK, pauses });
const shape = (title: string, body: unknown): Row => [title, body, 400, 'shape-invalid'];
const from = '2026-02-13T16:40:00+08:00';

/** Sixty that are refused, each with its code (issue 5, bad input). */
const hostile: readonly Row[] = [
  shape('a negative amount', limit(-1)),
  shape('an amount of nothing', limit(0)),
  shape('an amount of negative nothing', limit(-0)),
  shape('an amount beyond 9,999', limit(10_000)),
  shape('half an hour', limit(0.5)),
  shape('a fraction of a millisecond of an hour', limit(1.000_000_1)),
  shape('an amount as a text', limit('8')),
  shape('an amount as an empty text', limit('')),
  shape('an amount in full-width digits', limit('８')),
  shape('no amount', limit(null)),
  shape('a list of amounts', limit([8])),
  shape('an amount that is true', limit(true)),
  shape('the largest safe integer', limit(Number.MAX_SAFE_INTEGER)),
  ['an amount in exponents', limit(1e300), 400, 'json-unsafe-number'],
  shape('the kind of another trade', limit(8, 'fortnight')),
  shape('a kind in capitals', limit(8, 'WORK_HOUR')),
  shape('a kind with a blank', limit(8, 'work_hour ')),
  shape('a kind that every object has', limit(8, 'constructor')),
  shape('minutes', limit(30, 'minute')),
  shape('no kind', limit(8, null)),
  shape('no limit', { start: ASK.start }),
  shape('a limit that is a number', { ...ASK, limit: 8 }),
  shape('a field more in the limit', { ...ASK, limit: { ...ASK.limit, unit: 'h' } }),
  shape('no start', { limit: ASK.limit }),
  shape('a start without an offset', start('2026-02-13T16:30:00')),
  shape('a start without seconds', start('2026-02-13T16:30+08:00')),
  shape('a start with a blank for the T', start('2026-02-13 16:30:00+08:00')),
  shape('a start that is a day', start('2026-02-13')),
  shape('a start that is a number', start(1_770_971_400_000)),
  shape('a start that is empty', start('')),
  shape('29 February of a common year', start('2026-02-29T09:00:00+08:00')),
  shape('29 February 2100', start('2100-02-29T09:00:00+08:00')),
  shape('30 February', start('2028-02-30T09:00:00+08:00')),
  shape('31 April', start('2026-04-31T09:00:00+08:00')),
  shape('month 13', start('2026-13-01T09:00:00+08:00')),
  shape('day nought', start('2026-03-00T09:00:00+08:00')),
  shape('24:00', start('2026-03-02T24:00:00+08:00')),
  shape('minute 60', start('2026-03-02T09:60:00+08:00')),
  shape('a leap second', start('2016-12-31T23:59:60Z')),
  shape('an offset of 24 hours', start('2026-03-02T09:00:00+24:00')),
  shape('an offset of 60 minutes', start('2026-03-02T09:00:00+08:60')),
  shape('an offset without a colon', start('2026-03-02T09:00:00+0800')),
  shape('finer than a millisecond', start('2026-03-02T09:00:00.0001+08:00')),
  shape('the last moment of 1999', start('1999-12-31T23:59:59.999+08:00')),
  shape('2000 in UTC, but 1999 by its offset', start('2000-01-01T00:00:00+09:00')),
  shape('the first moment of 2100', start('2100-01-01T00:00:00+08:00')),
  shape('2099 in UTC, and 2100 in Shanghai', start('2099-12-31T16:00:00Z')),
  shape('a year of five digits', start('12026-02-13T16:30:00+08:00')),
  shape('a year before Christ', start('-2026-02-13T16:30:00+08:00')),
  shape('Arabic-Indic digits', start('٢٠٢٦-02-13T16:30:00+08:00')),
  shape('a start of a thousand characters', start('2'.repeat(1_000))),
  shape('a pause without an end', paused({ from })),
  shape('a pause without a beginning', paused({ from: null, to: from })),
  shape('a pause whose end has no offset', paused({ from, to: '2026-02-13T17:00:00' })),
  shape('fifty-one pauses', paused(...Array.from({ length: 51 }, () => ({ from, to: null })))),
  shape('a share of nothing', { ...ASK, shares: [0] }),
  shape('a share beyond the whole', { ...ASK, shares: [10_001] }),
  shape('a share as a fraction', { ...ASK, shares: [0.8] }),
  shape('calendar version nought', { ...ASK, calendar: 0 }),
  shape('a calendar version beyond the database', { ...ASK, calendar: 2_147_483_648 }),
  ['a calendar that nobody published', { ...ASK, calendar: 77 }, 404, 'calendar-not-found'],
  [
    'a pause that ends before it begins',
    paused({ from, to: '2026-02-13T16:39:59.999+08:00' }),
    422,
    'pause-ends-before-it-begins',
  ],
  [
    'a pause backwards by its offset alone',
    paused({ from, to: '2026-02-13T16:45:00+09:00' }),
    422,
    'pause-ends-before-it-begins',
  ],
  ['a limit that ends in 2100', { start: '2099-12-31T17:00:00+08:00', limit: ASK.limit }, 422, 'limit-beyond-calendar'],
  [
    'calendar days that end in 2100',
    { start: '2099-12-31T17:00:00+08:00', limit: { kind: 'natural_day', amount: 1 } },
    422,
    'limit-beyond-calendar',
  ],
  [
    '9,999 working days from 2090',
    { start: '2090-01-01T09:00:00+08:00', limit: { kind: 'work_day', amount: 9_999 } },
    422,
    'limit-beyond-calendar',
  ],
  ['a body that is a list', [ASK], 400, 'shape-invalid'],
];

describe('bad input', () => {
  test('there are sixty at least', () => expect(hostile.length).toBeGreaterThanOrEqual(60));

  test.each(hostile)('%s', async (_title, body, status, code) => {
    const answer = await api.post('reporter1', '/v1/clocks/try', body);
    expect([answer.statusCode, codeOf(answer)]).toEqual([status, code]);
  });

  test.each([
    ['29 February of a leap year', start('2028-02-29T09:00:00+08:00'), '2028-03-01T10:00:00+08:00'],
    ['the first moment of 2000', start('2000-01-01T00:00:00+08:00'), '2000-01-04T09:30:00+08:00'],
    [
      'an amount written 8.0',
      JSON.parse('{"start":"2026-02-13T16:30:00+08:00","limit":{"kind":"work_hour","amount":8.0}}'),
      '2026-02-14T17:30:00+08:00',
    ],
    ['a lower-case t and z', start('2026-02-13t08:30:00z'), '2026-02-14T17:30:00+08:00'],
    ['a start of another offset', start('2026-02-13T03:30:00-05:00'), '2026-02-14T17:30:00+08:00'],
    ['a pause of no length', paused({ from, to: from }), '2026-02-14T17:30:00+08:00'],
    [
      'a pause before the start',
      paused({ from: '2026-02-01T00:00:00Z', to: '2026-02-13T16:30:00+08:00' }),
      '2026-02-14T17:30:00+08:00',
    ],
    [
      'a pause after the due instant',
      paused({ from: '2026-02-14T17:30:00+08:00', to: null }),
      '2026-02-14T17:30:00+08:00',
    ],
    [
      'the same pause three times',
      paused(...Array.from({ length: 3 }, () => ({ from, to: '2026-02-13T17:40:00+08:00' }))),
      '2026-02-24T09:20:00+08:00',
    ],
  ])('and what only looks bad is reckoned: %s', async (_title, body: object, due) => {
    expect((await tried(body)).due).toBe(due);
  });

  test.each([
    ['nothing', 0],
    ['less than nothing', -2],
    ['ten thousand', 10_000],
    ['a half', 2.5],
    ['a text', '2'],
  ])('a registration with a limit of %s is refused too', async (_title, amount) => {
    const id = await walkTo(api, 'submit');
    const answer = await give(api, 'intake1', id, 'register', { ...REGISTER, limit: { kind: 'work_day', amount } });
    expect([answer.statusCode, codeOf(answer)]).toEqual([400, 'shape-invalid']);
  });
});

describe('a running clock', () => {
  test('says why it is due then, by the calendar that it was reckoned by', async () => {
    const id = await walkTo(api, 'dispatch');
    const { clocks } = (await api.get('case1', `/v1/cases/${id}/clocks`)).json<{
      clocks: {
        id: string;
        due: string;
        startedAt: string;
        calendar: number;
        ledger: { entries: { from: string; to: string; countedMs: number; reason: string }[] };
      }[];
    }>();
    const clock = clocks.find(({ id }) => id === 'handle');
    const { entries = [] } = clock?.ledger ?? {};
    expect(clock?.calendar).toBe(1);
    expect([entries[0]?.from, entries[0]?.reason, entries.at(-1)?.to]).toEqual([
      clock?.startedAt,
      'before-origin',
      clock?.due,
    ]);
    expect(entries.reduce((sum, { countedMs }) => sum + countedMs, 0)).toBe(2 * 7 * 3_600_000);
  });
});
