import { createHash } from 'node:crypto';
import { request as ask } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { photoOf, segment } from '../../../stack/photo.ts';
import * as made from '../../support/files.ts';
import { violations } from '../../support/invariants.ts';
import { eventually } from '../../workflows/driving.ts';
import { bring, codeOf, create } from '../cases.ts';
import { type Api, createApi } from '../harness.ts';

let api: Api;
let id: string;
let port: number;
beforeAll(async () => {
  api = await createApi();
  ({ id } = await create(api));
  port = Number(new URL(await api.app.listen({ port: 0, host: '127.0.0.1' })).port);
});
afterAll(async () => {
  expect(await violations(api.db.admin)).toEqual([]);
  expect(api.log.filter((line) => line.includes('"level":50'))).toEqual([]);
  await api.end();
});

async function kept(): Promise<number> {
  const { rows } = await api.db.admin.query<{ n: number }>(
    'SELECT (SELECT count(*) FROM file_content) + (SELECT count(*) FROM file_chunk) + (SELECT count(*) FROM case_file) AS n',
  );
  return rows[0]?.n ?? 0;
}

const MOST = 20 * 1024 * 1024;
const text = (words: string): Buffer => Buffer.from(words);
const lit = photoOf('hostile').bytes;
const svg = text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
const html = text('<!DOCTYPE html><html><body><script>alert(1)</script></body></html>');
const multipart = text('--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\nAAAA\r\n--x--\r\n');
const named = (name: string): Record<string, string> => ({ 'file-name': encodeURIComponent(name) });
const typed = (type: string): Record<string, string> => ({ 'content-type': type });
const RIGHT_TO_LEFT = String.fromCodePoint(0x202e);

type Hostile = [title: string, bytes: Buffer, headers: Record<string, string>, status: number, code: string];

