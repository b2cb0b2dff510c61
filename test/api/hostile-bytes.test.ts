import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rowCounts } from '../support/rows.ts';
import { CREATE } from './cases.ts';
import { type Api, createApi } from './harness.ts';

const CANARY = 'kanarie-ae42';
const HEADERS_MS = 900;

let api: Api;
let port: number;
let auth: string;
let before: Record<string, number>;
const counts = async (): Promise<Record<string, number>> => await rowCounts(api.db.admin, ['refusal_log', 'session']);

beforeAll(async () => {
  api = await createApi({ limits: { missesPerMinute: 10_000, headersWithinMs: HEADERS_MS } });
  auth = `Authorization: Bearer ${await api.tokenOf('grid1')}`;
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = api.app.server.address() as AddressInfo); // it listens on a port, not on a path
});
beforeEach(async () => {
  before = await counts();
});
afterEach(async () => {
  expect(await counts()).toEqual(before);
  expect(api.log.join('')).not.toContain(CANARY);
});
afterAll(async () => {
  await api.end();
});

/** What came back until the connection ended, which it must by itself or at our half-close. */
async function exchange(text: string | Buffer, { keep = false } = {}): Promise<string> {
  return await new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('utf8')));
    socket.on('close', () => done(answer));
    socket.on('error', () => undefined); // closed before all was sent: what it said counts
    socket.write(text);
    if (!keep) socket.end();
  });
}

const BODY = JSON.stringify({ ...CREATE, words: CANARY });
const post = (...more: string[]): string =>
  [
    'POST /v1/cases HTTP/1.1',
    'Host: x',
    'Connection: close',
    auth,
    'Content-Type: application/json',
    `Idempotency-Key: ${randomUUID()}`,
    ...more,
    '',
    '',
  ].join('\r\n');
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const length = `Content-Length: ${Buffer.byteLength(BODY)}`;

