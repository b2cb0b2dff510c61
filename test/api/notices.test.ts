import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Limit } from '../../domain/clock/due.ts';
import { itemId, officeId } from '../../domain/ids.ts';
import { parseInstant } from '../../domain/time.ts';
import { tellNews } from '../../record/news.ts';
import { move, must } from '../support/people.ts';
import { codeOf, give, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';

const OFFICE = officeId('YX');
let api: Api;
beforeAll(async () => {
  api = await createApi();
  await api.db.admin.query("UPDATE resource SET capacity = 1000 WHERE id = 'R05'");
});
afterAll(async () => {
  await api.end();
});

interface Notice {
  id: string;
  kind: string;
  text: string;
  item: { id: string; code: string } | null;
  readAt: string | null;
}
interface Page {
  items: Notice[];
  unread: number;
  next: string | null;
}

/** What somebody was told, once everything is told that has happened. */
async function notices(user: string, query = '', headers = {}): Promise<Page> {
  while ((await tellNews(api.db.app, OFFICE)) > 0);
  const answer = await api.get(user, `/v1/notices${query}`, headers);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return answer.json<Page>();
}

describe('notices', () => {
  test('tell a clerk in both languages of an order that has come to the unit, and go when they are read', async () => {
    const id = await walkTo(api, 'dispatch');
    const { items, unread } = await notices('clerk1');
    expect(unread).toBe(1);
    const [notice] = items;
    expect(notice).toMatchObject({ kind: 'assigned', item: { id }, readAt: null });
    expect(notice?.text).toBe(`${notice?.item?.code} 已交本单位办理。`);
    const english = await notices('clerk1', '', { 'accept-language': 'en' });
    expect(english.items[0]?.text).toBe(`${notice?.item?.code} has come to your unit.`);
    expect((await notices('clerk2')).items).toEqual([]);

    const read = async (user: string) => await api.post(user, `/v1/notices/${notice?.id}/read`);
    expect((await read('clerk1')).json()).toEqual({ read: 1, unread: 0 });
    expect((await read('clerk1')).json()).toEqual({ read: 0, unread: 0 });
    expect([(await read('clerk2')).statusCode, codeOf(await read('clerk2'))]).toEqual([404, 'notice-not-found']);
    expect((await notices('clerk1', '?unread=true')).items).toEqual([]);
    expect((await notices('clerk1')).items).toMatchObject([{ readAt: expect.stringContaining('+08:00') }]);
  });

  test('all that were seen are read at once, and none that came after', async () => {
    const [first, second] = [await walkTo(api, 'dispatch'), await walkTo(api, 'dispatch')];
    const seen = await notices('clerk1', '?unread=true');
    expect(seen.items.map(({ item }) => item?.id)).toEqual(expect.arrayContaining([first, second]));
    await walkTo(api, 'dispatch');
    await notices('clerk1');
    const answer = await api.post('clerk1', '/v1/notices/read-all', { through: seen.items[0]?.id });
    expect(answer.json()).toEqual({ read: 2, unread: 1 });
  });

  test('come page by page, the latest first', async () => {
    const whole = (await notices('clerk1')).items.map(({ id }) => id);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page = await notices('clerk1', `?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    expect(seen).toEqual(whole);
    const numbers = seen.map((id) => Number.parseInt(id, 10));
    expect(numbers).toEqual(numbers.toSorted((one, other) => other - one));
    expect(whole.length).toBeGreaterThan(3);
  });

  test('tell of requests for access, of grants and their end, also whoever has no grant left', async () => {
    const asked = await api.post('sysadmin1', '/v1/grants', { user: 'owner1', role: 'finance', unit: 'YX-CZ' });
    const { id } = asked.json<{ request: { id: string } }>().request;
    expect((await notices('leader1', '?unread=true')).items).toMatchObject([
      { kind: 'access-waits', text: expect.stringContaining('待第二人决定') },
    ]);
    await api.post('leader1', `/v1/access-requests/${id}/grant`);
    expect((await notices('sysadmin1')).items[0]).toMatchObject({ kind: 'granted' });
    await api.post('sysadmin1', '/v1/grants/owner1.resource_owner/revoke');
    const { items } = await notices('owner1');
    expect(items.map(({ kind }) => kind)).toEqual(['revoked', 'granted']);
    expect(items.every(({ item }) => item === null)).toBe(true);
  });

  test('tell what is about to be late to the unit, and what is late up to whoever leads', async () => {
    const simulated = await createApi({ simulation: true });
    try {
      const id = itemId(await walkTo(simulated, 'sign'));
      const clocks = (await simulated.get('audit1', `/v1/cases/${id}/clocks`)).json<{
        clocks: { id: string; run: number; due: string; limit: Limit }[];
      }>();
      const handle = clocks.clocks.find(({ id: clock }) => clock === 'handle');
      if (!handle) throw new Error('the handling clock does not run');
      const { run, due, limit } = handle;
      await simulated.db.admin.query(
        'UPDATE simulation_clock SET office_base = to_timestamp($1 / 1000.0), real_base = clock_timestamp()',
        [parseInstant(due) + 1],
      );
      for (const level of [1, 2])
        must(await move(simulated.db.store, id, 'reach-level', { id: 'handle', run, limit, level }));
      while ((await tellNews(simulated.db.app, OFFICE)) > 0);
      const kinds = async (user: string): Promise<string[]> =>
        (await simulated.get(user, '/v1/notices')).json<Page>().items.map(({ kind }) => kind);
      expect(await kinds('clerk1')).toEqual(['clock-due', 'clock-warning', 'assigned']);
      expect(await kinds('case1')).toEqual(['clock-due', 'clock-warning']);
      expect(await kinds('leader1')).toEqual(['escalated']);
      expect(await kinds('supervise1')).toEqual(['escalated']);
      expect(await kinds('clerk2')).toEqual([]);
    } finally {
      await simulated.end();
    }
  });

  test.each(['x', '1', '1.', '.assigned', `${'9'.repeat(30)}.assigned`, '1.assigned%27'])(
    '%s is no notice',
    async (id) => {
      const answer = await api.post('clerk1', `/v1/notices/${id}/read`);
      expect([answer.statusCode, codeOf(answer)]).toEqual([404, answer.json<{ code: string }>().code]);
      expect(['notice-not-found', 'not-found']).toContain(codeOf(answer));
    },
  );

  test('of what one does oneself are none', async () => {
    const id = await walkTo(api, 'sign');
    await give(api, 'case1', id, 'contact', { means: 'phone' });
    const { items } = await notices('case1');
    expect(items.filter(({ item }) => item?.id === id)).toEqual([]);
  });
});
