import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { violations } from '../support/invariants.ts';
import { codeOf } from './cases.ts';
import { type Api, createApi } from './harness.ts';
import { type Office, officeOf, secondAdministrator, statuses } from './office.ts';
import { createSecondOffice, ELSEWHERE } from './second-office.ts';

let api: Api;
let office: Office;
beforeAll(async () => {
  api = await createApi();
  office = officeOf(api);
  await createSecondOffice(api.db);
  await secondAdministrator(api);
});
afterEach(async () => {
  expect(await violations(api.db.admin)).toEqual([]);
});
afterAll(async () => {
  await api.end();
});

async function signIn(username: string, password: string): Promise<string | number> {
  const answer = await api.inject({ method: 'POST', url: '/v1/login', payload: { username, password } });
  return answer.statusCode === 200 ? answer.json<{ token: string }>().token : answer.statusCode;
}
const asBearer = async (token: string | number, method: 'GET' | 'POST', url: string, payload?: object) =>
  await api.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'once' },
    ...(payload ? { payload } : {}),
  });

describe('accounts', () => {
  test('are made by a system administrator, with a password that is told once', async () => {
    await office.told();
    const made = await office.newcomer();
    expect(made.username).toMatch(/^yx-new\d+$/);
    expect(await office.told()).toMatchObject([
      { type: 'user-created', actor: { id: 'sysadmin1', role: 'sys_admin' }, data: { user: made.id, unit: 'YX-YJ' } },
    ]);
    const token = await signIn(made.username, made.password);
    expect((await asBearer(token, 'GET', '/v1/me')).json()).toMatchObject({
      user: { id: made.id, name: { zh: '新人' } },
      grants: [],
    });
    const { rows } = await api.db.admin.query(
      "SELECT bytes FROM record WHERE bytes LIKE '%新人%' OR bytes LIKE '%yx-new%'",
    );
    expect(rows).toEqual([]);
  });

  test('are not made by anybody else, and the refusal is logged', async () => {
    const answer = await api.post('leader1', '/v1/users', { username: 'xx', unit: 'YX', name: { zh: '某', en: 'x' } });
    expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'not-permitted']);
    const { rows } = await api.db.admin.query(
      "SELECT code FROM refusal_log WHERE command = 'create-user' AND actor_id = 'leader1'",
    );
    expect(rows).toEqual([{ code: 'not-permitted' }]);
  });

  test.each<[string, object, number, string]>([
    ['a name of 10,000 characters', { username: 'a'.repeat(10_000) }, 400, 'shape-invalid'],
    ['a display name of 10,000 characters', { name: { zh: '长'.repeat(10_000), en: 'x' } }, 400, 'shape-invalid'],
    ['a name with a dash, which parts it from the office', { username: 'a-b' }, 400, 'shape-invalid'],
    ['a name with a quote', { username: "x'; DROP" }, 400, 'shape-invalid'],
    ['a role by the way', { roles: ['sys_admin'] }, 400, 'shape-invalid'],
    ['a unit of nowhere', { unit: 'NOWHERE' }, 422, 'unknown-unit'],
  ])('with %s: %s', async (_what, more, status, code) => {
    const body = { username: 'fine', unit: 'YX', name: { zh: '某', en: 'x' }, ...more };
    const answer = await api.post('sysadmin1', '/v1/users', body);
    expect([answer.statusCode, codeOf(answer)]).toEqual([status, code]);
  });

  test('have a name that nobody else signs in with', async () => {
    const body = { username: 'twice', unit: 'YX', name: { zh: '某', en: 'x' } };
    const answers = await Promise.all([1, 2, 3].map(async () => await api.post('sysadmin1', '/v1/users', body)));
    expect(statuses(answers)).toBe('201 409 409');
    expect(answers.filter(({ statusCode }) => statusCode === 409).map(codeOf)).toEqual([
      'username-taken',
      'username-taken',
    ]);
  });

  test('are listed page by page for whoever looks after them or audits, with names and without passwords', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const answer = await api.get('audit1', `/v1/users?limit=20${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const { items, next } = answer.json<{ items: { id: string }[]; next: string | null }>();
      expect(answer.body).not.toContain('scrypt');
      seen.push(...items.map(({ id }) => id));
      cursor = next;
    }
    const { rows } = await api.db.admin.query<{ id: string }>(
      'SELECT id FROM user_account WHERE office_id = \'YX\' ORDER BY id COLLATE "C"',
    );
    expect(seen).toEqual(rows.map(({ id }) => id));
    expect((await api.get('intake1', '/v1/users')).statusCode).toBe(403);
  });

  test('of another office are not there: neither to see, nor to grant, nor to end', async () => {
    for (const answer of [
      await api.get('sysadmin1', '/v1/users/qs-intake'),
      await api.post('sysadmin1', '/v1/users/qs-intake/deactivate'),
      await api.post('sysadmin1', '/v1/users/qs-intake/reset-password'),
    ])
      expect([answer.statusCode, codeOf(answer)]).toEqual([404, 'user-not-found']);
    const other = await office.ask({ user: 'qs-intake', role: 'caseworker', unit: 'YX' });
    expect([other.statusCode, codeOf(other)]).toEqual([422, 'unknown-user']);
    await api.db.admin.query("INSERT INTO unit VALUES ($1, 'QS-ONLY', NULL, 'office', '青', 'q')", [ELSEWHERE]);
    const unit = await office.ask({ user: 'case2', role: 'caseworker', unit: 'QS-ONLY' });
    expect([unit.statusCode, codeOf(unit)]).toEqual([422, 'unknown-unit']);
    const end = await office.revoke('qs-intake.matcher');
    expect([end.statusCode, codeOf(end)]).toEqual([404, 'unknown-grant']);
  });
});

describe('deactivating', () => {
  test('ends sessions and grants at once, and nobody signs in again; activating gives nothing back', async () => {
    const made = await office.newcomer();
    const grant = await office.granted({ user: made.id, role: 'intake_clerk', unit: 'YX-ZX' });
    const token = await signIn(made.username, made.password);
    expect((await asBearer(token, 'GET', '/v1/cases')).statusCode).toBe(200);
    await office.told();
    expect((await api.post('sysadmin1', `/v1/users/${made.id}/deactivate`)).json()).toMatchObject({
      active: false,
      grants: [{ id: grant.id, inForce: false }],
    });
    expect((await office.told()).map(({ type }) => type)).toEqual(['user-deactivated', 'revoked']);
    expect((await asBearer(token, 'GET', '/v1/cases')).statusCode).toBe(401);
    expect(await signIn(made.username, made.password)).toBe(401);
    const anew = await office.ask({ user: made.id, role: 'intake_clerk', unit: 'YX-ZX' });
    expect([anew.statusCode, codeOf(anew)]).toEqual([409, 'account-inactive']);
    await api.post('sysadmin1', `/v1/users/${made.id}/activate`);
    expect((await asBearer(await signIn(made.username, made.password), 'GET', '/v1/me')).json()).toMatchObject({
      grants: [],
    });
  });

  test('or revoking the last system administrator is refused, and two who end each other leave one', async () => {
    await Promise.all(['sysadmin1', 'sysadmin2'].map(async (name) => await api.tokenOf(name)));
    const both = await Promise.all([
      api.post('sysadmin1', '/v1/users/sysadmin2/deactivate'),
      api.post('sysadmin2', '/v1/users/sysadmin1/deactivate'),
    ]);
    const codes = both.map((answer) => (answer.statusCode === 200 ? 'done' : codeOf(answer)));
    expect(codes.toSorted()).toEqual(['done', 'not-permitted']);
    const left = codes[0] === 'done' ? 'sysadmin1' : 'sysadmin2';
    const own = await api.post(left, `/v1/users/${left}/deactivate`);
    expect([own.statusCode, codeOf(own)]).toEqual([409, 'last-administrator']);
    const last = await office.revoke(`${left}.sys_admin`, left);
    expect([last.statusCode, codeOf(last)]).toEqual([409, 'last-administrator']);
    await api.db.admin.query("UPDATE user_account SET active = true WHERE id LIKE 'sysadmin_'");
    await api.db.admin.query("UPDATE role_grant SET valid_to = NULL WHERE user_id LIKE 'sysadmin_'");
    await api.db.admin.query("DELETE FROM session WHERE user_id LIKE 'sysadmin_'");
    api.forget('sysadmin1');
    api.forget('sysadmin2');
  });
});

describe('passwords', () => {
  test('are reset for somebody with plain roles at once: the old one and its sessions are over', async () => {
    const made = await office.newcomer();
    const old = await signIn(made.username, made.password);
    const answer = await api.post('sysadmin1', `/v1/users/${made.id}/reset-password`);
    const { password } = answer.json<{ password: string }>();
    expect((await asBearer(old, 'GET', '/v1/me')).statusCode).toBe(401);
    expect(await signIn(made.username, made.password)).toBe(401);
    expect(await signIn(made.username, password)).toEqual(expect.any(String));
    expect((await office.told()).at(-1)).toMatchObject({
      type: 'password-reset',
      data: { user: made.id, request: null },
    });
  });

  test('invariant 23: that of a holder of a high role is told to a second person only, who did not ask', async () => {
    const asked = await api.post('sysadmin1', '/v1/users/review2/reset-password');
    expect(asked.statusCode).toBe(202);
    expect(asked.body).not.toContain('password"');
    const { id } = asked.json<{ request: { id: string } }>().request;
    const again = await api.post('sysadmin2', '/v1/users/review2/reset-password');
    expect([again.statusCode, codeOf(again)]).toEqual([409, 'already-requested']);
    const same = await office.decide(id, 'grant', 'sysadmin1');
    expect([same.statusCode, codeOf(same)]).toEqual([403, 'second-person-needed']);
    const done = await office.decide(id, 'grant', 'leader1');
    const { password } = done.json<{ password: string }>();
    expect(await signIn('review2', password)).toEqual(expect.any(String));
    const { rows } = await api.db.admin.query("SELECT 1 FROM record WHERE bytes LIKE '%' || $1 || '%'", [password]);
    expect(rows).toEqual([]);
  });

  test('are changed by their owners, who say the old one', async () => {
    const made = await office.newcomer();
    const token = await signIn(made.username, made.password);
    const wrong = await asBearer(token, 'POST', '/v1/me/password', { current: 'x', new: 'a long enough one' });
    expect([wrong.statusCode, codeOf(wrong)]).toEqual([403, 'password-wrong']);
    const short = await asBearer(token, 'POST', '/v1/me/password', { current: made.password, new: 'short' });
    expect(short.statusCode).toBe(400);
    const right = await asBearer(token, 'POST', '/v1/me/password', {
      current: made.password,
      new: 'a long enough one',
    });
    expect(right.statusCode).toBe(204);
    expect((await asBearer(token, 'GET', '/v1/me')).statusCode).toBe(401);
    expect(await signIn(made.username, 'a long enough one')).toEqual(expect.any(String));
  });
});

describe('roles', () => {
  test('are the office’s own data, each with what it may and may not', async () => {
    const { items } = (await api.get('intake1', '/v1/roles')).json<{
      items: { code: string; high: boolean; may: object[] }[];
    }>();
    expect(items.length).toBeGreaterThanOrEqual(24);
    expect(items.filter(({ high }) => high).map(({ code }) => code)).toEqual(
      expect.arrayContaining([
        'auditor',
        'closure_reviewer',
        'leader',
        'privacy_officer',
        'process_admin',
        'supervisor',
        'sys_admin',
      ]),
    );
    expect(items.every(({ may }) => may.length > 0)).toBe(true);
  });

  test('are added to, told in the office’s stream, and granted', async () => {
    await office.told();
    const role = {
      code: 'river_warden',
      title: { zh: '河长', en: 'river warden' },
      high: false,
      may: [],
      mayNot: [],
    };
    expect((await api.post('sysadmin1', '/v1/roles', role)).statusCode).toBe(201);
    expect(await office.told()).toMatchObject([{ type: 'role-defined', data: { role: 'river_warden' } }]);
    const twice = await api.post('sysadmin1', '/v1/roles', role);
    expect([twice.statusCode, codeOf(twice)]).toEqual([409, 'already-defined']);
    expect((await office.granted({ user: 'grid1', role: 'river_warden', unit: 'QL' })).inForce).toBe(true);
    expect((await api.post('process1', '/v1/roles', { ...role, code: 'other' })).statusCode).toBe(403);
  });
});
