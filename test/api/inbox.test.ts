import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { itemId, officeId } from '../../domain/ids.ts';
import { markStuck } from '../../record/debt.ts';
import { withOffice } from '../../record/office.ts';
import { codeOf, create, give, REGISTER, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';
import { createSecondOffice } from './second-office.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi();
  await createSecondOffice(api.db);
  await api.db.admin.query("UPDATE resource SET capacity = 1000 WHERE id = 'R05'");
  await api.db.admin.query("UPDATE team SET max_open_load = 100 WHERE id = 'T03'");
});
afterAll(async () => {
  await api.end();
});

interface Line {
  id: string;
  rev: number;
  title: string | null;
  dueAt: string | null;
  state: { id: string };
  because: string[];
  allowed: { command: string; to: string }[];
  refused: { command: string; code: string; text: string }[];
}
interface Page {
  items: Line[];
  next: string | null;
}

async function inbox(user: string, query = '', headers = {}): Promise<Page> {
  const answer = await api.get(user, `/v1/inbox${query}`, headers);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return answer.json<Page>();
}
const lineOf = async (user: string, id: string, query = ''): Promise<Line | undefined> =>
  (await inbox(user, `?limit=100${query}`)).items.find((line) => line.id === id);
const drawn = async (id: string): Promise<string> =>
  (await api.get('audit1', `/v1/cases/${id}`)).json<{ drawn: { user: string }[] }>().drawn.at(-1)?.user ?? '';

describe('what waits for me', () => {
  test('is what my role does next, with the title opened, what I may do and why not the rest', async () => {
    const { id } = await create(api);
    const line = await lineOf('intake1', id);
    expect(line).toMatchObject({ title: '青莲3栋楼道灯全坏', rev: 1, state: { id: 'submitted' }, because: ['step'] });
    expect(line?.allowed).toContainEqual(expect.objectContaining({ command: 'register', to: 'registered' }));
    expect(line?.refused).toContainEqual(
      expect.objectContaining({ command: 'sign', code: 'wrong-state', text: '当前状态（待受理）下不能这样做。' }),
    );
    expect(await lineOf('match1', id)).toBeUndefined();
    const english = await inbox('intake1', '?limit=100', { 'accept-language': 'en' });
    expect(english.items.find((one) => one.id === id)?.refused[0]?.text).toMatch(/^[A-Z]/);
  });

  test('says of each command what the case’s own page says', async () => {
    const id = await walkTo(api, 'start-matching');
    for (const user of ['match1', 'dispatch1']) {
      const line = await lineOf(user, id);
      const { actions } = (await api.get(user, `/v1/cases/${id}/actions`)).json<{
        actions: { command: string; allowed: boolean; refusal: { code: string } | null }[];
      }>();
      expect(line?.allowed.map(({ command }) => command)).toEqual(
        actions.filter(({ allowed }) => allowed).map(({ command }) => command),
      );
      expect(line?.refused.map(({ command, code }) => [command, code])).toEqual(
        actions.filter(({ allowed }) => !allowed).map(({ command, refusal }) => [command, refusal?.code]),
      );
    }
  });

  test('is mine by my unit where the role works for its unit: the clerk of another unit does not see it', async () => {
    const id = await walkTo(api, 'dispatch');
    expect(await lineOf('clerk1', id)).toMatchObject({ because: ['step'] });
    expect(await lineOf('clerk2', id)).toBeUndefined();
    expect(await lineOf('clerk2', id, '&view=all')).toMatchObject({ because: [] });
    expect(await lineOf('clerk3', id)).toMatchObject({ because: ['step'] }); // holds the role for the whole office
  });

  test('is what I was drawn for, and nobody else’s', async () => {
    await api.db.admin.query(
      "INSERT INTO role_grant VALUES ('YX', 'second', 'secretary1', 'inspector', 'YX-LHW', '2026-01-01', NULL) ON CONFLICT DO NOTHING",
    );
    const id = await walkTo(api, 'draw-check');
    const checker = await drawn(id);
    const other = checker === 'inspect1' ? 'secretary1' : 'inspect1';
    const line = await lineOf(checker, id);
    expect(line).toMatchObject({ because: ['drawn'], state: { id: 'checking' } });
    expect(line?.allowed.map(({ command }) => command)).toContain('check');
    expect(await lineOf(other, id)).toBeUndefined();
    expect(await lineOf('supervise1', id)).toBeUndefined();
    await api.db.admin.query("DELETE FROM role_grant WHERE id = 'second'");
  });

  test('is a request that I may decide, and not my own', async () => {
    const id = await walkTo(api, 'review');
    await give(api, 'match1', id, 'release');
    expect((await give(api, 'inspect1', id, 'reopen', { reason: '灯又坏了' })).statusCode).toBe(200);
    const line = await lineOf('supervise1', id);
    expect(line).toMatchObject({ because: ['request'], state: { id: 'closed' } });
    expect(line?.allowed.map(({ command }) => command)).toEqual(expect.arrayContaining(['grant', 'refuse-request']));
    expect(await lineOf('inspect1', id)).toBeUndefined();
    expect(await lineOf('supervise1', id, '&state=closed')).toBeDefined();
    expect(await lineOf('supervise1', id, '&state=signed')).toBeUndefined();
  });

  test('is what another unit asks of mine, until it is answered', async () => {
    const id = await walkTo(api, 'start-work');
    const opened = await give(api, 'case1', id, 'open-task', { unit: 'YX-CM', reason: '需要拆除违建' });
    expect(opened.statusCode).toBe(200);
    const line = await lineOf('clerk2', id);
    expect(line).toMatchObject({ because: ['task'] });
    expect(line?.allowed.map(({ command }) => command)).toContain('answer-task');
    const view = (await api.get('audit1', `/v1/cases/${id}`)).json<{ tasks: { id: string }[] }>();
    const body = { task: view.tasks[0]?.id, answer: 'done', result: '已拆除' };
    expect((await give(api, 'clerk2', id, 'answer-task', body)).statusCode).toBe(200);
    expect(await lineOf('clerk2', id)).toBeUndefined();
  });

  test('is a step of the system that is stuck and that I may take', async () => {
    const { id } = await create(api);
    await give(api, 'intake1', id, 'register', REGISTER);
    expect(await lineOf('match1', id)).toBeUndefined();
    await withOffice(api.db.app, officeId('YX'), async (tx) => {
      await markStuck(tx, itemId(id), 'start-matching', 'NO_RESOURCE', tx.seen);
    });
    expect(await lineOf('match1', id)).toMatchObject({ because: ['stuck'], state: { id: 'registered' } });
    expect(await lineOf('clerk1', id)).toBeUndefined();
  });

  test('is gone once it is done', async () => {
    const id = await walkTo(api, 'dispatch');
    const line = await lineOf('clerk1', id);
    expect((await give(api, 'clerk1', id, 'sign', {}, { 'if-match': `"${line?.rev}"` })).statusCode).toBe(200);
    expect((await lineOf('clerk1', id))?.because).toBeUndefined();
    expect(await lineOf('case1', id)).toMatchObject({ state: { id: 'signed' } });
  });
});