function expectProblem(answer: string, status: number, code: string): void {
  expect(answer.split('\r\n', 1)[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
  expect(answer).toContain(`"code":"${code}"`);
}

describe('a request that two readers might understand differently is refused, and its connection ends', () => {
  test.each<[string, () => string]>([
    ['two lengths', () => post(length, 'Content-Length: 5') + BODY],
    ['two lengths in one', () => post(`${length}, 5`) + BODY],
    ['a length and chunks', () => post(length, 'Transfer-Encoding: chunked') + chunk(BODY) + chunk('')],
    ['a negative length', () => post('Content-Length: -1') + BODY],
    ['a length with a sign', () => post('Content-Length: +5') + BODY],
    ['a length in hexadecimal', () => post('Content-Length: 0x10') + BODY],
    ['a length beyond every integer', () => post(`Content-Length: ${'9'.repeat(30)}`) + BODY],
    ['an encoding that is not the last', () => post('Transfer-Encoding: chunked, identity') + chunk(BODY) + chunk('')],
    ['an encoding with a blank before the colon', () => post('Transfer-Encoding : chunked') + chunk(BODY) + chunk('')],
    ['a chunk without a size', () => `${post('Transfer-Encoding: chunked')}x\r\n${BODY}\r\n`],
    ['a chunk that is too long for its size', () => `${post('Transfer-Encoding: chunked')}2\r\n${BODY}\r\n0\r\n\r\n`],
    ['a header folded over two lines', () => post(`X-A: 1\r\n ${CANARY}`)],
    ['a header without a colon', () => post(CANARY)],
    ['a header with a blank in its name', () => post(`X A: ${CANARY}`)],
    ['a header with U+0000', () => post(`X-A: ${CANARY}\0`)],
    ['lines that end in CR alone', () => post(length).replaceAll('\r\n', '\r') + BODY],
    ['a blank before the method', () => ` ${post(length)}${BODY}`],
    ['a version that there is not', () => post(length).replace('HTTP/1.1', 'HTTP/9.9') + BODY],
    ['the first line of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['the hello of TLS', () => '\u0016\u0003\u0001\u0002\u0000\u0001'],
    ['a method that there is not', () => post(length).replace('POST', CANARY.toUpperCase()) + BODY],
    ['no host', () => post(length).replace('Host: x\r\n', '') + BODY],
  ])('%s', async (_what, text) => expectProblem(await exchange(text(), { keep: true }), 400, 'bad-request'));

  test('a second request hidden behind the first is none', async () => {
    const hidden = `GET /v1/me HTTP/1.1\r\nHost: x\r\n${auth}\r\n\r\n`;
    const answer = await exchange(`${post(length, 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`, { keep: true });
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(answer).not.toContain('intake');
  });
});

describe('too much is refused', () => {
  test.each<[string, () => string, number, string]>([
    [
      'ten thousand headers',
      () => post(...Array.from({ length: 10_000 }, (_none, at) => `X-${at}: ${at}`)),
      431,
      'headers-too-large',
    ],
    ['one header of 20,000 characters', () => post(`X-A: ${'x'.repeat(20_000)}`), 431, 'headers-too-large'],
    [
      'an address of 20,000 characters',
      () => `GET /v1/${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      431,
      'headers-too-large',
    ],
    ['a body said to be too long', () => post('Content-Length: 300000'), 413, 'body-too-large'],
    [
      'a body that turns out too long',
      () => post('Transfer-Encoding: chunked') + chunk('x'.repeat(262_145)) + chunk(''),
      413,
      'body-too-large',
    ],
    [
      'a compressed body',
      () => post('Content-Encoding: gzip', 'Content-Length: 2') + '{}',
      415,
      'unsupported-media-type',
    ],
    [
      'another encoding',
      () => post('Transfer-Encoding: gzip, chunked') + chunk('{}') + chunk(''),
      400,
      'shape-invalid',
    ],
    ['another expectation', () => post('Expect: a miracle', length) + BODY, 417, 'expectation-failed'],
  ])('%s', async (_what, text, status, code) => expectProblem(await exchange(text(), { keep: true }), status, code));

  test('headers that do not come to their end are not waited for', async () => {
    const from = performance.now();
    const socket = connect(port, '127.0.0.1');
    const drip = setInterval(() => socket.write('X-A: 1\r\n'), 50);
    let answer = '';
    socket.on('data', (data) => (answer += data.toString('utf8')));
    socket.on('error', () => undefined); // closed while we still drip
    socket.write(`GET /v1/me HTTP/1.1\r\nHost: x\r\n`);
    await new Promise((done) => socket.once('close', done));
    clearInterval(drip);
    expectProblem(answer, 408, 'request-timeout');
    expect(performance.now() - from).toBeLessThan(5 * HEADERS_MS);
  });
});

describe('what is unusual and clear is answered', () => {
  test.each<[string, string, number]>([
    ['HTTP/1.0', 'GET /health/live HTTP/1.0\r\n\r\n', 200],
    [
      'a wish to upgrade',
      'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      200,
    ],
    [
      'a wish for HTTP/2',
      'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n',
      200,
    ],
    ['an address with a host in it', 'GET http://elsewhere/health/live HTTP/1.1\r\nHost: x\r\n\r\n', 200],
    ['a path that climbs', 'GET /v1/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    ['two slashes', 'GET //etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    ['TRACE', `TRACE /v1/me HTTP/1.1\r\nHost: x\r\nX-A: ${CANARY}\r\n\r\n`, 404],
    ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 204],
  ])('%s', async (_what, text, status) => {
    const answer = await exchange(text);
    expect(answer.split(' ')[1]).toBe(String(status));
    expect(answer).not.toContain(CANARY);
    if (status >= 400) expect(answer).toContain('application/problem+json');
  });

  test('CONNECT leads nowhere', async () => {
    expect(await exchange('CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere:443\r\n\r\n')).not.toMatch(
      /^HTTP\/1\.1 2/,
    );
  });
});
