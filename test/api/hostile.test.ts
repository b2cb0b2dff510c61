import { randomUUID } from 'node:crypto';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rowCounts } from '../support/rows.ts';
import { codeOf, CREATE, create, give, REGISTER, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';
import { createSecondOffice } from './second-office.ts';

/** Stands in whatever is sent and must be in no line of the log. */
const CANARY = 'kanarie-ae41';

let api: Api;
let clerk: string;
let own: string;
let theirs: string;
let before: Record<string, number>;

const counts = async (): Promise<Record<string, number>> => await rowCounts(api.db.admin, ['refusal_log', 'session']);

beforeAll(async () => {
  api = await createApi({ limits: { missesPerMinute: 10_000, loginsPerMinute: 10_000 } });
  clerk = await createSecondOffice(api.db);
  ({ id: theirs } = await create(api, clerk));
  ({ id: own } = await create(api));
  for (const user of ['grid1', 'intake1', 'audit1', 'match1']) await api.tokenOf(user);
});
beforeEach(async () => {
  before = await counts();
});
/** Nothing is written by anything in this file but what a test takes into account itself, and no word of it is logged. */
afterEach(async () => {
  expect(await counts()).toEqual(before);
  expect(api.log.join('')).not.toContain(CANARY);
});
afterAll(async () => {
  await api.end();
});

function expectProblem(answer: LightMyRequestResponse, status: number, code: string): void {
  expect([answer.statusCode, codeOf(answer)]).toEqual([status, code]);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.json()).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
}

type Headers = Record<string, string>;
/** A registration of our own case, changed in one thing. */
async function register(headers: Headers, body: object | string | Buffer = REGISTER, user = 'intake1') {
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const authorization = `Bearer ${await api.tokenOf(user)}`;
  const usual = { 'content-type': 'application/json', 'idempotency-key': randomUUID(), 'if-match': '"1"' };
  return await api.inject({
    method: 'POST',
    url: `/v1/cases/${own}/register`,
    headers: { authorization, ...usual, ...headers },
    payload,
  });
}

describe('a command is refused, and nothing is written', () => {
  const refusals: [string, () => Promise<LightMyRequestResponse>, number, string][] = [
    [
      'of an unknown case',
      async () => await give(api, 'intake1', randomUUID(), 'register', REGISTER),
      404,
      'unknown-item',
    ],
    ['of no id at all', async () => await give(api, 'intake1', CANARY, 'register', REGISTER), 404, 'unknown-item'],
    ['that is unknown', async () => await give(api, 'intake1', own, CANARY, {}), 404, 'unknown-command'],
    [
      'that only the clock gives',
      async () => await give(api, 'intake1', own, 'reach-level', {}),
      404,
      'unknown-command',
    ],
    ['in the wrong state', async () => await give(api, 'clerk1', own, 'sign'), 409, 'wrong-state'],
    ['in the wrong role', async () => await give(api, 'grid1', own, 'register', REGISTER), 403, 'not-permitted'],
    [
      'of another office: 404, not 403',
      async () => await give(api, 'intake1', theirs, 'register', REGISTER),
      404,
      'unknown-item',
    ],
  ];
  test.each(refusals)('%s', async (_what, send, status, code) => expectProblem(await send(), status, code));

  test.each([
    ['none', { 'if-match': '' }, 428, 'if-match-missing'],
    ['a star', { 'if-match': '*' }, 428, 'if-match-missing'],
    ['a later one', { 'if-match': '"2"' }, 412, 'stale-revision'],
    ['a huge one', { 'if-match': '"999999999"' }, 412, 'stale-revision'],
    ['one beyond every integer', { 'if-match': `"${'9'.repeat(400)}"` }, 400, 'if-match-invalid'],
    ['a weak one', { 'if-match': 'W/"1"' }, 400, 'if-match-invalid'],
    ['a word', { 'if-match': `"${CANARY}"` }, 400, 'if-match-invalid'],
    ['a list', { 'if-match': '"1","2"' }, 400, 'if-match-invalid'],
    ['a negative one', { 'if-match': '"-1"' }, 400, 'if-match-invalid'],
    ['nought', { 'if-match': '"0"' }, 400, 'if-match-invalid'],
    ['one in hexadecimal', { 'if-match': '"0x1"' }, 400, 'if-match-invalid'],
    ['one with an exponent', { 'if-match': '"1e0"' }, 400, 'if-match-invalid'],
    ['one in other digits', { 'if-match': '"\u0661"' }, 400, 'if-match-invalid'],
    ['an open quotation mark', { 'if-match': '"1' }, 400, 'if-match-invalid'],
  ])('at the revision: %s', async (_what, headers, status, code) => {
    expectProblem(await register(headers), status, code);
  });

  test.each([
    ['none', '', 'idempotency-key-missing'],
    ['a blank within', `${CANARY} ${CANARY}`, 'idempotency-key-invalid'],
    ['16,000 characters', 'k'.repeat(16_000), 'idempotency-key-invalid'],
    ['a control character', 'k\u0007', 'idempotency-key-invalid'],
    ['a Han character in Latin-1', '\u00e9', 'idempotency-key-invalid'],
  ])('with the key: %s', async (_what, key, code) => {
    expectProblem(await register({ 'idempotency-key': key }), 400, code);
  });

  test('with a key that was used for another body', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    await api.post('grid1', '/v1/cases', CREATE, headers);
    before = await counts();
    expectProblem(await api.post('grid1', '/v1/cases', { ...CREATE, title: CANARY }, headers), 422, 'key-reused');
    expectProblem(await register(headers, REGISTER, 'grid1'), 422, 'key-reused');
  });

  test('with a key of another user: it is decided for this one, and tells nothing of that one’s', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    await api.post('grid1', '/v1/cases', CREATE, headers);
    before = await counts();
    expectProblem(await register(headers, REGISTER, 'match1'), 403, 'not-permitted');
    expectProblem(
      await api.get('match1', `/v1/commands?key=${headers['idempotency-key']}`),
      404,
      'command-not-applied',
    );
  });

  test('twice at once with one key: one case, one answer', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const [one, two] = await Promise.all([1, 2].map(async () => await api.post('grid1', '/v1/cases', CREATE, headers)));
    expect([one?.statusCode, one?.body]).toEqual([201, two?.body]);
    expect((await counts())['item']).toBe((before['item'] ?? 0) + 1);
    before = await counts();
  });
});

