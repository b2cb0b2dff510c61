import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Catalogue } from '../../domain/catalogue.ts';
import { type StoredRecord, verifyChain } from '../../proof/record.ts';
import { violations } from '../support/invariants.ts';
import { codeOf, create, give, REGISTER, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';
import { createSecondOffice } from './second-office.ts';

let api: Api;
let stranger: string;
beforeAll(async () => {
  api = await createApi({ simulation: true });
  stranger = await createSecondOffice(api.db);
});
afterAll(async () => {
  expect(await violations(api.db.admin)).toEqual([]);
  await api.end();
});

interface CalendarAsked {
  base: number;
  hours: { from: string; to: string }[];
  years: { year: number; published: boolean; holidays: string[]; makeUpWorkdays: string[] }[];
}
interface Drafted {
  id: string;
  base: number;
  sha256: string;
  outcome: string | null;
  askedBy: string;
  decidedBy: string | null;
}

const inForce = async (what: 'calendars' | 'catalogues'): Promise<number> =>
  (await api.get('intake1', `/v1/${what}`)).json<{ inForce: number }>().inForce;

/** The calendar in force with one day more. */
async function withHoliday(day: string): Promise<CalendarAsked> {
  const base = await inForce('calendars');
  const { hours, years } = (await api.get('intake1', `/v1/calendars/${base}`)).json<CalendarAsked>();
  const more = years.map((year) =>
    day.startsWith(String(year.year)) ? { ...year, holidays: [...year.holidays, day] } : year,
  );
  return { base, hours, years: more };
}

async function ask(body: object, user = 'process1', what = 'calendars'): Promise<Drafted> {
  const answer = await api.post(user, `/v1/${what}`, body);
  expect([answer.statusCode, answer.body]).toEqual([201, expect.any(String)]);
  expect(answer.headers.location).toBe(`/v1/drafts/${answer.json<Drafted>().id}`);
  return answer.json<Drafted>();
}

const publish = async (user: string, id: string): ReturnType<Api['post']> =>
  await api.post(user, `/v1/drafts/${id}/publish`);

/** What the office's stream tells of a draft, in order. */
async function told(id: string): Promise<string[]> {
  const { rows } = await api.db.admin.query<{ said: string }>(
    `SELECT bytes::jsonb->>'type' || ' by ' || (bytes::jsonb->'actor'->>'id') AS said FROM record
       WHERE stream = 'office' AND bytes::jsonb->'data'->>'draft' = $1 ORDER BY seq`,
    [id],
  );
  return rows.map(({ said }) => said);
}

describe('a calendar', () => {
  test('is asked for by one person and published by another, and the office’s stream says both (invariant 23)', async () => {
    const before = await inForce('calendars');
    const draft = await ask(await withHoliday('2026-11-02'));
    expect(draft).toMatchObject({ base: before, outcome: null, askedBy: 'process1', decidedBy: null });
    expect(await inForce('calendars')).toBe(before);
    const own = await publish('process1', draft.id);
    expect([own.statusCode, codeOf(own)]).toEqual([403, 'second-person-needed']);
    const second = await publish('process2', draft.id);
    expect(second.json()).toMatchObject({ outcome: 'published', askedBy: 'process1', decidedBy: 'process2' });
    expect(await inForce('calendars')).toBe(before + 1);
    expect(await told(draft.id)).toEqual(['calendar-asked by process1', 'calendar-published by process2']);
  });

  test('is applied to running clocks from then on: its application is in the list', async () => {
    const draft = await ask(await withHoliday('2026-11-03'));
    await publish('process2', draft.id);
    const { versions } = (await api.get('intake1', '/v1/calendars')).json<{ versions: { applied: object | null }[] }>();
    expect(versions[0]?.applied).toEqual({ done: false, corrected: 0 });
    expect(versions.at(-1)?.applied).toBeNull();
  });

  test('a repeated question is the same draft, and a repeated decision stands', async () => {
    const body = await withHoliday('2026-11-04');
    const [one, two] = [await ask(body), await ask(body)];
    expect(two).toEqual(one);
    const first = await publish('process2', one.id);
    const again = await publish('process2', one.id);
    expect([again.statusCode, again.json()]).toEqual([200, first.json()]);
    expect(await told(one.id)).toHaveLength(2);
  });

  test('that was made from an older version is not published: it would undo the newer one unseen', async () => {
    const [one, two] = [
      await ask(await withHoliday('2026-11-05')),
      await ask(await withHoliday('2026-11-06'), 'process2'),
    ];
    await publish('process2', one.id);
    const late = await publish('process1', two.id);
    expect([late.statusCode, codeOf(late)]).toEqual([409, 'version-outdated']);
    const asked = await api.post('process1', '/v1/calendars', { ...(await withHoliday('2026-11-07')), base: 1 });
    expect([asked.statusCode, codeOf(asked)]).toEqual([409, 'version-outdated']);
  });

  test('that is refused is never published', async () => {
    const { id } = await ask(await withHoliday('2026-11-08'));
    const own = await api.post('process1', `/v1/drafts/${id}/refuse`);
    expect(codeOf(own)).toBe('second-person-needed');
    const refused = await api.post('process2', `/v1/drafts/${id}/refuse`);
    expect(refused.json()).toMatchObject({ outcome: 'refused' });
    expect(codeOf(await publish('process2', id))).toBe('draft-decided');
    expect(await told(id)).toEqual(['calendar-asked by process1', 'calendar-refused by process2']);
  });

  test('two who publish it at once publish it once', async () => {
    await api.db.admin.query(
      `INSERT INTO role_grant (office_id, id, user_id, role, unit_id, valid_from, valid_to)
         SELECT office_id, 'leader1.process_admin', 'leader1', role, unit_id, valid_from, valid_to FROM role_grant WHERE id = 'process2.process_admin'`,
    );
    const before = await inForce('calendars');
    const { id } = await ask(await withHoliday('2026-11-09'));
    const answers = await Promise.all([publish('process2', id), publish('leader1', id)]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(await inForce('calendars')).toBe(before + 1);
  });

  test.each(['intake1', 'supervise1', 'sysadmin1', 'audit1'])(
    'is not for %s to ask for or to publish',
    async (user) => {
      const asked = await api.post(user, '/v1/calendars', await withHoliday('2026-11-10'));
      expect([asked.statusCode, codeOf(asked)]).toEqual([403, 'not-permitted']);
      const { id } = await ask(await withHoliday('2026-11-10'));
      expect(codeOf(await publish(user, id))).toBe('not-permitted');
    },
  );

  test.each<[string, (asked: CalendarAsked) => object, string]>([
    [
      'a date that there is not',
      (asked) => ({ ...asked, years: [{ ...asked.years[0], holidays: ['2024-02-30'] }] }),
      '2024-02-30 不是 2000 至 2099 年的日期',
    ],
    [
      'a day both off and worked',
      ({ years, ...asked }) => ({
        ...asked,
        years: [{ ...years[0], holidays: ['2024-10-01'], makeUpWorkdays: ['2024-10-01'] }],
      }),
      '2024-10-01 既是节假日又是调休上班日',
    ],
    [
      'hours that end before they begin',
      (asked) => ({ ...asked, hours: [{ from: '12:00', to: '08:30' }] }),
      '办公时间须为同一天内的整分钟，依次递增，先上班后下班',
    ],
    ['a year twice', ({ years, ...asked }) => ({ ...asked, years: [years[0], years[0]] }), '2024 重复列出'],
    [
      'dates of a year that is not published',
      ({ years, ...asked }) => ({ ...asked, years: [{ ...years[0], published: false }] }),
      '2024 年列有日期却未公布',
    ],
  ])('with %s is refused, in words', async (_title, change, sentence) => {
    const answer = await api.post('process1', '/v1/calendars', change(await withHoliday('2026-11-11')));
    expect([answer.statusCode, codeOf(answer)]).toEqual([422, 'draft-invalid']);
    expect(answer.json<{ errors: { message: string }[] }>().errors.map(({ message }) => message)).toContain(sentence);
  });

  test.each<[string, object]>([
    ['no office hours', { hours: [] }],
    ['a quarter past twenty-four', { hours: [{ from: '08:30', to: '24:15' }] }],
    ['hours as numbers', { hours: [{ from: 510, to: 720 }] }],
    ['a base of minus one', { base: -1 }],
    ['a base beyond the database', { base: 2_147_483_647 }],
    ['the year 1999', { years: [{ year: 1999, published: true, holidays: [], makeUpWorkdays: [] }] }],
    ['the year 2100', { years: [{ year: 2100, published: true, holidays: [], makeUpWorkdays: [] }] }],
    ['a field more', { version: 7 }],
  ])('with %s has the wrong shape', async (_title, change) => {
    const answer = await api.post('process1', '/v1/calendars', { ...(await withHoliday('2026-11-12')), ...change });
    expect([answer.statusCode, codeOf(answer)]).toEqual([400, 'shape-invalid']);
  });

  test.each([
    ['/v1/calendars/77', 'calendar-not-found', 404],
    ['/v1/calendars/0', 'shape-invalid', 400],
    ['/v1/calendars/latest', 'shape-invalid', 400],
    ['/v1/catalogues/77', 'catalogue-not-found', 404],
    ['/v1/drafts/none', 'draft-not-found', 404],
  ])('%s: %s', async (url, code, status) => {
    const answer = await api.get('intake1', url);
    expect([answer.statusCode, codeOf(answer)]).toEqual([status, code]);
  });

  test('is read with what a draft would change it to', async () => {
    const body = await withHoliday('2026-11-13');
    const { id } = await ask(body);
    const shown = (await api.get('audit1', `/v1/drafts/${id}`)).json<{
      calendar: CalendarAsked & { version: number };
    }>();
    expect(shown.calendar).toEqual({ version: body.base + 1, hours: body.hours, years: body.years });
  });
});

describe('the catalogue', () => {
  const sample = JSON.parse(
    readFileSync(new URL('../../prisma/sample/catalogue.json', import.meta.url), 'utf8'),
  ) as Catalogue; // its shape is tested where it is loaded

  const asked = async (change: (entries: Catalogue['entries']) => object[]): Promise<object> => ({
    base: await inForce('catalogues'),
    system: sample.system,
    entries: change(sample.entries),
  });
  const municipal = (change: object) => (entries: Catalogue['entries']) =>
    entries.map((entry) => (entry.code === 'municipal' ? { ...entry, ...change } : entry));

  const register = async (more: object): Promise<Record<string, unknown>> => {
    const { id } = await create(api);
    const { limit: _limit, ...bare } = REGISTER;
    const answer = await give(api, 'intake1', id, 'register', { ...bare, needs: [], ...more });
    if (answer.statusCode !== 200) return { refused: codeOf(answer) };
    return (await api.get('intake1', `/v1/cases/${id}`)).json<{ fields: Record<string, unknown> }>().fields;
  };

  test('gives the limit by urgency where the registration names none', async () => {
    expect(await register({})).toMatchObject({ limitKind: 'work_day', limitAmount: 2 });
    expect(await register({ urgency: 'urgent' })).toMatchObject({ limitKind: 'urgent_hour', limitAmount: 24 });
    expect(await register({ limit: { kind: 'work_day', amount: 9 } })).toMatchObject({ limitAmount: 9 });
  });

  test('has no category that it does not have', async () => {
    expect(await register({ category: 'weather' })).toEqual({ refused: 'unknown-category' });
    expect(await register({ codeSystem: 'gbt_39666' })).toEqual({ refused: 'unknown-category' });
  });

  test('is read as it was published', async () => {
    expect((await api.get('intake1', '/v1/catalogues/1')).json()).toEqual(sample);
  });

  test('of the next version holds for what is registered from then on (invariant 23; issue 5, 3)', async () => {
    const { limits } = sample.entries.find(({ code }) => code === 'municipal') ?? {};
    const body = await asked(municipal({ limits: { ...limits, ordinary: { kind: 'work_hour', amount: 6 } } }));
    const { id } = await ask(body, 'process2', 'catalogues');
    expect(await register({})).toMatchObject({ limitKind: 'work_day', limitAmount: 2 });
    expect(codeOf(await publish('process2', id))).toBe('second-person-needed');
    expect((await publish('process1', id)).statusCode).toBe(200);
    expect(await register({})).toMatchObject({ limitKind: 'work_hour', limitAmount: 6 });
    expect(await told(id)).toEqual(['catalogue-asked by process2', 'catalogue-published by process1']);
  });

  test.each<[string, (entries: Catalogue['entries']) => object[], string]>([
    ['a unit that is not there', municipal({ unit: 'NOWHERE' }), 'unknown-unit'],
    ['a team that is not there', municipal({ team: 'T99' }), 'unknown-team'],
    ['a category twice', (entries) => [...entries, ...entries.slice(0, 1)], 'draft-invalid'],
  ])('with %s is refused', async (_title, change, code) => {
    const answer = await api.post('process1', '/v1/catalogues', await asked(change));
    expect([answer.statusCode, codeOf(answer)]).toEqual([422, code]);
  });

  test('keeps a category that was taken back from the street, and gives it to the department', async () => {
    const { id } = await create(api);
    await give(api, 'intake1', id, 'register', { ...REGISTER, category: 'gas_business', needs: [] });
    await give(api, 'match1', id, 'start-matching', {});
    await give(api, 'dispatch1', id, 'assign', { team: 'T03' });
    const street = await give(api, 'dispatch1', id, 'dispatch', {});
    expect([street.statusCode, codeOf(street)]).toEqual([409, 'category-taken-back']);
    expect(street.json<{ detail: string }>().detail).toContain('收回-住建-11');
    await give(api, 'dispatch1', id, 'assign', { team: 'T07' });
    expect((await give(api, 'dispatch1', id, 'dispatch', {})).statusCode).toBe(200);
  });
});

test('another office sees no draft of this one and decides on none (invariants 29, 30)', async () => {
  const { id } = await ask(await withHoliday('2026-11-20'));
  for (const answer of [await api.get(stranger, `/v1/drafts/${id}`), await publish(stranger, id)])
    expect([answer.statusCode, codeOf(answer)]).toEqual([404, 'draft-not-found']);
  const { inForce: own, drafts } = (await api.get(stranger, '/v1/calendars')).json<{
    inForce: number;
    drafts: object[];
  }>();
  expect([own, drafts]).toEqual([1, []]);
});

test('the stream of the office verifies after all of this (invariant 33)', async () => {
  const { rows } = await api.db.admin.query<StoredRecord>(
    "SELECT seq, bytes, hash FROM record WHERE stream = 'office' ORDER BY seq",
  );
  expect([verifyChain(rows).intact, rows.length > 10]).toEqual([true, true]);
});

test('a case goes its way whatever was published meanwhile', async () => {
  expect(await walkTo(api, 'sign')).toEqual(expect.any(String));
});
