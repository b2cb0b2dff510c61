import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testPassword } from '../support/constants.ts';
import { codeOf, CREATE, create, give, REGISTER, EVIDENCE } from './cases.ts';
import { type Api, createApi } from './harness.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi({ limits: { loginsPerMinute: 10_000 } });
});
afterAll(async () => {
  await api.end();
});

async function logIn(username: string, password = testPassword(username)): Promise<LightMyRequestResponse> {
  return await api.inject({ method: 'POST', url: '/v1/login', payload: { username, password } });
}

async function me(authorization: string | undefined): Promise<LightMyRequestResponse> {
  const headers = authorization === undefined ? {} : { authorization };
  return await api.inject({ method: 'GET', url: '/v1/me', headers });
}

const tokenIn = (answer: LightMyRequestResponse): string => answer.json<{ token: string }>().token;
/** What a caller can tell apart, but for the address. */
const seen = ({ statusCode, body }: LightMyRequestResponse): unknown => [statusCode, JSON.parse(body)];

async function fail(username: string, times: number): Promise<LightMyRequestResponse[]> {
  const answers: LightMyRequestResponse[] = [];
  for (let at = 0; at < times; at += 1) answers.push(await logIn(username, 'wrong'));
  return answers;
}

describe('signing in', () => {
  test('gives a token of the office for eight hours, of which only the SHA-256 is kept', async () => {
    const answer = await logIn('intake2');
    const { token, expiresAt } = answer.json<{ token: string; expiresAt: string }>();
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(token).toMatch(/^YX\.[A-Za-z0-9_-]{43}$/);
    const { rows } = await api.db.admin.query<{ hours: number; kept: string }>(
      `SELECT round(extract(epoch FROM $1::timestamptz - clock_timestamp()) / 3600)::int AS hours,
         (SELECT string_agg(s::text, ' ') FROM session s) AS kept`,
      [expiresAt],
    );
    expect(rows[0]?.hours).toBe(8);
    expect(rows[0]?.kept).not.toContain(token.slice(3));
  });

  test('tells who one is, with the grants in force', async () => {
    const answer = await me(`Bearer ${await api.tokenOf('grid3')}`);
    expect(answer.json()).toMatchObject({
      user: { id: 'grid3', username: 'grid3', name: { zh: '黄某某', en: 'Huang Moumou' } },
      unit: { id: 'NT-G2' },
      office: { id: 'YX', name: { zh: '云溪街道', en: 'Yunxi sub-district' } },
      grants: [
        { id: 'grid3.grid_worker', role: 'grid_worker', title: { zh: '网格员' }, unit: 'NT-G2', validTo: null },
        { id: 'grid3.volunteer', role: 'volunteer' },
      ],
      simulation: false,
    });
    expect(answer.json<{ now: string }>().now).toMatch(/^20\d\d-.*\+08:00$/);
    expect(answer.headers['simulation']).toBeUndefined();
  });

  test('with a wrong password and with a name that nobody has look the same', async () => {
    const [wrong] = await fail('leader1', 1);
    const [unknown] = await fail('nobody-of-that-name', 1);
    if (!wrong || !unknown) throw new Error('no answers');
    expect(seen(wrong)).toEqual(seen(unknown));
    expect([wrong.statusCode, codeOf(wrong)]).toEqual([401, 'login-failed']);
  });

  test.each([
    ['a password of 257 characters', { username: 'intake1', password: 'x'.repeat(257) }],
    ['an unknown field', { username: 'intake1', password: 'x', office: 'YX' }],
    ['no password', { username: 'intake1' }],
    ['an empty name', { username: '', password: 'x' }],
    ['a number for a name', { username: 1, password: 'x' }],
  ])('with %s is refused by its shape', async (_what, payload) => {
    const answer = await api.inject({ method: 'POST', url: '/v1/login', payload });
    expect([answer.statusCode, codeOf(answer)]).toEqual([400, 'shape-invalid']);
  });

  test('is bounded for one address', async () => {
    const narrow = await createApi({ limits: { loginsPerMinute: 3 } });
    try {
      const payload = { username: 'nobody', password: 'x' };
      const answers: number[] = [];
      for (let at = 0; at < 4; at += 1)
        answers.push((await narrow.inject({ method: 'POST', url: '/v1/login', payload })).statusCode);
      expect(answers).toEqual([401, 401, 401, 429]);
      const last = await narrow.inject({ method: 'POST', url: '/v1/login', payload });
      expect([codeOf(last), last.headers['content-type']]).toEqual([
        'too-many-requests',
        'application/problem+json; charset=utf-8',
      ]);
      expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
    } finally {
      await narrow.end();
    }
  });
});

