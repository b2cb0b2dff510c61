import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { formatInstant, instant } from '../../domain/time.ts';
import { hashPassword } from '../../record/passwords.ts';
import { testPassword } from '../support/constants.ts';
import { violations } from '../support/invariants.ts';
import { codeOf, create, give, REGISTER, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';
import { createSecondOffice, ELSEWHERE } from './second-office.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi();
  await createSecondOffice(api.db);
  await api.db.admin.query(
    "INSERT INTO user_account (office_id, id, username, unit_id, password_hash) VALUES ('YX', 'sysadmin2', 'sysadmin2', 'YX-XX', $1)",
    [await hashPassword(testPassword('sysadmin2'))],
  );
  await api.db.admin.query(
    "INSERT INTO role_grant VALUES ('YX', 'sysadmin2.sys_admin', 'sysadmin2', 'sys_admin', 'YX-XX', '2026-01-01', NULL)",
  );
});
afterEach(async () => {
  expect(await violations(api.db.admin)).toEqual([]);
});
afterAll(async () => {
  await api.end();
});

interface Made {
  id: string;
  username: string;
  password: string;
}
interface Grant {
  id: string;
  from: string;
  to: string | null;
  inForce: boolean;
}

let count = 0;
/** A person of this office without any grant. */
async function newcomer(unit = 'YX-YJ'): Promise<Made> {
  count += 1;
  const body = { username: `new${count}`, unit, name: { zh: '新人', en: 'Newcomer' } };
  const answer = await api.post('sysadmin1', '/v1/users', body);
  if (answer.statusCode !== 201) throw new Error(answer.body);
  return answer.json<Made>();
}

const ask = async (body: object, by = 'sysadmin1') => await api.post(by, '/v1/grants', body);
const revoke = async (id: string, by = 'sysadmin1') => await api.post(by, `/v1/grants/${id}/revoke`);
async function granted(body: object): Promise<Grant> {
  const answer = await ask(body);
  if (answer.statusCode !== 201) throw new Error(answer.body);
  return answer.json<Grant>();
}
async function waiting(body: object, by = 'sysadmin1'): Promise<string> {
  const answer = await ask(body, by);
  if (answer.statusCode !== 202) throw new Error(answer.body);
  return answer.json<{ request: { id: string } }>().request.id;
}
const decide = async (id: string, verb: string, by: string) => await api.post(by, `/v1/access-requests/${id}/${verb}`);

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

/** What the office's stream has said since the last time. */
let read = 0;
async function told(): Promise<{ type: string; actor: { id: string; role: string }; data: Record<string, unknown> }[]> {
  const { rows } = await api.db.admin.query<{ seq: number; bytes: string }>(
    "SELECT seq, bytes FROM record WHERE stream = 'office' AND office_id = 'YX' AND seq > $1 ORDER BY seq",
    [read],
  );
  read = rows.at(-1)?.seq ?? read;
  return rows.map(({ bytes }) => JSON.parse(bytes) as Awaited<ReturnType<typeof told>>[number]);
}
/** How often each status was answered. */
const statuses = (answers: { statusCode: number }[]): string =>
  answers
    .map(({ statusCode }) => String(statusCode))
    .sort()
    .join(' ');
const soon = (minutes: number): string => formatInstant(instant(Date.now() + minutes * 60_000));

