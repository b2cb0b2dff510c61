import { randomUUID } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { itemId } from '../../domain/ids.ts';
import { violations } from '../support/invariants.ts';
import { move, must } from '../support/people.ts';
import { codeOf, CREATE, create, give, REGISTER, revOf, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi();
});
afterEach(async () => {
  expect(await violations(api.db.admin)).toEqual([]);
});
afterAll(async () => {
  await api.end();
});

async function records(id: string): Promise<number> {
  const { rows } = await api.db.admin.query<{ n: number }>('SELECT count(*) AS n FROM record WHERE stream_id = $1', [
    id,
  ]);
  return rows[0]?.n ?? -1;
}

async function cases(): Promise<number> {
  const { rows } = await api.db.admin.query<{ n: number }>('SELECT count(*) AS n FROM item');
  return rows[0]?.n ?? -1;
}

const statuses = (answers: LightMyRequestResponse[]): number[] =>
  answers.map(({ statusCode }) => statusCode).sort((a, b) => a - b);

describe('a new case', () => {
  test('is answered with 201, its address and its revision as ETag, and wakes its workflow only when it owes something', async () => {
    const before = api.woken.length;
    const answer = await api.post('grid1', '/v1/cases', CREATE, { 'idempotency-key': randomUUID() });
    const body = answer.json<{ id: string; code: string; rev: number; state: string; stage: string }>();
    expect(answer.statusCode).toBe(201);
    expect(answer.headers['location']).toBe(`/v1/cases/${body.id}`);
    expect(answer.headers['etag']).toBe('"1"');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(body).toMatchObject({ rev: 1, state: 'submitted', stage: 'demand-list' });
    expect(body.code).toMatch(/^YX-\d{4}-\d{6}$/);
    expect(api.woken.slice(before)).toEqual([]);
    expect((await give(api, 'intake1', body.id, 'register', REGISTER)).statusCode).toBe(200);
    expect(api.woken.slice(before)).toEqual([{ office: 'YX', item: body.id }]);
  });

  test('invariant 2: sent again with its key answers 201 with the same bytes, says so and makes nothing', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const first = await api.post('grid1', '/v1/cases', CREATE, headers);
    const before = await cases();
    const again = await api.post('grid1', '/v1/cases', { ...CREATE }, headers);
    expect([again.statusCode, again.body]).toEqual([201, first.body]);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect([again.headers['location'], again.headers['etag']]).toEqual([first.headers['location'], '"1"']);
    expect(await cases()).toBe(before);
  });

  test.each([
    ['another code', { channel: 'hotline_12345' }],
    ['another word', { words: '另一段话' }],
    ['another telephone number', { reporterPhone: '13800005678' }],
  ])('invariant 2: a key that comes with %s is refused with 422', async (_what, other) => {
    const headers = { 'idempotency-key': randomUUID() };
    await api.post('grid1', '/v1/cases', CREATE, headers);
    const before = await cases();
    const reused = await api.post('grid1', '/v1/cases', { ...CREATE, ...other }, headers);
    expect([reused.statusCode, codeOf(reused)]).toEqual([422, 'key-reused']);
    expect(await cases()).toBe(before);
  });

  test('invariant 2: eight at once with one key make one case and get one answer', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const before = await cases();
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => await api.post('grid1', '/v1/cases', CREATE, headers)),
    );
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(statuses(answers)).toEqual(Array.from({ length: 8 }, () => 201));
    expect(answers.filter((answer) => answer.headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect(await cases()).toBe(before + 1);
  });

  test('of a resident whose number is known under another spelling is sealed with the same key', async () => {
    const one = await create(api, 'intake1', { reporterPhone: '13911112222' });
    const two = await create(api, 'intake1', { reporterPhone: '+86 139-1111 2222' });
    const { rows } = await api.db.admin.query('SELECT DISTINCT key_id FROM case_detail WHERE item_id = ANY($1)', [
      [one.id, two.id],
    ]);
    expect(rows).toHaveLength(1);
  });

  test('about a place that the office does not have is refused and leaves nothing', async () => {
    const before = await cases();
    const answer = await api.post(
      'grid1',
      '/v1/cases',
      { ...CREATE, area: 'NOWHERE' },
      { 'idempotency-key': 'k-nowhere' },
    );
    expect([answer.statusCode, codeOf(answer)]).toEqual([422, 'unknown-area']);
    expect(await cases()).toBe(before);
  });
});