describe('a body is refused, and nothing is written', () => {
  const limit = (amount: string): string => JSON.stringify(REGISTER).replace('"amount":2}', `"amount":${amount}}`);
  test.each<[string, object | string | Buffer, number, string]>([
    ['an unknown field', { ...REGISTER, [CANARY]: CANARY }, 400, 'shape-invalid'],
    ['a field of another command', { ...REGISTER, team: 'T03' }, 400, 'shape-invalid'],
    ['a duplicate key', `{"note":"${CANARY}","note":"x"}`, 400, 'json-duplicate-key'],
    ['a duplicate key, once escaped', '{"note":"a","\\u006eote":"b"}', 400, 'json-duplicate-key'],
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from('{"note":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
      400,
      'json-invalid-utf8',
    ],
    ['U+0000', { ...REGISTER, note: `${CANARY}\u0000` }, 400, 'json-null-character'],
    ['U+0000 in a key', '{"a\\u0000":1}', 400, 'json-null-character'],
    ['a lone surrogate', '{"note":"\\udc00"}', 400, 'json-lone-surrogate'],
    ['33 levels', `{"note":${'['.repeat(32)}${']'.repeat(32)}}`, 400, 'json-too-deep'],
    ['100,000 levels', '{"a":'.repeat(43_000), 400, 'json-malformed'],
    ['2^53', limit('9007199254740992'), 400, 'json-unsafe-number'],
    ['a quantity of 2^53−1', limit('9007199254740991'), 400, 'shape-invalid'],
    ['a quantity of 1e400', limit('1e400'), 400, 'json-unsafe-number'],
    ['a negative quantity', limit('-2'), 400, 'shape-invalid'],
    ['a quantity of nought', limit('-0'), 400, 'shape-invalid'],
    ['half a quantity', limit('0.5'), 400, 'shape-invalid'],
    ['an empty text', { ...REGISTER, note: '' }, 400, 'shape-invalid'],
    ['a text of blanks of many kinds', { ...REGISTER, note: ' \u3000\t\n\u00a0' }, 400, 'shape-invalid'],
    ['a text of 10,000 characters', { ...REGISTER, note: CANARY.repeat(834) }, 400, 'shape-invalid'],
    [
      '10,000 needs',
      {
        ...REGISTER,
        needs: Array.from({ length: 3_000 }, (_none, at) => ({ id: `n${at}`, kind: 'a', unit: 'b', amount: 1 })),
      },
      400,
      'shape-invalid',
    ],
    [
      '10,000 unknown fields',
      Object.fromEntries(Array.from({ length: 10_000 }, (_none, at) => [`${CANARY}${at}`, at])),
      400,
      'shape-invalid',
    ],
    ['the key __proto__', '{"__proto__":{"roles":["supervisor"]}}', 400, 'json-proto-key'],
    ['the key constructor', '{"constructor":{"prototype":{"x":1}}}', 400, 'shape-invalid'],
    ['code of the database', { ...REGISTER, category: "x'); DROP TABLE item; --" }, 400, 'shape-invalid'],
    ['more than the limit', `{"note":"${'x'.repeat(256 * 1024)}"}`, 413, 'body-too-large'],
    ['a byte too many', `{"note":"${'x'.repeat(256 * 1024 - 10)}"}`, 413, 'body-too-large'],
  ])('%s', async (_what, body, status, code) => expectProblem(await register({}, body), status, code));

  test('answers to ten thousand mistakes stay small', async () => {
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_none, at) => [`f${at}`, at]));
    const answer = await register({}, fields);
    expect(answer.body.length).toBeLessThan(32 * 1024);
    expect(answer.json<{ errors: unknown[] }>().errors).toHaveLength(50);
  });
});