const corpus: Hostile[] = [
  ['nothing at all', Buffer.alloc(0), {}, 422, 'file-empty'],
  ['a single byte', Buffer.of(0xff), {}, 415, 'file-type-refused'],
  ['zeros', Buffer.alloc(4096), {}, 415, 'file-type-refused'],
  ['an SVG with a script', svg, typed('image/svg+xml'), 415, 'file-type-refused'],
  ['an SVG that says it is a photograph', svg, {}, 415, 'file-type-refused'],
  ['an SVG that says nothing', svg, typed('application/octet-stream'), 415, 'file-type-refused'],
  ['a page called a photograph', html, named('photo.jpg'), 415, 'file-type-refused'],
  ['a page', html, typed('text/html'), 415, 'file-type-refused'],
  ['a program of Windows', text(`MZ${'\0'.repeat(200)}`), typed('application/octet-stream'), 415, 'file-type-refused'],
  [
    'a program of Linux',
    text(`\x7fELF${'\0'.repeat(200)}`),
    typed('application/octet-stream'),
    415,
    'file-type-refused',
  ],
  ['a script', text('#!/bin/sh\nrm -rf /\n'), typed('application/octet-stream'), 415, 'file-type-refused'],
  ['an archive', text(`PK\x03\x04${'\0'.repeat(200)}`), typed('application/octet-stream'), 415, 'file-type-refused'],
  ['an archive called a photograph', gzipSync(lit), {}, 415, 'file-type-refused'],
  [
    'a film of another maker',
    Buffer.concat([made.box('ftyp', text('qt  \0\0\0\0')), made.box('moov')]),
    typed('application/octet-stream'),
    415,
    'file-type-refused',
  ],
  ['a PNG that says it is a JPEG', made.png(), {}, 415, 'file-type-differs'],
  ['a PDF that says it is a PNG', made.pdf(), typed('image/png'), 415, 'file-type-differs'],
  ['a photograph that says it is a film', lit, typed('video/mp4'), 415, 'file-type-differs'],
  ['a photograph behind a page', Buffer.concat([html, lit]), {}, 415, 'file-type-refused'],
  ['the beginning of a photograph before a page', Buffer.concat([lit.subarray(0, 20), html]), {}, 422, 'file-damaged'],
  ['a photograph cut off in the middle', lit.subarray(0, lit.length - 20), {}, 422, 'file-damaged'],
  ['a photograph without its end', lit.subarray(0, lit.length - 2), {}, 422, 'file-damaged'],
  [
    'a photograph without a picture',
    Buffer.concat([lit.subarray(0, 20), Buffer.of(0xff, 0xd9)]),
    {},
    422,
    'file-damaged',
  ],
  [
    'a segment that is longer than the file',
    Buffer.concat([lit.subarray(0, 20), Buffer.of(0xff, 0xe1, 0xff, 0xff)]),
    {},
    422,
    'file-damaged',
  ],
  [
    'a segment shorter than its own length',
    Buffer.concat([lit.subarray(0, 20), Buffer.of(0xff, 0xe1, 0, 1), Buffer.alloc(99)]),
    {},
    422,
    'file-damaged',
  ],
  ['a PNG cut off', made.png().subarray(0, 50), typed('image/png'), 422, 'file-damaged'],
  [
    'a PNG without its header',
    Buffer.concat([made.PNG_SIGNATURE, made.pngChunk('IDAT', text('x')), made.pngChunk('IEND', text(''))]),
    typed('image/png'),
    422,
    'file-damaged',
  ],
  [
    'a PNG with a chunk of 4 GiB',
    Buffer.concat([made.png().subarray(0, 33), Buffer.of(0xff, 0xff, 0xff, 0xff), text('IDAT'), Buffer.alloc(99)]),
    typed('image/png'),
    422,
    'file-damaged',
  ],
  [
    'a PNG of 100,000 by 100,000',
    made.png({ width: 100_000, height: 100_000 }),
    typed('image/png'),
    422,
    'image-too-large',
  ],
  [
    'a JPEG of 65,535 by 65,535',
    Buffer.concat([
      lit.subarray(0, 20),
      segment(0xc0, Buffer.of(8, 255, 255, 255, 255, 1, 1, 17, 0)),
      lit.subarray(20),
    ]),
    {},
    422,
    'image-too-large',
  ],
  ['a PNG that is 0 pixels wide', made.png({ width: 0 }), typed('image/png'), 422, 'file-damaged'],
  [
    'a WebP whose parts are longer than the whole',
    Buffer.concat([made.riff('WEBP'), text('VP8L\xff\xff\xff\x7f'), Buffer.alloc(99)]),
    typed('image/webp'),
    422,
    'file-damaged',
  ],
  [
    'a film whose box is longer than the file',
    Buffer.concat([made.mp4WithNotes(), Buffer.of(0x7f, 255, 255, 255), text('mdat')]),
    typed('video/mp4'),
    422,
    'file-damaged',
  ],
  [
    'a film with a box shorter than its head',
    Buffer.concat([made.mp4WithNotes(), Buffer.of(0, 0, 0, 3), text('mdat')]),
    typed('video/mp4'),
    422,
    'file-damaged',
  ],
  [
    'a film without a description',
    Buffer.concat([made.box('ftyp', text('isom\0\0\0\0')), made.box('mdat', Buffer.alloc(99))]),
    typed('video/mp4'),
    422,
    'file-damaged',
  ],
  ['a PDF that never ends', text(`%PDF-1.7\n${'x'.repeat(5000)}`), typed('application/pdf'), 422, 'file-damaged'],
  [
    'a tag of sound that is all there is',
    text(`ID3\x03\0\0\x7f\x7f\x7f\x7f${'\0'.repeat(99)}`),
    typed('audio/mpeg'),
    422,
    'file-damaged',
  ],
  ['one byte too many', made.jpegOf(MOST + 1), {}, 413, 'file-too-large'],
  [
    'a bomb that unpacks to 100 MB',
    gzipSync(Buffer.alloc(100_000_000)),
    { 'content-encoding': 'gzip' },
    415,
    'file-type-refused',
  ],
  ['a form', multipart, typed('multipart/form-data; boundary=x'), 415, 'file-type-refused'],
  ['a form without its boundary', multipart, typed('multipart/form-data'), 415, 'file-type-refused'],
  [
    'two files in a form',
    Buffer.concat([multipart, multipart]),
    typed('multipart/form-data; boundary=x'),
    415,
    'file-type-refused',
  ],
  ['a file in JSON', text('{"file":"/9j/"}'), typed('application/json'), 415, 'file-type-refused'],
  ['a type that is none', lit, typed('image/jpeg/../../x'), 415, 'unsupported-media-type'],
  ['no name', lit, { 'file-name': '' }, 400, 'file-name-invalid'],
  ['a name that climbs', lit, named('../../x.jpg'), 400, 'file-name-invalid'],
  ['a name that climbs on Windows', lit, named('..\\..\\x.jpg'), 400, 'file-name-invalid'],
  ['a name that is a directory', lit, named('..'), 400, 'file-name-invalid'],
  ['a name on another disk', lit, named('C:x.jpg'), 400, 'file-name-invalid'],
  ['a name of 256 bytes', lit, named('x'.repeat(252) + '.jpg'), 400, 'file-name-invalid'],
  ['a name of 86 characters in 258 bytes', lit, named('名'.repeat(86)), 400, 'file-name-invalid'],
  ['a program that reads like a photograph', lit, named(`photo${RIGHT_TO_LEFT}gpj.exe`), 400, 'file-name-invalid'],
  ['a name with a line end', lit, named('x.jpg\r\nSet-Cookie: a=b'), 400, 'file-name-invalid'],
  ['a name with a zero', lit, named('x.exe\0.jpg'), 400, 'file-name-invalid'],
  ['a name with what nobody sees', lit, named(`x${String.fromCodePoint(0x200b)}.jpg`), 400, 'file-name-invalid'],
  ['a name that is no UTF-8', lit, { 'file-name': '%ff%fe.jpg' }, 400, 'file-name-invalid'],
  ['a name half encoded', lit, { 'file-name': '%E6%A5' }, 400, 'file-name-invalid'],
];

