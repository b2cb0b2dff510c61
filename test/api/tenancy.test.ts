import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BY_HAND, codeOf, create, give, REGISTER, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';
import { createSecondOffice, ELSEWHERE } from './second-office.ts';

/** Stands in the words of the other office's case and must never be seen here. */
const CANARY = '金丝雀楼道';

let api: Api;
let clerk: string;
let theirs: { id: string; command: string };
beforeAll(async () => {
  api = await createApi();
  clerk = await createSecondOffice(api.db);
  const made = await create(api, clerk, { title: CANARY, words: CANARY });
  theirs = made as typeof theirs & typeof made; // the answer of a command names it
});
afterAll(async () => {
  await api.end();
});

describe('invariant 29: to another office a case does not exist', () => {
  test.each(['', '/history', '/actions', '/clocks'])(
    'GET /v1/cases/{id}%s answers as for an id that nobody has',
    async (part) => {
      const other = await api.get('audit1', `/v1/cases/${theirs.id}${part}`);
      const absent = await api.get('audit1', `/v1/cases/${randomUUID()}${part}`);
      expect([other.statusCode, codeOf(other)]).toEqual([404, 'unknown-item']);
      expect({ ...other.json<object>(), instance: '' }).toEqual({ ...absent.json<object>(), instance: '' });
    },
  );

  test.each(BY_HAND)('POST …/%s answers as for an id that nobody has', async (command, user, body) => {
    const headers = { 'if-match': '"1"' };
    const other = await give(api, user, theirs.id, command, body, headers);
    const absent = await give(api, user, randomUUID(), command, body, headers);
    expect([other.statusCode, codeOf(other)]).toEqual([404, 'unknown-item']);
    expect({ ...other.json<object>(), instance: '' }).toEqual({ ...absent.json<object>(), instance: '' });
  });

  test('a command of theirs does not exist, by its id or by its key', async () => {
    expect((await api.get('audit1', `/v1/commands/${theirs.command}`)).statusCode).toBe(404);
    expect((await api.get(clerk, `/v1/commands/${theirs.command}`)).statusCode).toBe(200);
  });

  test('lists hold what is the caller’s office’s and nothing else', async () => {
    await create(api);
    const here = (await api.get('audit1', '/v1/cases')).json<{ items: { id: string; code: string }[] }>();
    const there = (await api.get(clerk, '/v1/cases')).json<{ items: { id: string; code: string }[] }>();
    expect(here.items.every(({ code }) => code.startsWith('YX-'))).toBe(true);
    expect(there.items.map(({ id }) => id)).toEqual([theirs.id]);
  });

  test('invariant 30: a resource is reserved in the caller’s own office, although the other has one of the same name', async () => {
    const before = (await api.get(clerk, '/v1/resources/R05')).json<object>();
    await walkTo(api, 'reserve');
    expect((await api.get(clerk, '/v1/resources/R05')).json()).toEqual(before);
    expect((await api.get('match1', '/v1/resources/R05')).json()).not.toEqual(before);
  });

  test('a token names one office and cannot be carried to another', async () => {
    const token = (await api.tokenOf(clerk)).replace(/^QS\./, 'YX.');
    const answer = await api.inject({ method: 'GET', url: '/v1/me', headers: { authorization: `Bearer ${token}` } });
    expect(answer.statusCode).toBe(401);
  });

  test('both offices work with the same keys and ids without meeting', async () => {
    const headers = { 'idempotency-key': randomUUID(), 'if-match': '"1"' };
    const here = await create(api);
    expect((await give(api, 'intake1', here.id, 'register', REGISTER, headers)).statusCode).toBe(200);
    expect((await give(api, clerk, theirs.id, 'register', REGISTER, headers)).statusCode).toBe(200);
  });

  test('no word of theirs was in any answer to this office', async () => {
    for (const url of ['/v1/cases', `/v1/cases/${theirs.id}`, '/v1/teams', '/v1/resources', '/v1/me'])
      expect((await api.get('audit1', url)).body).not.toContain(CANARY);
  });
});

test('invariant 32: after any request no pooled connection carries an office', async () => {
  const id = await walkTo(api, 'sign');
  await Promise.all([
    api.get('audit1', '/v1/cases'),
    api.get('audit1', `/v1/cases/${id}/history`),
    api.get('audit1', '/v1/resources?cursor=x'),
    api.get(clerk, '/v1/teams'),
    give(api, 'grid1', id, 'register', REGISTER),
    give(api, 'case1', id, 'contact', { means: 'phone' }),
    api.post('sysadmin1', '/v1/simulation/advance', { to: '2099-01-01T00:00:00Z' }),
    api.inject({ method: 'POST', url: '/v1/login', payload: { username: 'x', password: 'x' } }),
  ]);
  const pool = api.db.app;
  const clients = await Promise.all(Array.from({ length: pool.totalCount }, async () => await pool.connect()));
  expect(clients.length).toBeGreaterThan(1);
  for (const client of clients) {
    const { rows } = await client.query("SELECT coalesce(current_setting('app.office', true), '') AS office");
    expect(rows).toEqual([{ office: '' }]);
    const seen = await client.query('SELECT 1 FROM item');
    expect(seen.rows).toEqual([]);
    client.release();
  }
});

test('each office counts its cases on its own', async () => {
  const made = await create(api, clerk);
  expect((made as unknown as { code: string }).code).toMatch(new RegExp(`^${ELSEWHERE}-\\d{4}-000002$`));
});
