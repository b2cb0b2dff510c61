import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { formatInstant, instant } from '../../domain/time.ts';
import { violations } from '../support/invariants.ts';
import { codeOf, create, give, REGISTER, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';
import { type Grant, type Office, officeOf, secondAdministrator, soon, statuses } from './office.ts';

let api: Api;
let office: Office;
beforeAll(async () => {
  api = await createApi();
  office = officeOf(api);
  await secondAdministrator(api);
});
afterEach(async () => {
  expect(await violations(api.db.admin)).toEqual([]);
});
afterAll(async () => {
  await api.end();
});

describe('grants', () => {
  test('count at once, say so in the office’s stream, and end at once', async () => {
    const { id } = await create(api);
    await office.told();
    const grant = await office.granted({ user: 'owner1', role: 'intake_clerk', unit: 'YX-ZX' });
    expect(await office.told()).toMatchObject([
      {
        type: 'granted',
        actor: { id: 'sysadmin1' },
        data: { grant: grant.id, user: 'owner1', role: 'intake_clerk', request: null },
      },
    ]);
    expect((await give(api, 'owner1', id, 'register', REGISTER)).statusCode).toBe(200);
    expect((await office.revoke(grant.id)).json()).toMatchObject({ id: grant.id, inForce: false });
    expect(await office.told()).toMatchObject([{ type: 'revoked', data: { grant: grant.id } }]);
    const after = await give(api, 'owner1', (await create(api)).id, 'register', REGISTER);
    expect([after.statusCode, codeOf(after)]).toEqual([403, 'not-permitted']);
    expect((await office.revoke(grant.id)).statusCode).toBe(200);
    expect(await office.told()).toEqual([]);
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
    await office.told();
    const answer = await office.ask({ user: 'owner1', role: 'caseworker', unit: 'YX-YJ', ...more });
    expect([answer.statusCode, codeOf(answer)]).toEqual([status, code]);
    expect(await office.told()).toEqual([]);
  });

  test('are given by nobody else: not by a leader, not by an auditor, not by whoever has left', async () => {
    for (const by of ['leader1', 'audit1', 'process1', 'intake1']) {
      const answer = await office.ask({ user: 'owner1', role: 'volunteer', unit: 'QL' }, by);
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
    await office.told();
    const id = await office.waiting(body);
    expect((await office.told()).map(({ type }) => type)).toEqual(['access-requested']);
    expect((await api.get('audit1', '/v1/grants?user=case2&role=supervisor')).json()).toMatchObject({ items: [] });
    expect(codeOf(await office.ask(body, 'sysadmin2'))).toBe('already-requested');
    for (const by of ['sysadmin1']) expect(codeOf(await office.decide(id, 'grant', by))).toBe('second-person-needed');
    for (const by of ['supervise1', 'audit1'])
      expect(codeOf(await office.decide(id, 'grant', by))).toBe('not-permitted');
    expect((await office.decide(id, 'grant', 'leader1')).json()).toMatchObject({
      request: { id, decided: { by: 'leader1', outcome: 'granted' } },
      password: null,
    });
    expect(await office.told()).toMatchObject([
      { type: 'granted', actor: { id: 'leader1', role: 'leader' }, data: { request: id } },
    ]);
    expect((await api.get('audit1', '/v1/grants?user=case2&role=supervisor')).json()).toMatchObject({
      items: [{ inForce: true }],
    });
    expect(codeOf(await office.decide(id, 'grant', 'sysadmin2'))).toBe('unknown-request');
  });

  test('is not granted by the one who would hold it, and any role for oneself waits as well', async () => {
    const own = await office.waiting({ user: 'sysadmin1', role: 'volunteer', unit: 'QL' });
    expect(codeOf(await office.decide(own, 'grant', 'sysadmin1'))).toBe('second-person-needed');
    const leader = await office.waiting({ user: 'leader1', role: 'finance', unit: 'YX-CZ' });
    expect(codeOf(await office.decide(leader, 'grant', 'leader1'))).toBe('second-person-needed');
    expect((await office.decide(leader, 'refuse', 'leader1')).statusCode).toBe(200);
    expect((await office.decide(own, 'refuse', 'sysadmin2')).statusCode).toBe(200);
    expect((await office.told()).at(-1)).toMatchObject({ type: 'access-refused', data: { request: own } });
  });

  test('granted and refused at once is decided once', async () => {
    const id = await office.waiting({ user: 'match1', role: 'finance', unit: 'YX-CZ' });
    const answers = await Promise.all([
      office.decide(id, 'grant', 'leader1'),
      office.decide(id, 'refuse', 'sysadmin2'),
      office.decide(id, 'grant', 'sysadmin2'),
    ]);
    expect(statuses(answers)).toBe('200 422 422');
    expect(answers.filter(({ statusCode }) => statusCode === 422).map(codeOf)).toEqual([
      'unknown-request',
      'unknown-request',
    ]);
  });

  test('is judged anew when it is granted: whoever audits by then does not get it', async () => {
    const { id: user } = await office.newcomer('YX-JW');
    const [high, audit] = [
      await office.waiting({ user, role: 'supervisor', unit: 'YX-JD' }),
      await office.waiting({ user, role: 'auditor', unit: 'YX-JW' }),
    ];
    expect((await office.decide(audit, 'grant', 'leader1')).statusCode).toBe(200);
    const late = await office.decide(high, 'grant', 'leader1');
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
    const own = await office.granted({ user: 'owner1', role: 'unit_clerk', unit: 'YX-CM' });
    const stand = await office.granted({
      user: 'match1',
      role: 'unit_clerk',
      unit: 'YX-CM',
      for: 'owner1',
      to: soon(60),
    });
    expect((await api.get('match1', '/v1/me')).json<{ grants: object[] }>().grants).toContainEqual(
      expect.objectContaining({ id: stand.id, for: 'owner1', role: 'unit_clerk' }),
    );
    await office.told();
    await office.revoke(own.id);
    expect((await office.told()).map(({ type, data }) => [type, data['grant']])).toEqual([
      ['revoked', own.id],
      ['revoked', stand.id],
    ]);
  });
});

describe('invariant 24: a grant between a button shown and a command sent', () => {
  test('revoked: the command is refused and writes nothing', async () => {
    const id = await walkTo(api, 'dispatch');
    const grant = await office.granted({ user: 'match1', role: 'unit_clerk', unit: 'YX-YJ' });
    const shown = (await api.get('match1', `/v1/cases/${id}/actions`)).json<{
      actions: { command: string; allowed: boolean }[];
    }>();
    expect(shown.actions.find(({ command }) => command === 'sign')).toMatchObject({ allowed: true });
    await office.revoke(grant.id);
    const { rows: before } = await api.db.admin.query('SELECT rev, head, state FROM item WHERE id = $1', [id]);
    const answer = await give(api, 'match1', id, 'sign');
    expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'not-permitted']);
    expect((await api.db.admin.query('SELECT rev, head, state FROM item WHERE id = $1', [id])).rows).toEqual(before);
  });

  test('and while commands are under way: what was applied was applied while it held', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, async () => (await create(api)).id));
    const grant = await office.granted({ user: 'match1', role: 'intake_clerk', unit: 'YX-ZX' });
    const [ended, ...answers] = await Promise.all([
      office.revoke(grant.id),
      ...ids.map(async (id) => await give(api, 'match1', id, 'register', REGISTER)),
    ]);
    expect(ended.statusCode).toBe(200);
    expect(answers.every(({ statusCode }) => statusCode === 200 || statusCode === 403)).toBe(true);
    const late = await give(api, 'match1', (await create(api)).id, 'register', REGISTER);
    expect(late.statusCode).toBe(403); // afterEach asks the database whether every record lies within its grant
  });

  test('two administrators who revoke the same grant at once end it once', async () => {
    const grant = await office.granted({ user: 'match1', role: 'dispatcher', unit: 'YX-ZX' });
    await office.told();
    const answers = await Promise.all([
      office.revoke(grant.id),
      office.revoke(grant.id, 'sysadmin2'),
      office.revoke(grant.id, 'sysadmin2'),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect(new Set(answers.map((answer) => answer.json<Grant>().to)).size).toBe(1);
    expect((await office.told()).map(({ type }) => type)).toEqual(['revoked']);
  });

  test('two who grant the same at once grant it once', async () => {
    const body = { user: 'match1', role: 'grid_worker', unit: 'QL-G1' };
    const answers = await Promise.all([office.ask(body), office.ask(body, 'sysadmin2'), office.ask(body)]);
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
