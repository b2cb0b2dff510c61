import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiCodes } from '../../api/words/problems.ts';
import { languageOf, say, titleOf, wordOf } from '../../api/words/say.ts';
import { codeOf, CREATE, create, REGISTER } from './cases.ts';
import { type Api, createApi } from './harness.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi({ limits: { missesPerMinute: 60 } });
});
afterAll(async () => {
  await api.end();
});

async function raw(body: string | Buffer, headers: Record<string, string> = {}) {
  return await api.inject({
    method: 'POST',
    url: '/v1/cases',
    headers: {
      authorization: `Bearer ${await api.tokenOf('grid1')}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      ...headers,
    },
    payload: body,
  });
}

interface Problem {
  title: string;
  status: number;
  code: string;
  detail: string;
  instance: string;
  errors?: { in: string; pointer: string; code: string; message: string }[];
}

describe('a problem', () => {
  test('is told in the language that the caller prefers, zh unless English is asked for', async () => {
    const ask = async (language?: string): Promise<Problem> =>
      (
        await api.inject({ method: 'GET', url: '/v1/me', headers: language ? { 'accept-language': language } : {} })
      ).json<Problem>();
    expect(await ask()).toEqual({
      type: 'about:blank',
      title: '未登录',
      status: 401,
      code: 'not-signed-in',
      detail: '请先登录，或登录已失效。',
      instance: '/v1/me',
    });
    expect(await ask('en')).toMatchObject({ title: 'Unauthorized', detail: 'Sign in first; or the session is over.' });
  });

  test.each([
    [undefined, 'zh'],
    ['', 'zh'],
    ['fr', 'zh'],
    ['en', 'en'],
    ['EN-us', 'en'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['en;q=0.3, zh-Hans;q=0.2', 'en'],
    ['en;q=0, fr', 'zh'],
    ['fr, en;q=0.1', 'en'],
    [';;;,,q=', 'zh'],
  ])('Accept-Language %s is answered in %s', (header, language) => expect(languageOf(header)).toBe(language));

  test('has words in both languages and a title for every code', () => {
    for (const [code, word] of Object.entries(wordOf)) {
      expect([code, /[\u4e00-\u9fff]/.test(word.zh), /[A-Za-z]/.test(word.en)]).toEqual([code, true, true]);
      expect([code, titleOf(word.status, 'zh')]).not.toContain('Error');
    }
    expect(Object.keys(apiCodes).length).toBeGreaterThan(30);
  });

  test('without details leaves no gap in its sentence', () => {
    expect(say('team-over-capacity', 'en')).toBe('Team is full.');
    expect(say('resource-over-capacity', 'zh', { resource: 'R05' })).toBe('资源 R05 余量不足。');
    expect(say('team-lacks-skill', 'en', { team: 'T01', lacking: ['a', 'b'] })).toBe(
      'Team T01 lacks these skills: a, b.',
    );
  });
});

describe('a body of the wrong shape', () => {
  test.each<[string, object, string, string]>([
    ['an unknown field', { ...CREATE, colour: 'red' }, '/colour', 'unrecognized_keys'],
    ['an unknown field with a slash', { ...CREATE, 'a/b~c': 1 }, '/a~1b~0c', 'unrecognized_keys'],
    ['a text for a number', { ...CREATE, peopleAffected: '72' }, '/peopleAffected', 'invalid_type'],
    ['a fraction', { ...CREATE, peopleAffected: 1.5 }, '/peopleAffected', 'invalid_type'],
    ['a negative number', { ...CREATE, peopleAffected: -1 }, '/peopleAffected', 'too_small'],
    ['a huge number', { ...CREATE, peopleAffected: 10_000_001 }, '/peopleAffected', 'too_big'],
    ['an empty title', { ...CREATE, title: '' }, '/title', 'too_small'],
    ['a title of blanks', { ...CREATE, title: ' \n ' }, '/title', 'too_small'],
    ['a title that is too long', { ...CREATE, title: '长'.repeat(201) }, '/title', 'too_big'],
    ['10,000 characters', { ...CREATE, words: 'x'.repeat(10_000) }, '/words', 'too_big'],
    ['2,001 four-byte characters', { ...CREATE, words: '𠮷'.repeat(2001) }, '/words', 'too_big'],
    ['a category that is no code', { ...CREATE, channel: 'Grid Patrol' }, '/channel', 'invalid_format'],
    ['an area that is no id', { ...CREATE, area: 'QL G1' }, '/area', 'invalid_format'],
    ['letters for a telephone number', { ...CREATE, reporterPhone: 'call me' }, '/reporterPhone', 'invalid_format'],
    ['null', { ...CREATE, place: null }, '/place', 'invalid_type'],
  ])('is refused with a pointer to it: %s', async (_what, body, pointer, code) => {
    for (const language of ['zh', 'en']) {
      const answer = await raw(JSON.stringify(body), { 'accept-language': language });
      expect([answer.statusCode, codeOf(answer)]).toEqual([400, 'shape-invalid']);
      const [first, ...more] = answer.json<Problem>().errors ?? [];
      expect(first).toMatchObject({ in: 'body', pointer, code });
      expect(more).toEqual([]);
      expect(/[\u4e00-\u9fff]/.test(first?.message ?? '')).toBe(language === 'zh');
    }
  });

  test('is refused with a pointer into the depths of it', async () => {
    const { id } = await create(api);
    const needs = [...REGISTER.needs, { id: 'paint', kind: 'goods', unit: 'piece', amount: 0 }];
    const headers = { 'idempotency-key': 'k', 'if-match': '"1"', 'accept-language': 'en' };
    const answer = await api.post('intake1', `/v1/cases/${id}/register`, { ...REGISTER, needs }, headers);
    expect(answer.json<Problem>().errors).toMatchObject([{ pointer: '/needs/1/amount' }]);
    const twice = { ...REGISTER, needs: [...REGISTER.needs, ...REGISTER.needs] };
    const again = await api.post('intake1', `/v1/cases/${id}/register`, twice, headers);
    expect(again.json<Problem>().errors).toMatchObject([{ pointer: '/needs/1', message: 'the same as one before it' }]);
  });

  test.each<[object, string]>([
    [{ needs: [null] }, '/needs/0'],
    [{ needs: [[]] }, '/needs/0'],
    [{ skills: [1, 1] }, '/skills/0'],
    [{ skills: Array.from({ length: 21 }, (_none, at) => `s${at}`) }, '/skills'],
    [{ limit: { kind: 'work_day', amount: 10_000 } }, '/limit/amount'],
    [{ limit: { kind: 'work_day', amount: 0 } }, '/limit/amount'],
    [{ urgency: 'very' }, '/urgency'],
    [{ needs: [{ id: 'a', kind: 'b', unit: 'c', amount: 1_000_000_000_001 }] }, '/needs/0/amount'],
    [{ needs: [{ id: 'a', kind: 'b', unit: 'c', amount: 1, note: 'x' }] }, '/needs/0/note'],
  ])('of a registration is refused: %j', async (part, pointer) => {
    const { id } = await create(api);
    const headers = { 'idempotency-key': 'k', 'if-match': '"1"' };
    const answer = await api.post('intake1', `/v1/cases/${id}/register`, { ...REGISTER, ...part }, headers);
    expect([answer.statusCode, answer.json<Problem>().errors?.[0]?.pointer]).toEqual([400, pointer]);
  });

  test.each([['[]'], ['null'], ['"x"'], ['1'], ['true']])('is refused when it is no object: %s', async (body) => {
    const answer = await raw(body);
    expect([answer.statusCode, codeOf(answer), answer.json<Problem>().errors?.[0]?.pointer]).toEqual([
      400,
      'shape-invalid',
      '',
    ]);
  });

  test('2,000 four-byte characters are welcome', async () => {
    const answer = await raw(JSON.stringify({ ...CREATE, words: '𠮷'.repeat(2000) }));
    expect(answer.statusCode).toBe(201);
  });
});

describe('a body that is not read at all', () => {
  test.each<[string, string | Buffer, Record<string, string>, number, string]>([
    ['a key twice', `{"title":"a","title":"b"}`, {}, 400, 'json-duplicate-key'],
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), {}, 400, 'json-invalid-utf8'],
    ['U+0000', '{"title":"\\u0000"}', {}, 400, 'json-null-character'],
    ['a lone surrogate', '{"title":"\\ud800"}', {}, 400, 'json-lone-surrogate'],
    ['too deep', '['.repeat(40) + ']'.repeat(40), {}, 400, 'json-too-deep'],
    ['an unsafe number', '{"peopleAffected":1e17}', {}, 400, 'json-unsafe-number'],
    ['the key __proto__', '{"__proto__":{}}', {}, 400, 'json-proto-key'],
    ['a byte order mark', '\uFEFF{}', {}, 400, 'json-byte-order-mark'],
    ['no JSON', 'title=x', {}, 400, 'json-malformed'],
    ['nothing', '', {}, 400, 'body-missing'],
    ['more than 256 KiB', `{"title":"${'x'.repeat(262_144)}"}`, {}, 413, 'body-too-large'],
    ['another type', '{}', { 'content-type': 'text/plain' }, 415, 'unsupported-media-type'],
    ['a form', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported-media-type'],
    ['another charset', '{}', { 'content-type': 'application/json; charset=gbk' }, 415, 'unsupported-media-type'],
    ['compressed', '{}', { 'content-encoding': 'gzip' }, 415, 'unsupported-media-type'],
  ])('%s', async (_what, body, headers, status, code) => {
    const answer = await raw(body, headers);
    expect([answer.statusCode, codeOf(answer)]).toEqual([status, code]);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });

  test('is refused before anybody asks who sent it only when it is signed for', async () => {
    const answer = await raw('{"a":1,"a":2}', { authorization: 'Bearer x' });
    expect([answer.statusCode, codeOf(answer)]).toEqual([401, 'not-signed-in']);
  });
});

describe('whatever stands in an address', () => {
  const strange = ['%00', '%F0%A0%AE%B7', "'", '%22%3B--', '%2e%2e%2f', '%C3%28', 'null', '-1', '{}'];
  const places = [
    'cases/X',
    'cases/X/history',
    'cases/X/actions',
    'cases/X/clocks',
    'commands/X',
    'resources/X',
    'teams/X',
  ];
  const queries = [
    'cases?cursor=X',
    'cases?state=X',
    'cases?unit=X',
    'cases?due_before=X',
    'commands?key=X',
    'resources?cursor=X',
  ];

  test.each([...places, ...queries])('/v1/%s is never an error of ours', async (path) => {
    const nul = Buffer.from(JSON.stringify([null, '\0'])).toString('base64url');
    for (const text of [...strange, nul, Buffer.from('["\\u0000"]').toString('base64url')]) {
      const answer = await api.get('audit1', `/v1/${path.replace('X', text)}`);
      expect([text, answer.statusCode < 500, answer.headers['content-type']]).toEqual([
        text,
        true,
        expect.stringMatching(/^application\/(problem\+)?json/),
      ]);
    }
  });
});

describe('addresses and methods', () => {
  test.each<['GET' | 'PUT' | 'DELETE' | 'PATCH' | 'POST', string, number, string, string | undefined]>([
    ['GET', '/v1/nothing', 404, 'not-found', undefined],
    ['GET', '/v1/cases/', 404, 'unknown-item', undefined],
    ['PUT', '/v1/cases', 405, 'method-not-allowed', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/v1/cases/x', 405, 'method-not-allowed', 'GET, HEAD, OPTIONS'],
    ['GET', '/v1/cases/x/sign', 405, 'method-not-allowed', 'OPTIONS, POST'],
    ['PATCH', '/v1/login', 405, 'method-not-allowed', 'OPTIONS, POST'],
    ['POST', '/health/live', 405, 'method-not-allowed', 'GET, HEAD, OPTIONS'],
    ['GET', '/v1/cases/%E0%A4%A', 400, 'bad-request', undefined],
    ['GET', `/v1/cases/${'x'.repeat(200)}`, 400, 'bad-request', undefined],
  ])('%s %s is %i', async (method, url, status, code, allow) => {
    const headers = { authorization: `Bearer ${await api.tokenOf('audit1')}` };
    const answer = await api.inject({ method, url, headers });
    expect([answer.statusCode, codeOf(answer), answer.headers['allow']]).toEqual([status, code, allow]);
  });

  test('OPTIONS names the methods, HEAD answers as GET without a body', async () => {
    const options = await api.inject({ method: 'OPTIONS', url: '/v1/cases' });
    expect([options.statusCode, options.headers['allow'], options.body]).toEqual([204, 'GET, HEAD, OPTIONS, POST', '']);
    const { id } = await create(api);
    const headers = { authorization: `Bearer ${await api.tokenOf('audit1')}` };
    const head = await api.inject({ method: 'HEAD', url: `/v1/cases/${id}`, headers });
    expect([head.statusCode, head.headers['etag'], head.body]).toEqual([200, '"1"', '']);
  });

  test('what does not exist is not tried for ever from one address', async () => {
    const codes: number[] = [];
    for (let at = 0; at < 70; at += 1) codes.push((await api.inject({ method: 'GET', url: `/${at}` })).statusCode);
    expect(new Set(codes)).toEqual(new Set([404, 429]));
  });
});

describe('health', () => {
  test('needs no session, and readiness does not wait for Temporal', async () => {
    const live = await api.inject({ method: 'GET', url: '/health/live' });
    const ready = await api.inject({ method: 'GET', url: '/health/ready' });
    expect([live.statusCode, live.json()]).toEqual([200, { status: 'live' }]);
    expect([ready.statusCode, ready.json()]).toEqual([200, { status: 'ready', database: true, temporal: false }]);
  });
});

describe('on a real socket', () => {
  let port: number;
  beforeAll(async () => {
    await api.app.listen({ host: '127.0.0.1', port: 0 });
    port = (api.app.server.address() as AddressInfo).port; // it listens on a port, not on a path
  });

  async function say(text: string): Promise<string> {
    return await new Promise((done, fail) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString('utf8')));
      socket.on('close', () => done(answer));
      socket.on('error', fail);
    });
  }

  test.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'bad-request'],
    [
      'headers without an end',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
  ])('%s is answered with a problem and the connection ends', async (_what, text, status, code) => {
    const answer = await say(text);
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain(`"code":"${code}"`);
  });

  test('a body that is cut off reaches nobody', async () => {
    const token = await api.tokenOf('grid1');
    await new Promise<void>((done) => {
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': '1000',
        'idempotency-key': 'cut',
      };
      const cut = request({ port, method: 'POST', path: '/v1/cases', headers }, () => done());
      cut.on('error', () => done());
      cut.write('{"title":"x"', () => cut.destroy());
    });
    const answer = await api.get('grid1', '/v1/commands?key=cut');
    expect(answer.statusCode).toBe(404);
  });
});
