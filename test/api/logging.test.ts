import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemOf } from '../../api/plugins/problems.ts';
import { createPrisma } from '../../api/prisma.ts';
import { listTeams } from '../../api/queries/lists.ts';
import { createPool } from '../../record/pool.ts';
import { testPassword } from '../support/constants.ts';
import { OFFICE } from '../support/people.ts';
import { CREATE, create, give, REGISTER } from './cases.ts';
import { type Api, createApi } from './harness.ts';

/** Planted wherever something personal or secret can be entered; must be in no line of the log. */
const canary = {
  title: '金丝雀甲',
  words: '金丝雀乙',
  place: '金丝雀丙',
  reporterName: '金丝雀丁',
  reporterPhone: '13700007777',
};
const forbidden = /金丝雀|13700007777|0000 ?7777/;

let api: Api;
beforeAll(async () => {
  api = await createApi();
});
afterAll(async () => {
  await api.end();
});

interface Line {
  level: number;
  msg: string;
  method?: string;
  route?: string;
  status?: number;
  ms?: number;
}
const lines = (): Line[] => api.log.map((text) => JSON.parse(text) as Line); // pino writes one object a line

test('each request leaves one line: method, pattern of the route, status, duration', async () => {
  const { id } = await create(api);
  const before = api.log.length;
  await api.get('audit1', `/v1/cases/${id}/history?limit=5`);
  await api.get('audit1', `/v1/cases?unit=YX-YJ`);
  await api.inject({ method: 'GET', url: `/nothing?name=${encodeURIComponent(canary.reporterName)}` });
  const written = lines()
    .slice(before)
    .filter(({ route }) => route !== '/v1/login');
  expect(written.map(({ method, route, status, msg }) => [method, route, status, msg])).toEqual([
    ['GET', '/v1/cases/:id/history', 200, 'answered'],
    ['GET', '/v1/cases', 200, 'answered'],
    ['GET', 'unknown', 404, 'answered'],
  ]);
  expect(written.every(({ ms }) => typeof ms === 'number')).toBe(true);
});

test('no line holds a word that somebody wrote, a name, a number, a password or a token', async () => {
  const { id } = await create(api, 'intake1', canary);
  await give(api, 'intake1', id, 'register', { ...REGISTER, note: canary.words });
  await give(api, 'intake1', id, 'withdraw', { voluntary: 'yes', reason: canary.words, 金丝雀: 1 });
  await give(api, 'grid1', id, 'withdraw', { voluntary: 'yes', reason: canary.words });
  await api.post('grid1', '/v1/cases', { ...CREATE, ...canary, title: 1 }, { 'idempotency-key': randomUUID() });
  await api.get('audit1', `/v1/cases/${id}`);
  await api.get('audit1', `/v1/cases?${encodeURIComponent(canary.words)}=1`);
  await api.inject({ method: 'POST', url: '/v1/login', payload: { username: '金丝雀', password: '金丝雀密码' } });
  await api.inject({
    method: 'GET',
    url: '/v1/me',
    headers: { authorization: 'Bearer YX.金丝雀'.replaceAll(/[^\x20-\x7e]/g, 'x') },
  });
  const text = api.log.join('');
  expect(text).not.toMatch(forbidden);
  expect(text).not.toContain(await api.tokenOf('intake1'));
  expect(text).not.toContain(testPassword('intake1'));
});

test('an error of ours is answered without a word of it and logged without a value in it', async () => {
  const { id } = await create(api, 'intake1', canary);
  await api.db.admin.query(
    `CREATE FUNCTION quote_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'quoting ${canary.words}' USING DETAIL = '${canary.reporterPhone}'; END $$`,
  );
  await api.db.admin.query(
    'CREATE TRIGGER quote_it BEFORE INSERT ON sealed_text FOR EACH ROW EXECUTE FUNCTION quote_it()',
  );
  const before = api.log.length;
  const answer = await give(api, 'intake1', id, 'register', { ...REGISTER, note: canary.words });
  await api.db.admin.query('DROP TRIGGER quote_it ON sealed_text');
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([500, 'internal-error']);
  expect(answer.body).not.toMatch(forbidden);
  expect(answer.body).not.toMatch(/sealed_text|quote_it|at .*\.ts/);
  const written = lines().slice(before);
  expect(written.filter(({ level }) => level >= 50)).toHaveLength(1);
  expect(JSON.stringify(written)).not.toMatch(forbidden);
  expect(JSON.stringify(written)).toContain('P0001');
});

test('a database that does not answer is 503 with a time to come back, for lists and commands alike', async () => {
  const { id } = await create(api);
  await Promise.all([api.tokenOf('audit1'), api.tokenOf('intake1')]);
  const { rows } = await api.db.admin.query<{ name: string }>('SELECT current_database() AS name');
  await api.db.admin.query(`ALTER DATABASE ${rows[0]?.name} CONNECTION LIMIT 0`);
  await api.db.admin.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'four_lists_app'",
  );
  await expect.poll(() => api.db.app.totalCount).toBe(0);
  try {
    for (const answer of [
      await api.get('audit1', '/v1/cases'),
      await give(api, 'intake1', id, 'register', REGISTER),
      await api.inject({ method: 'GET', url: '/health/ready' }),
    ]) {
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([503, 'database-unavailable']);
      expect(answer.headers['retry-after']).toBe('2');
    }
  } finally {
    await api.db.admin.query(`ALTER DATABASE ${rows[0]?.name} CONNECTION LIMIT -1`);
  }
  expect((await give(api, 'intake1', id, 'register', REGISTER)).statusCode).toBe(200);
});

test('a database that Prisma does not reach is 503 too', async () => {
  const pool = createPool('postgresql://nobody@127.0.0.1:1/none', 1);
  const prisma = createPrisma(pool);
  const error: unknown = await listTeams(prisma, OFFICE, { limit: 1 }).catch((reason: unknown) => reason);
  expect(problemOf(error, pino({ level: 'silent' })).code).toBe('database-unavailable');
  await prisma.$disconnect();
  await pool.end();
});