test('the corpus is as large as it is said to be, and no two are alike', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(40);
  expect(new Set(corpus.map(([title]) => title)).size).toBe(corpus.length);
});

function expectProblem(answer: LightMyRequestResponse, status: number, code: string): void {
  expect([answer.statusCode, codeOf(answer)]).toEqual([status, code]);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
}

describe('what is hostile is refused by name, and nothing of it is kept', () => {
  test.each(corpus)('%s', async (_title, bytes, headers, status, code) => {
    const before = await kept();
    expectProblem(await bring(api, 'case1', id, bytes, headers), status, code);
    expect(await kept()).toBe(before);
  });

  test('without the header that names it', async () => {
    const authorization = `Bearer ${await api.tokenOf('case1')}`;
    const headers = { authorization, 'content-type': 'image/jpeg' };
    const answer = await api.inject({ method: 'POST', url: `/v1/cases/${id}/files`, headers, payload: lit });
    expectProblem(answer, 400, 'file-name-missing');
  });

  test('a name that is no hash finds nothing', async () => {
    for (const name of ['..%2f..%2fetc%2fpasswd', 'AB'.repeat(32), 'ab'])
      expectProblem(await api.get('case1', `/v1/cases/${id}/files/${name}`), 400, 'shape-invalid');
    expectProblem(await api.get('case1', `/v1/cases/${id}/files/${'ab'.repeat(32)}`), 404, 'file-not-found');
  });
});

describe('what only looks hostile is taken', () => {
  test.each<[string, Buffer, Record<string, string>]>([
    ['exactly 20 MiB', made.jpegOf(MOST), {}],
    ['a page behind the end of a photograph, which nobody is shown', Buffer.concat([lit, html]), {}],
    ['a name of 255 bytes', photoOf('long').bytes, named(`${'名'.repeat(83)}.x.jpg`)],
    ['two dots in a name', photoOf('dots').bytes, named('before..after.jpg')],
    ['a type with parameters', photoOf('parameters').bytes, typed('image/JPEG; q=1')],
  ])('%s', async (_title, bytes, headers) => {
    const answer = await bring(api, 'case1', id, bytes, headers);
    expect([answer.statusCode, answer.body.slice(0, 80)]).toEqual([201, expect.stringContaining('"sha256"')]);
    const { sha256 } = answer.json<{ sha256: string }>();
    const shown = await api.get('case1', `/v1/cases/${id}/files/${sha256}`);
    expect([shown.statusCode, shown.rawPayload.includes('<script>')]).toEqual([200, false]);
  });
});