describe('the key of a command', () => {
  test.each([
    ['is missing', {}, 'idempotency-key-missing'],
    ['is empty', { 'idempotency-key': '' }, 'idempotency-key-missing'],
    ['holds a blank', { 'idempotency-key': 'a b' }, 'idempotency-key-invalid'],
    ['is not ASCII', { 'idempotency-key': 'schlüssel' }, 'idempotency-key-invalid'],
    ['is longer than 128', { 'idempotency-key': 'k'.repeat(129) }, 'idempotency-key-invalid'],
  ])('that %s is refused with 400', async (_what, headers: Record<string, string>, code) => {
    const answer = await api.post('grid1', '/v1/cases', CREATE, headers);
    expect([answer.statusCode, codeOf(answer)]).toEqual([400, code]);
  });

  test('may have 128 characters', async () => {
    const answer = await api.post('grid1', '/v1/cases', CREATE, { 'idempotency-key': '~'.repeat(128) });
    expect(answer.statusCode).toBe(201);
  });

  test('invariant 2: a lost answer is had again with the old If-Match, byte for byte', async () => {
    const { id } = await create(api);
    const headers = { 'idempotency-key': randomUUID(), 'if-match': '"1"' };
    const first = await give(api, 'intake1', id, 'register', REGISTER, headers);
    await give(api, 'match1', id, 'start-matching');
    const again = await give(api, 'intake1', id, 'register', REGISTER, headers);
    expect([again.statusCode, again.body, again.headers['etag']]).toEqual([200, first.body, '"2"']);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await records(id)).toBe(3);
  });

  test('invariant 2: the same command twice at once is one record', async () => {
    const { id } = await create(api);
    const headers = { 'idempotency-key': randomUUID(), 'if-match': '"1"' };
    const answers = await Promise.all(
      [1, 2, 3, 4].map(async () => await give(api, 'intake1', id, 'register', REGISTER, headers)),
    );
    expect(statuses(answers)).toEqual([200, 200, 200, 200]);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(await records(id)).toBe(2);
  });

  test('invariant 2: of one person is free for another', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const one = await api.post('grid1', '/v1/cases', CREATE, key);
    const two = await api.post('intake1', '/v1/cases', CREATE, key);
    expect([one.statusCode, two.statusCode]).toEqual([201, 201]);
    expect(two.body).not.toBe(one.body);
  });

  test('invariant 2: of a refused command is decided anew', async () => {
    const { id } = await create(api);
    const headers = { 'idempotency-key': randomUUID() };
    expect((await give(api, 'match1', id, 'start-matching', undefined, headers)).statusCode).toBe(409);
    await give(api, 'intake1', id, 'register', REGISTER);
    expect((await give(api, 'match1', id, 'start-matching', undefined, headers)).statusCode).toBe(200);
  });
});