test('4-byte Han characters are taken and come back as they were', async () => {
  const rare = { title: '𠮷田𡈽地的楼道灯', words: '𪚥𠀀'.repeat(500), place: '𠮷祥里' };
  const { id } = await create(api, 'grid1', rare);
  before = await counts();
  const view = (await api.get('intake1', `/v1/cases/${id}`)).json<Record<string, unknown>>();
  expect(view).toMatchObject({ texts: rare });
});

describe('who asks', () => {
  const token = async (): Promise<string> => await api.tokenOf('audit1');
  test.each<[string, () => Promise<string> | string]>([
    ['in another scheme', async () => `Token ${await token()}`],
    ['with a name and a password', () => `Basic ${Buffer.from(`intake1:${CANARY}`).toString('base64')}`],
    ['by digest', () => `Digest username="${CANARY}"`],
    ['with the scheme alone', () => 'Bearer'],
    ['with two tokens', async () => `Bearer ${await token()} ${await token()}`],
    ['with a list of tokens', async () => `Bearer ${await token()}, Bearer ${await token()}`],
    ['with a token without its office', async () => `Bearer ${(await token()).slice(3)}`],
    ['with a token of another office', async () => `Bearer ${(await token()).replace('YX.', 'QS.')}`],
    ['with a token and a bit more', async () => `Bearer ${await token()}A`],
    ['with a token in other letters', async () => `Bearer ${(await token()).toUpperCase()}`],
    ['with an unsigned token of another kind', () => 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJpbnRha2UxIn0.'],
    ['with a path for an office', () => `Bearer ../../YX.${CANARY}`],
  ])('%s is nobody', async (_what, authorization) => {
    const answer = await api.inject({
      method: 'GET',
      url: '/v1/me',
      headers: { authorization: await authorization() },
    });
    expectProblem(answer, 401, 'not-signed-in');
  });

  test('with an expired token is nobody, and with a revoked grant may do nothing', async () => {
    await api.tokenOf('leader1');
    await api.db.admin.query("UPDATE session SET expires_at = clock_timestamp() WHERE user_id = 'leader1'");
    expectProblem(await register({}, REGISTER, 'leader1'), 401, 'not-signed-in');
    await api.tokenOf('intake2');
    await api.db.admin.query("UPDATE role_grant SET valid_to = clock_timestamp() WHERE user_id = 'intake2'");
    before = await counts(); // a grant that ends is noted for whom it may set free
    const answer = await register({}, REGISTER, 'intake2');
    expect([403, 404]).toContain(answer.statusCode);
    expect(['no-grant', 'not-permitted']).toContain(codeOf(answer));
  });
});

const cursor = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
describe('an address is answered with a problem of the asker’s', () => {
  test.each<[string, string, number, string]>([
    ['U+0000 in a path', '/v1/cases/%00', 404, 'unknown-item'],
    ['a % that encodes nothing', '/v1/cases/%zz', 400, 'bad-request'],
    ['a path that climbs', '/v1/cases/../../etc/passwd', 404, 'not-found'],
    ['a path that climbs, encoded', '/v1/cases/..%2f..%2fetc%2fpasswd', 404, 'unknown-item'],
    ['a path that climbs among the pages', '/docs/static/..%2f..%2f..%2fpackage.json', 404, 'not-found'],
    ['a very long path', `/v1/cases/${CANARY.repeat(600)}`, 400, 'bad-request'],
    ['a very long query', `/v1/cases?cursor=${CANARY.repeat(600)}`, 400, 'shape-invalid'],
    ['an unknown parameter', `/v1/cases?${CANARY}=1`, 400, 'shape-invalid'],
    ['a parameter twice', '/v1/cases?limit=1&limit=2', 400, 'shape-invalid'],
    ['a parameter that is an object', '/v1/cases?limit[x]=1', 400, 'shape-invalid'],
    ['the parameter __proto__', '/v1/cases?__proto__[x]=1', 400, 'shape-invalid'],
    ['limit −1', '/v1/cases?limit=-1', 400, 'shape-invalid'],
    ['limit 0', '/v1/cases?limit=0', 400, 'shape-invalid'],
    ['limit 1e9', '/v1/cases?limit=1e9', 400, 'shape-invalid'],
    ['limit NaN', '/v1/cases?limit=NaN', 400, 'shape-invalid'],
    ['no limit', '/v1/cases?limit=', 400, 'shape-invalid'],
    ['limit Infinity', '/v1/cases?limit=Infinity', 400, 'shape-invalid'],
    ['a due instant without offset', '/v1/cases?due_before=2026-03-02T09:00:00', 400, 'shape-invalid'],
    ['a due instant on no day', '/v1/cases?due_before=2026-02-30T09:00:00Z', 400, 'shape-invalid'],
    ['a stage that there is not', `/v1/cases?stage=${CANARY}`, 400, 'shape-invalid'],
    ['a state of another shape', "/v1/cases?state='%20OR%201=1", 400, 'shape-invalid'],
    ['a unit with U+0000', '/v1/cases?unit=%00', 400, 'shape-invalid'],
    ['a cursor of nothing we made', `/v1/cases?cursor=${CANARY}`, 400, 'cursor-invalid'],
    ['a cursor with another length', `/v1/cases?cursor=${cursor([1])}`, 400, 'cursor-invalid'],
    ['a cursor with U+0000', `/v1/cases?cursor=${cursor([1, '\0'])}`, 400, 'cursor-invalid'],
    ['a cursor with code', `/v1/cases?cursor=${cursor([1, "' OR 1=1"])}`, 400, 'cursor-invalid'],
    ['a cursor beyond every instant', `/v1/cases?cursor=${cursor([1e300, 'a'])}`, 400, 'cursor-invalid'],
    ['a cursor that is an object', `/v1/cases?cursor=${cursor({ length: 2, 0: 1, 1: 'a' })}`, 400, 'cursor-invalid'],
    ['a resource by another name', `/v1/resources/${CANARY}`, 404, 'resource-not-found'],
    ['a command by U+0000', '/v1/commands/%00', 404, 'command-not-applied'],
    ['a key with U+0000', '/v1/commands?key=%00', 400, 'shape-invalid'],
    ['nothing', `/${CANARY}`, 404, 'not-found'],
  ])('%s', async (_what, url, status, code) => expectProblem(await api.get('audit1', url), status, code));

  test.each<[string, NonNullable<InjectOptions['method']>, string]>([
    ['TRACE', 'TRACE', '/v1/me'],
    ['DELETE of a case', 'DELETE', '/v1/cases/x'],
    ['PUT of a resource', 'PUT', '/v1/resources/R05'],
    ['PATCH of everything', 'PATCH', '/v1/cases'],
    ['PROPFIND', 'PROPFIND', '/v1/cases'],
  ])('%s', async (_what, method, url) => {
    const answer = await api.inject({
      method,
      url,
      headers: { authorization: `Bearer ${await api.tokenOf('audit1')}` },
    });
    expect([404, 405]).toContain(answer.statusCode);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });

  test.each([
    ['of a thousand languages', Array.from({ length: 1_000 }, (_none, at) => `x${at};q=0.${at}`).join()],
    ['of commas', ','.repeat(8_000)],
    ['of weights that are none', 'en;q=NaN,zh;q=-1,en;q=1e9,*;q=2'],
    ['of semicolons', 'en;'.repeat(3_000)],
    ['with code', `en"><script>${CANARY}</script>`],
  ])('in a language %s is told in one of ours', async (_what, language) => {
    const answer = await api.get('audit1', '/v1/cases/x', { 'accept-language': language });
    expectProblem(answer, 404, 'unknown-item');
    expect(['zh', 'en']).toContain(answer.headers['content-language']);
  });
});

test('what was walked through for these tests is as it was', async () => {
  const id = await walkTo(api, 'register');
  before = await counts();
  expect((await api.get('intake1', `/v1/cases/${own}`)).json()).toMatchObject({ rev: 1, state: { id: 'submitted' } });
  expect((await api.get('intake1', `/v1/cases/${id}`)).json()).toMatchObject({ rev: 2 });
});