describe('after five failures', () => {
  test('an account waits 30 seconds, doubled with each further failure, and the right password does not help', async () => {
    const five = await fail('finance1', 5);
    expect(five.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 401, 401]);
    const locked = await logIn('finance1');
    expect([locked.statusCode, codeOf(locked), locked.headers['retry-after']]).toEqual([429, 'login-locked', '30']);
    await endWait('finance1');
    const [sixth] = await fail('finance1', 1);
    expect(sixth?.statusCode).toBe(401);
    expect((await logIn('finance1')).headers['retry-after']).toBe('60');
  });

  test('it never waits longer than a quarter of an hour', async () => {
    await api.db.admin.query("UPDATE user_account SET failures = 60 WHERE id = 'project1'");
    await fail('project1', 1);
    expect((await logIn('project1')).headers['retry-after']).toBe('900');
  });

  test('the wait over, the right password signs in and forgets the failures', async () => {
    await fail('lead1', 5);
    await endWait('lead1');
    expect((await logIn('lead1')).statusCode).toBe(200);
    const again = await fail('lead1', 4);
    expect(again.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 401]);
    expect((await logIn('lead1')).statusCode).toBe(200);
  });

  test('a name that nobody has is held back in the same way', async () => {
    const known = await fail('owner1', 6);
    const unknown = await fail('no-such-owner', 6);
    expect(unknown.map(seen)).toEqual(known.map(seen));
    expect(unknown.at(-1)?.headers['retry-after']).toBe('30');
  });

  test('many tries at once do not outrun the count', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, async () => await logIn('secretary1', 'wrong')));
    const counted = answers.filter(({ statusCode }) => statusCode === 401);
    expect([counted.length, answers.length - counted.length]).toEqual([5, 7]);
  });

  async function endWait(username: string): Promise<void> {
    await api.db.admin.query('UPDATE user_account SET locked_until = clock_timestamp() WHERE id = $1', [username]);
  }
});

test('many people of one name sign in at once with the right password', async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, async () => await logIn('liaison1')));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 12 }, () => 200));
});

describe('a session', () => {
  test.each([
    ['no header', undefined],
    ['another scheme', 'Basic aW50YWtlMTp4'],
    ['no token', 'Bearer '],
    ['a token without an office', 'Bearer abc'],
    ['a token of an office that does not exist', `Bearer XX.${'a'.repeat(43)}`],
    ['a token of no session', `Bearer YX.${'a'.repeat(43)}`],
    ['an office that is a quotation mark', `Bearer '.${'a'.repeat(43)}`],
    ['a token beyond all measure', `Bearer YX.${'a'.repeat(5000)}`],
  ])('with %s is none: 401', async (_what, authorization) => {
    const answer = await me(authorization);
    expect([answer.statusCode, codeOf(answer)]).toEqual([401, 'not-signed-in']);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  test('with one character changed is none', async () => {
    const token = tokenIn(await logIn('liaison2'));
    for (const at of [0, 1, 2, 3, 20, token.length - 1]) {
      const other = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect([at, (await me(`Bearer ${other}`)).statusCode]).toEqual([at, 401]);
    }
    expect((await me(`Bearer ${token}`)).statusCode).toBe(200);
  });

  test('is over at its time by the real clock, and its row goes at the next sign-in', async () => {
    const token = tokenIn(await logIn('supervise2'));
    await api.db.admin.query("UPDATE session SET expires_at = clock_timestamp() WHERE user_id = 'supervise2'");
    expect((await me(`Bearer ${token}`)).statusCode).toBe(401);
    await logIn('supervise2');
    const { rows } = await api.db.admin.query("SELECT 1 FROM session WHERE user_id = 'supervise2'");
    expect(rows).toHaveLength(1);
  });

  test('ends with a sign-out, and only that one', async () => {
    const [one, two] = [tokenIn(await logIn('review2')), tokenIn(await logIn('review2'))];
    const out = await api.inject({ method: 'POST', url: '/v1/logout', headers: { authorization: `Bearer ${one}` } });
    expect([out.statusCode, out.body]).toEqual([204, '']);
    expect([(await me(`Bearer ${one}`)).statusCode, (await me(`Bearer ${two}`)).statusCode]).toEqual([401, 200]);
  });
});

describe('invariant 24: a grant counts at the moment of the command', () => {
  test('revoked, it is missing at once, for commands and for reading', async () => {
    const { id } = await create(api);
    expect((await api.get('clerk2', `/v1/cases/${id}`)).statusCode).toBe(200);
    await api.db.admin.query("UPDATE role_grant SET valid_to = clock_timestamp() WHERE user_id = 'clerk2'");
    for (const url of ['/v1/cases', `/v1/cases/${id}`, `/v1/cases/${id}/actions`, '/v1/resources', '/v1/teams']) {
      const answer = await api.get('clerk2', url);
      expect([url, answer.statusCode, codeOf(answer)]).toEqual([url, 403, 'no-grant']);
    }
    const create2 = await api.post('clerk2', '/v1/cases', CREATE, { 'idempotency-key': 'k' });
    expect([create2.statusCode, codeOf(create2)]).toEqual([403, 'not-permitted']);
    expect((await api.get('clerk2', '/v1/me')).json()).toMatchObject({ grants: [] });
  });

  test('revoked for one of two roles, the other stays', async () => {
    const { id } = await create(api);
    await api.db.admin.query("UPDATE role_grant SET valid_to = clock_timestamp() WHERE id = 'grid3.grid_worker'");
    const answer = await give(api, 'grid3', id, 'settle-on-the-spot', {
      evidence: EVIDENCE,
    });
    expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'not-permitted']);
    expect((await api.get('grid3', `/v1/cases/${id}`)).statusCode).toBe(200);
  });

  test('given anew, it counts at once', async () => {
    const { id } = await create(api);
    await api.db.admin.query(
      "INSERT INTO role_grant VALUES ('YX', 'new', 'liaison1', 'intake_clerk', 'YX', clock_timestamp() - interval '1 hour', NULL)",
    );
    expect((await give(api, 'liaison1', id, 'register', REGISTER)).statusCode).toBe(200);
  });
});