/** Bytes on a connection of their own; resolves with what came back when it ends. */
async function raw(lines: string[], body: Buffer, end: (socket: ReturnType<typeof connect>) => void): Promise<string> {
  return await new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (bytes) => (answer += bytes.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => done(answer));
    socket.write([...lines, '', ''].join('\r\n'));
    socket.write(body, () => end(socket));
  });
}

const connections = async (): Promise<number> =>
  await new Promise((done) => api.app.server.getConnections((_error, open) => done(open)));

describe('on the wire', () => {
  const head = async (...more: string[]): Promise<string[]> => [
    `POST /v1/cases/${id}/files HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${await api.tokenOf('case1')}`,
    'File-Name: x.jpg',
    'Content-Type: image/jpeg',
    ...more,
  ];

  test('an upload that is broken off half way leaves nothing', async () => {
    const before = await kept();
    const bytes = made.jpegOf(2_000_000);
    await raw(await head(`Content-Length: ${bytes.length}`), bytes.subarray(0, 1_200_000), (socket) => {
      void eventually(kept, (n) => n > before).then(() => socket.destroy());
    });
    await eventually(kept, (n) => n === before);
  });

  test('fewer bytes than were promised are no file', async () => {
    const before = await kept();
    const answer = await raw(await head('Content-Length: 5000'), photoOf('short').bytes, (socket) => socket.end());
    expect(answer).not.toMatch(/^HTTP\/1\.1 2/);
    expect(await kept()).toBe(before);
  });

  test('more bytes than were promised are not taken for a part of it', async () => {
    const { bytes } = photoOf('long tail');
    const tail = Buffer.concat([bytes, text('GARBAGE / HTTP/1.1\r\n\r\n')]);
    const answer = await raw(
      await head(`Content-Length: ${bytes.length}`, 'Connection: keep-alive'),
      tail,
      (socket) => {
        socket.end();
      },
    );
    expect(answer).toContain('"bad-request"');
    expect(answer).not.toMatch(/HTTP\/1\.1 5/);
    const { rows } = await api.db.admin.query('SELECT 1 FROM case_file WHERE sha256 = $1', [
      createHash('sha256').update(tail).digest('hex'),
    ]);
    expect(rows).toEqual([]);
  });

  test('what is refused is answered while the rest of it is still on its way', async () => {
    const answer = await raw(
      await head('Content-Length: 5000000'),
      Buffer.concat([html, Buffer.alloc(99_000)]),
      (socket) => {
        socket.once('data', () => socket.destroy()); // nothing more is sent
      },
    );
    expect(answer).toMatch(/^HTTP\/1\.1 415/);
    await eventually(connections, (open) => open === 0); // and the sender is let go
  });

  test('a length that nobody sends is refused before the first byte', async () => {
    const answer = await raw(
      await head('Content-Length: 99999999999', 'Connection: close'),
      Buffer.alloc(0),
      () => undefined,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
    expect(answer).toContain('"file-too-large"');
  });

  test('without a length it is counted as it comes, and stopped when it is too much', async () => {
    const before = await kept();
    const headers = {
      authorization: `Bearer ${await api.tokenOf('case1')}`,
      'file-name': 'x.jpg',
      'content-type': 'image/jpeg',
      'transfer-encoding': 'chunked',
    };
    const status = await new Promise<number | undefined>((done, fail) => {
      const sent = ask({ port, method: 'POST', path: `/v1/cases/${id}/files`, headers }, (answer) => {
        answer.resume();
        done(answer.statusCode);
      });
      sent.on('error', fail);
      sent.end(made.jpegOf(MOST + 1));
    });
    expect(status).toBe(413);
    expect(await kept()).toBe(before);
  });

  test('sixteen at once are all taken', async () => {
    const uploads = Array.from({ length: 16 }, async (_, n) => {
      const { bytes } = photoOf(`many ${n}`);
      const body = Buffer.concat([bytes.subarray(0, -2), Buffer.alloc(3_000_000, 0x55), bytes.subarray(-2)]);
      const headers = {
        authorization: `Bearer ${await api.tokenOf('case1')}`,
        'file-name': `${n}.jpg`,
        'content-type': 'image/jpeg',
      };
      const url = `http://127.0.0.1:${port}/v1/cases/${id}/files`;
      return await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
    });
    const answers = await Promise.all(uploads);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 201));
  });
});