describe('accounts', () => {
  test('are made by a system administrator, with a password that is told once', async () => {
    await told();
    const made = await newcomer();
    expect(made.username).toMatch(/^yx-new\d+$/);
    expect(await told()).toMatchObject([
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
    const other = await ask({ user: 'qs-intake', role: 'caseworker', unit: 'YX' });
    expect([other.statusCode, codeOf(other)]).toEqual([422, 'unknown-user']);
    await api.db.admin.query("INSERT INTO unit VALUES ($1, 'QS-ONLY', NULL, 'office', '青', 'q')", [ELSEWHERE]);
    const unit = await ask({ user: 'case2', role: 'caseworker', unit: 'QS-ONLY' });
    expect([unit.statusCode, codeOf(unit)]).toEqual([422, 'unknown-unit']);
    const end = await revoke('qs-intake.matcher');
    expect([end.statusCode, codeOf(end)]).toEqual([404, 'unknown-grant']);
  });
});

describe('deactivating', () => {
  test('ends sessions and grants at once, and nobody signs in again; activating gives nothing back', async () => {
    const made = await newcomer();
    const grant = await granted({ user: made.id, role: 'intake_clerk', unit: 'YX-ZX' });
    const token = await signIn(made.username, made.password);
    expect((await asBearer(token, 'GET', '/v1/cases')).statusCode).toBe(200);
    await told();
    expect((await api.post('sysadmin1', `/v1/users/${made.id}/deactivate`)).json()).toMatchObject({
      active: false,
      grants: [{ id: grant.id, inForce: false }],
    });
    expect((await told()).map(({ type }) => type)).toEqual(['user-deactivated', 'revoked']);
    expect((await asBearer(token, 'GET', '/v1/cases')).statusCode).toBe(401);
    expect(await signIn(made.username, made.password)).toBe(401);
    const anew = await ask({ user: made.id, role: 'intake_clerk', unit: 'YX-ZX' });
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
    const last = await revoke(`${left}.sys_admin`, left);
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
    const made = await newcomer();
    const old = await signIn(made.username, made.password);
    const answer = await api.post('sysadmin1', `/v1/users/${made.id}/reset-password`);
    const { password } = answer.json<{ password: string }>();
    expect((await asBearer(old, 'GET', '/v1/me')).statusCode).toBe(401);
    expect(await signIn(made.username, made.password)).toBe(401);
    expect(await signIn(made.username, password)).toEqual(expect.any(String));
    expect((await told()).at(-1)).toMatchObject({ type: 'password-reset', data: { user: made.id, request: null } });
  });

  test('invariant 23: that of a holder of a high role is told to a second person only, who did not ask', async () => {
    const asked = await api.post('sysadmin1', '/v1/users/review2/reset-password');
    expect(asked.statusCode).toBe(202);
    expect(asked.body).not.toContain('password"');
    const { id } = asked.json<{ request: { id: string } }>().request;
    const again = await api.post('sysadmin2', '/v1/users/review2/reset-password');
    expect([again.statusCode, codeOf(again)]).toEqual([409, 'already-requested']);
    const same = await decide(id, 'grant', 'sysadmin1');
    expect([same.statusCode, codeOf(same)]).toEqual([403, 'second-person-needed']);
    const done = await decide(id, 'grant', 'leader1');
    const { password } = done.json<{ password: string }>();
    expect(await signIn('review2', password)).toEqual(expect.any(String));
    const { rows } = await api.db.admin.query("SELECT 1 FROM record WHERE bytes LIKE '%' || $1 || '%'", [password]);
    expect(rows).toEqual([]);
  });

  test('are changed by their owners, who say the old one', async () => {
    const made = await newcomer();
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
    await told();
    const role = {
      code: 'river_warden',
      title: { zh: '河长', en: 'river warden' },
      high: false,
      may: [],
      mayNot: [],
    };
    expect((await api.post('sysadmin1', '/v1/roles', role)).statusCode).toBe(201);
    expect(await told()).toMatchObject([{ type: 'role-defined', data: { role: 'river_warden' } }]);
    const twice = await api.post('sysadmin1', '/v1/roles', role);
    expect([twice.statusCode, codeOf(twice)]).toEqual([409, 'already-defined']);
    expect((await granted({ user: 'grid1', role: 'river_warden', unit: 'QL' })).inForce).toBe(true);
    expect((await api.post('process1', '/v1/roles', { ...role, code: 'other' })).statusCode).toBe(403);
  });
});

describe('grants', () => {
  test('count at once, say so in the office’s stream, and end at once', async () => {
    const { id } = await create(api);
    await told();
    const grant = await granted({ user: 'owner1', role: 'intake_clerk', unit: 'YX-ZX' });
    expect(await told()).toMatchObject([
      {
        type: 'granted',
        actor: { id: 'sysadmin1' },
        data: { grant: grant.id, user: 'owner1', role: 'intake_clerk', request: null },
      },
    ]);
    expect((await give(api, 'owner1', id, 'register', REGISTER)).statusCode).toBe(200);
    expect((await revoke(grant.id)).json()).toMatchObject({ id: grant.id, inForce: false });
    expect(await told()).toMatchObject([{ type: 'revoked', data: { grant: grant.id } }]);
    const after = await give(api, 'owner1', (await create(api)).id, 'register', REGISTER);
    expect([after.statusCode, codeOf(after)]).toEqual([403, 'not-permitted']);
    expect((await revoke(grant.id)).statusCode).toBe(200);
    expect(await told()).toEqual([]);
  });

  test.each<[string, object, number, string]>([
    ['an unknown role', { role: 'emperor' }, 422, 'unknown-role'],
    ['a role that is no code', { role: 'Sys Admin' }, 400, 'shape-invalid'],
    ['nobody', { user: 'nobody' }, 422, 'unknown-user'],
    ['a user of 10,000 characters', { user: 'a'.repeat(10_000) }, 400, 'shape-invalid'],
    ['no unit', { unit: 'NOWHERE' }, 422, 'unknown-unit'],
    ['from after to', { from: soon(90), to: soon(30) }, 422, 'interval-invalid'],
    ['from in the past', { from: '2026-01-01T00:00:00+08:00' }, 422, 'interval-invalid'],
    ['an instant without an offset', { from: '2099-01-01T00:00:00' }, 400, 'shape-invalid'],
    ['to before the year 2000', { to: '1999-01-01T00:00:00Z' }, 400, 'shape-invalid'],
    ['to in the past', { to: '2026-01-01T00:00:00Z' }, 422, 'interval-invalid'],
    ['S6: an auditor who is to act', { user: 'audit1' }, 403, 'separation-of-duties'],
    ['S6: somebody who acts and is to audit', { role: 'auditor' }, 403, 'separation-of-duties'],
    ['what is held already', { role: 'resource_owner', unit: 'N-HOS' }, 409, 'already-granted'],
    ['standing in without an end', { role: 'unit_clerk', unit: 'YX-YJ', for: 'clerk1' }, 422, 'interval-invalid'],
    [
      'standing in for whoever has no such role',
      { role: 'dispatcher', for: 'clerk1', to: soon(60) },
      422,
      'principal-lacks-role',
    ],
  ])('to %s: %s', async (_what, more, status, code) => {
    await told();
    const answer = await ask({ user: 'owner1', role: 'caseworker', unit: 'YX-YJ', ...more });
    expect([answer.statusCode, codeOf(answer)]).toEqual([status, code]);
    expect(await told()).toEqual([]);
  });

  test('are given by nobody else: not by a leader, not by an auditor, not by whoever has left', async () => {
    for (const by of ['leader1', 'audit1', 'process1', 'intake1']) {
      const answer = await ask({ user: 'owner1', role: 'volunteer', unit: 'QL' }, by);
      expect([by, answer.statusCode, codeOf(answer)]).toEqual([by, 403, 'not-permitted']);
    }
  });

  test('S6 is held by the database too, over every interval and in both directions', async () => {
    const insert = async (role: string, from: string, to: string | null): Promise<string> =>
      await api.db.admin
        .query("INSERT INTO role_grant VALUES ('YX', gen_random_uuid()::text, 'secretary1', $1, 'YX', $2, $3)", [
          role,
          from,
          to,
        ])
        .then(
          () => 'in',
          ({ constraint }: { constraint: string }) => constraint,
        );
    expect(await insert('auditor', '2026-02-01', '2026-03-01')).toBe('separation-of-duties-S6');
    await api.db.admin.query("DELETE FROM role_grant WHERE office_id = 'YX' AND user_id = 'secretary1'");
    expect(await insert('auditor', '2030-02-01', '2030-03-01')).toBe('in');
    expect(await insert('caseworker', '2030-02-28', null)).toBe('separation-of-duties-S6');
    expect(await insert('caseworker', '2030-01-01', '2030-02-01')).toBe('in');
    expect(await insert('caseworker', '2030-03-01', null)).toBe('in');
  });
});

describe('invariant 23: a high role', () => {
  const body = { user: 'case2', role: 'supervisor', unit: 'YX-JD' };

  test('is asked by one person and granted by another; until then it is not held', async () => {
    await told();
    const id = await waiting(body);
    expect((await told()).map(({ type }) => type)).toEqual(['access-requested']);
    expect((await api.get('audit1', '/v1/grants?user=case2&role=supervisor')).json()).toMatchObject({ items: [] });
    expect(codeOf(await ask(body, 'sysadmin2'))).toBe('already-requested');
    for (const by of ['sysadmin1']) expect(codeOf(await decide(id, 'grant', by))).toBe('second-person-needed');
    for (const by of ['supervise1', 'audit1']) expect(codeOf(await decide(id, 'grant', by))).toBe('not-permitted');
    expect((await decide(id, 'grant', 'leader1')).json()).toMatchObject({
      request: { id, decided: { by: 'leader1', outcome: 'granted' } },
      password: null,
    });
    expect(await told()).toMatchObject([
      { type: 'granted', actor: { id: 'leader1', role: 'leader' }, data: { request: id } },
    ]);
    expect((await api.get('audit1', '/v1/grants?user=case2&role=supervisor')).json()).toMatchObject({
      items: [{ inForce: true }],
    });
    expect(codeOf(await decide(id, 'grant', 'sysadmin2'))).toBe('unknown-request');
  });

  test('is not granted by the one who would hold it, and any role for oneself waits as well', async () => {
    const own = await waiting({ user: 'sysadmin1', role: 'volunteer', unit: 'QL' });
    expect(codeOf(await decide(own, 'grant', 'sysadmin1'))).toBe('second-person-needed');
    const leader = await waiting({ user: 'leader1', role: 'finance', unit: 'YX-CZ' });
    expect(codeOf(await decide(leader, 'grant', 'leader1'))).toBe('second-person-needed');
    expect((await decide(leader, 'refuse', 'leader1')).statusCode).toBe(200);
    expect((await decide(own, 'refuse', 'sysadmin2')).statusCode).toBe(200);
    expect((await told()).at(-1)).toMatchObject({ type: 'access-refused', data: { request: own } });
  });

  test('granted and refused at once is decided once', async () => {
    const id = await waiting({ user: 'match1', role: 'finance', unit: 'YX-CZ' });
    const answers = await Promise.all([
      decide(id, 'grant', 'leader1'),
      decide(id, 'refuse', 'sysadmin2'),
      decide(id, 'grant', 'sysadmin2'),
    ]);
    expect(statuses(answers)).toBe('200 422 422');
    expect(answers.filter(({ statusCode }) => statusCode === 422).map(codeOf)).toEqual([
      'unknown-request',
      'unknown-request',
    ]);
  });

  test('is judged anew when it is granted: whoever audits by then does not get it', async () => {
    const { id: user } = await newcomer('YX-JW');
    const [high, audit] = [
      await waiting({ user, role: 'supervisor', unit: 'YX-JD' }),
      await waiting({ user, role: 'auditor', unit: 'YX-JW' }),
    ];
    expect((await decide(audit, 'grant', 'leader1')).statusCode).toBe(200);
    const late = await decide(high, 'grant', 'leader1');
    expect([late.statusCode, codeOf(late)]).toEqual([403, 'separation-of-duties']);
  });

  test('is not given by the application’s own login behind the back of the rules', async () => {
    const slip = async (sql: string): Promise<string> => {
      const client = await api.db.app.connect();
      try {
        await client.query('BEGIN');
        await client.query("SELECT set_config('app.office', 'YX', true)");
        await client.query(sql);
        return 'done';
      } catch (error) {
        return (error as { constraint?: string }).constraint ?? String(error);
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    };
    const insert = (role: string, from: string): string =>
      `INSERT INTO role_grant VALUES ('YX', 'slip', 'case1', '${role}', 'YX', ${from}, NULL)`;
    expect(await slip(insert('leader', 'office_now()'))).toBe('second-person-needed-grant');
    expect(await slip(insert('matcher', 'office_now()'))).toBe('done');
    expect(await slip(insert('matcher', "'2026-01-01'"))).toBe('interval-invalid-grant');
    expect(await slip("UPDATE role_grant SET valid_to = '2026-06-01' WHERE id = 'case1.caseworker'")).toBe(
      'interval-invalid-grant',
    );
    expect(await slip("UPDATE role_grant SET valid_to = office_now() WHERE id = 'case1.caseworker'")).toBe('done');
    expect(
      await slip(
        `INSERT INTO access_request VALUES ('YX', 'slip', 'password-reset', 'case1', NULL, NULL, NULL, NULL, NULL, 'sysadmin1', 1, 'sysadmin1', 1, 'granted')`,
      ),
    ).toBe('second-person-needed-access');
  });
});

describe('S9: a stand-in', () => {
  test('holds a grant of their own, for somebody, that ends with what it stands for', async () => {
    const own = await granted({ user: 'owner1', role: 'unit_clerk', unit: 'YX-CM' });
    const stand = await granted({ user: 'match1', role: 'unit_clerk', unit: 'YX-CM', for: 'owner1', to: soon(60) });
    expect((await api.get('match1', '/v1/me')).json<{ grants: object[] }>().grants).toContainEqual(
      expect.objectContaining({ id: stand.id, for: 'owner1', role: 'unit_clerk' }),
    );
    await told();
    await revoke(own.id);
    expect((await told()).map(({ type, data }) => [type, data['grant']])).toEqual([
      ['revoked', own.id],
      ['revoked', stand.id],
    ]);
  });
});

describe('invariant 24: a grant between a button shown and a command sent', () => {
  test('revoked: the command is refused and writes nothing', async () => {
    const id = await walkTo(api, 'dispatch');
    const grant = await granted({ user: 'match1', role: 'unit_clerk', unit: 'YX-YJ' });
    const shown = (await api.get('match1', `/v1/cases/${id}/actions`)).json<{
      actions: { command: string; allowed: boolean }[];
    }>();
    expect(shown.actions.find(({ command }) => command === 'sign')).toMatchObject({ allowed: true });
    await revoke(grant.id);
    const { rows: before } = await api.db.admin.query('SELECT rev, head, state FROM item WHERE id = $1', [id]);
    const answer = await give(api, 'match1', id, 'sign');
    expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'not-permitted']);
    expect((await api.db.admin.query('SELECT rev, head, state FROM item WHERE id = $1', [id])).rows).toEqual(before);
  });

  test('and while commands are under way: what was applied was applied while it held', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, async () => (await create(api)).id));
    const grant = await granted({ user: 'match1', role: 'intake_clerk', unit: 'YX-ZX' });
    const [ended, ...answers] = await Promise.all([
      revoke(grant.id),
      ...ids.map(async (id) => await give(api, 'match1', id, 'register', REGISTER)),
    ]);
    expect(ended.statusCode).toBe(200);
    expect(answers.every(({ statusCode }) => statusCode === 200 || statusCode === 403)).toBe(true);
    const late = await give(api, 'match1', (await create(api)).id, 'register', REGISTER);
    expect(late.statusCode).toBe(403); // afterEach asks the database whether every record lies within its grant
  });

  test('two administrators who revoke the same grant at once end it once', async () => {
    const grant = await granted({ user: 'match1', role: 'dispatcher', unit: 'YX-ZX' });
    await told();
    const answers = await Promise.all([revoke(grant.id), revoke(grant.id, 'sysadmin2'), revoke(grant.id, 'sysadmin2')]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect(new Set(answers.map((answer) => answer.json<Grant>().to)).size).toBe(1);
    expect((await told()).map(({ type }) => type)).toEqual(['revoked']);
  });

  test('two who grant the same at once grant it once', async () => {
    const body = { user: 'match1', role: 'grid_worker', unit: 'QL-G1' };
    const answers = await Promise.all([ask(body), ask(body, 'sysadmin2'), ask(body)]);
    expect(statuses(answers)).toBe('201 409 409');
  });
});

describe('a grant that expires', () => {
  test('counts up to its end and not at it', async () => {
    const simulated = await createApi({ simulation: true });
    try {
      const [row] = (await simulated.db.admin.query<{ now: number }>('SELECT office_now_ms() AS now')).rows;
      const end = instant((row?.now ?? 0) + 600_000);
      const body = { user: 'match1', role: 'unit_clerk', unit: 'YX-YJ', to: formatInstant(end) };
      expect((await simulated.post('sysadmin1', '/v1/grants', body)).statusCode).toBe(201);
      const [first, second] = [await walkTo(simulated, 'dispatch'), await walkTo(simulated, 'dispatch')];
      expect((await give(simulated, 'match1', first, 'sign')).statusCode).toBe(200);
      await simulated.db.admin.query(
        'UPDATE simulation_clock SET office_base = to_timestamp($1 / 1000.0), real_base = clock_timestamp()',
        [end],
      );
      const answer = await give(simulated, 'match1', second, 'sign');
      expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'not-permitted']);
      expect(await violations(simulated.db.admin)).toEqual([]);
    } finally {
      await simulated.end();
    }
  });
});