describe('the revision that a person saw', () => {
  test.each([
    ['missing', '', 428, 'if-match-missing'],
    ['a star, as long as no command commutes', '*', 428, 'if-match-missing'],
    ['a weak tag', 'W/"1"', 400, 'if-match-invalid'],
    ['two tags', '"1", "2"', 400, 'if-match-invalid'],
    ['without quotes', '1', 400, 'if-match-invalid'],
    ['revision 0', '"0"', 400, 'if-match-invalid'],
    ['no number', '"latest"', 400, 'if-match-invalid'],
  ])('%s is refused', async (_what, tag, status, code) => {
    const { id } = await create(api);
    const headers = { 'idempotency-key': randomUUID(), ...(tag === '' ? {} : { 'if-match': tag }) };
    const answer = await api.post('intake1', `/v1/cases/${id}/register`, REGISTER, headers);
    expect([answer.statusCode, codeOf(answer)]).toEqual([status, code]);
    expect(await records(id)).toBe(1);
  });

  test('that is old is refused with the present one and what happened since, without names', async () => {
    const { id } = await create(api);
    await give(api, 'intake1', id, 'register', REGISTER);
    await give(api, 'match1', id, 'start-matching');
    const late = await give(
      api,
      'intake1',
      id,
      'withdraw',
      { voluntary: 'yes', reason: '不办了' },
      { 'if-match': '"1"' },
    );
    expect([late.statusCode, codeOf(late), late.headers['etag']]).toEqual([412, 'stale-revision', '"3"']);
    expect(late.json()).toMatchObject({
      rev: 3,
      changed: [
        { seq: 2, type: 'register', actor: { role: 'intake_clerk' } },
        { seq: 3, type: 'start-matching', actor: { role: 'matcher' } },
      ],
    });
    expect(late.body).not.toContain('match1');
    expect(await records(id)).toBe(3);
  });

  test('that lies in the future is refused', async () => {
    const { id } = await create(api);
    const answer = await give(api, 'intake1', id, 'register', REGISTER, { 'if-match': '"7"' });
    expect([answer.statusCode, answer.json<{ changed: unknown[] }>().changed]).toEqual([412, []]);
  });

  test('is not made old by a move of the system', async () => {
    const { id } = await create(api);
    await give(api, 'intake1', id, 'register', REGISTER);
    must(await move(api.db.store, itemId(id), 'start-matching', {}));
    const body = { need: 'lamps', resource: 'R05', amount: 1 };
    const answer = await give(api, 'match1', id, 'reserve', body, { 'if-match': '"2"' });
    expect([answer.statusCode, answer.headers['etag']]).toEqual([200, '"4"']);
  });

  test('invariant 15: of six people with the same one, exactly one is applied', async () => {
    const { id } = await create(api);
    const at = { 'if-match': '"1"' };
    const answers = await Promise.all(
      Array.from({ length: 6 }, async () => await give(api, 'intake1', id, 'register', REGISTER, at)),
    );
    expect(statuses(answers)).toEqual([200, 412, 412, 412, 412, 412]);
    expect(await records(id)).toBe(2);
  });
});

describe('a body', () => {
  test('may be left out where the command takes nothing', async () => {
    const id = await walkTo(api, 'dispatch');
    expect((await give(api, 'clerk1', id, 'sign')).statusCode).toBe(200);
  });

  test('may be empty where the command takes nothing, whatever its declared type', async () => {
    const id = await walkTo(api, 'dispatch');
    const answer = await api.inject({
      method: 'POST',
      url: `/v1/cases/${id}/sign`,
      headers: {
        authorization: `Bearer ${await api.tokenOf('clerk1')}`,
        'content-type': 'application/json',
        'content-length': '0',
        'idempotency-key': randomUUID(),
        'if-match': `"${await revOf(api, id)}"`,
      },
    });
    expect(answer.statusCode).toBe(200);
  });

  test('that is missing is refused with a code of its own', async () => {
    const { id } = await create(api);
    const answer = await give(api, 'intake1', id, 'register');
    expect([answer.statusCode, codeOf(answer)]).toEqual([400, 'body-missing']);
  });
});

test('invariant 5: what became of a command is told by its id, and to its sender by the key', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const made = await api.post('grid1', '/v1/cases', CREATE, headers);
  const { id, command } = made.json<{ id: string; command: string }>();
  const byId = await api.get('audit1', `/v1/commands/${command}`);
  const byKey = await api.get('grid1', `/v1/commands?key=${headers['idempotency-key']}`);
  expect(byId.json()).toMatchObject({ outcome: 'applied', name: 'submit', item: id, rev: 1, actor: { id: 'grid1' } });
  expect(byId.json<{ answer: unknown }>().answer).toEqual(made.json());
  expect(byKey.json()).toEqual(byId.json());
  const stranger = await api.get('intake1', `/v1/commands?key=${headers['idempotency-key']}`);
  expect([stranger.statusCode, codeOf(stranger)]).toEqual([404, 'command-not-applied']);
  const resident = await api.get('reporter1', `/v1/commands/${command}`);
  expect([resident.statusCode, codeOf(resident)]).toEqual([404, 'command-not-applied']);
});