describe('the views of the team and of all', () => {
  test('show what my units handle, and everything that is not over', async () => {
    const id = await walkTo(api, 'sign');
    expect(await lineOf('clerk1', id, '&view=team')).toMatchObject({ state: { id: 'signed' } });
    expect(await lineOf('clerk2', id, '&view=team')).toBeUndefined();
    expect(await lineOf('leader1', id, '&view=team')).toBeDefined(); // the unit stands below the leader's
    const over = await walkTo(api, 'review');
    expect(await lineOf('leader1', over, '&view=all')).toBeUndefined();
  });

  test('are ordered by due instant, then by id, what has none last; page by page each once', async () => {
    const seen: Line[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page = await inbox('audit1', `?view=all&limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items);
      cursor = page.next;
    }
    const { rows } = await api.db.admin.query<{ id: string }>(
      "SELECT id FROM item WHERE office_id = 'YX' AND place NOT IN ('closed', 'withdrawn', 'not_accepted', 'archived') ORDER BY due_at, id",
    );
    expect(rows.length).toBeGreaterThan(6);
    expect(seen.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  });

  test('are filtered', async () => {
    const all = async (query: string): Promise<number> =>
      (await inbox('audit1', `?view=all&limit=100${query}`)).items.length;
    expect(await all('&state=signed')).toBeGreaterThan(0);
    expect(await all('&state=signed&stage=demand-list')).toBe(0);
    expect(await all('&unit=YX-YJ')).toBeGreaterThan(0);
    expect(await all('&unit=YX-CM')).toBe(0);
    expect(await all('&due_before=2020-01-01T00:00:00Z')).toBe(0);
  });

  test('show a resident their own cases, and no office anything of another one', async () => {
    const mine = await create(api, 'reporter1');
    for (const view of ['me', 'team', 'all']) {
      const { items } = await inbox('reporter1', `?view=${view}`);
      expect([view, items.map(({ id }) => id)]).toEqual([view, [mine.id]]);
    }
    expect((await inbox('qs-intake', '?view=all')).items).toEqual([]);
  });

  test.each([
    ['sysadmin1', '', 403, 'may-not-read'],
    ['intake1', '?view=everything', 400, 'shape-invalid'],
    ['intake1', '?limit=101', 400, 'shape-invalid'],
    ['intake1', '?cursor=AAAA', 400, 'cursor-invalid'],
    ['intake1', `?state=${'a'.repeat(300)}`, 400, 'shape-invalid'],
    ['intake1', '?due_before=tomorrow', 400, 'shape-invalid'],
  ])('%s asks for %j: %d %s', async (user, query, status, code) => {
    const answer = await api.get(user, `/v1/inbox${query}`);
    expect([answer.statusCode, codeOf(answer)]).toEqual([status, code]);
  });
});

describe('two people take the same inbox item at once', () => {
  test('invariant 15: exactly one wins, and the other is told what happened instead', async () => {
    await api.db.admin.query(
      "INSERT INTO role_grant VALUES ('YX', 'clerk-too', 'owner1', 'unit_clerk', 'YX-YJ', '2026-01-01', NULL)",
    );
    for (let round = 0; round < 5; round += 1) {
      const id = await walkTo(api, 'dispatch');
      const [one, other] = [await lineOf('clerk1', id), await lineOf('owner1', id)];
      const take = async (user: string, line: Line | undefined) =>
        await give(api, user, id, 'sign', {}, { 'if-match': `"${line?.rev}"` });
      const answers = await Promise.all([take('clerk1', one), take('owner1', other)]);
      const lost = answers.filter(({ statusCode }) => statusCode !== 200);
      expect(lost).toHaveLength(1);
      expect(lost[0]?.statusCode).toBe(412);
      expect(lost[0]?.json()).toMatchObject({
        code: 'stale-revision',
        changed: [{ type: 'sign', actor: { role: 'unit_clerk' } }],
      });
    }
  });
});

describe('saved views', () => {
  const VIEW = { name: '本周到期', filters: { view: 'team', due_before: '2026-03-09T00:00:00+08:00' } };
  const send = async (user: string, method: 'PUT' | 'DELETE', url: string, payload?: object) => {
    const headers = { authorization: `Bearer ${await api.tokenOf(user)}` };
    return await api.inject({ method, url, headers, ...(payload ? { payload } : {}) });
  };

  test('are one’s own: saved, changed, removed; their names are sealed', async () => {
    const made = await api.post('intake1', '/v1/inbox/views', VIEW);
    expect(made.statusCode).toBe(201);
    const { id } = made.json<{ id: string }>();
    expect(made.headers['location']).toBe(`/v1/inbox/views/${id}`);
    expect((await api.get('intake1', '/v1/inbox/views')).json()).toEqual({ items: [{ id, ...VIEW }] });
    expect((await api.get('intake2', '/v1/inbox/views')).json()).toEqual({ items: [] });
    const { rows } = await api.db.admin.query<{ text: string }>(
      'SELECT v::text || convert_from(name, $1) AS text FROM saved_view v',
      ['LATIN1'],
    );
    expect(rows.map(({ text }) => text).join()).not.toContain('本周');
    for (const [user, status] of [
      ['intake2', 404],
      ['intake1', 200],
    ] as const)
      expect(
        (await send(user, 'PUT', `/v1/inbox/views/${id}`, { name: '我的', filters: { view: 'me' } })).statusCode,
      ).toBe(status);
    expect((await api.get('intake1', '/v1/inbox/views')).json()).toEqual({
      items: [{ id, name: '我的', filters: { view: 'me' } }],
    });
    for (const [user, status] of [
      ['intake2', 404],
      ['intake1', 204],
      ['intake1', 404],
    ] as const)
      expect((await send(user, 'DELETE', `/v1/inbox/views/${id}`)).statusCode).toBe(status);
  });

  test.each<[string, object]>([
    ['a name of 10,000 characters', { name: '名'.repeat(10_000) }],
    ['no name', { name: '  ' }],
    ['a filter that is none', { filters: { view: 'me', secret: 1 } }],
    ['a view that is none', { filters: { view: 'everything' } }],
  ])('with %s are refused', async (_what, more) => {
    const answer = await api.post('intake1', '/v1/inbox/views', { ...VIEW, ...more });
    expect([answer.statusCode, codeOf(answer)]).toEqual([400, 'shape-invalid']);
  });

  test('are fifty at most, however many are saved at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 55 }, async () => await api.post('match1', '/v1/inbox/views', VIEW)),
    );
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(50);
    expect(answers.filter(({ statusCode }) => statusCode === 409).map(codeOf)).toEqual(Array(5).fill('too-many-views'));
    expect(
      (await api.get('match1', `/v1/inbox/views?x=${randomUUID()}`)).json<{ items: unknown[] }>().items,
    ).toHaveLength(50);
  });
});
