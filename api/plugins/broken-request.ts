import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../problem.ts';
import { languageOf, type ProblemCode, say, titleOf, wordOf } from '../words/say.ts';

/** What Node's own parser throws before there is a request to speak of. */
const codes: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

/** Problem+json for bytes that are no HTTP request; then the connection ends. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = answerOf(codes[error.code ?? ''] ?? 'bad-request');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${status} ${titleOf(status, 'en')}`, ...lines, '', body].join('\r\n'));
}

/** Node answers these two by itself, without a word; here they get their problem. */
export function answerWhatNodeWould(app: FastifyInstance): void {
  app.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const { status, headers, body } = answerOf('expectation-failed');
    response.writeHead(status, headers).end(body);
  });
  app.addHook('onRequest', async ({ raw, headers }) => {
    if (raw.httpVersion === '1.1' && headers.host === undefined)
      throw new Problem('bad-request', { headers: { connection: 'close' } });
  });
}

function answerOf(code: ProblemCode): { status: number; headers: Record<string, string | number>; body: string } {
  const language = languageOf(undefined);
  const { status } = wordOf[code];
  const detail = say(code, language);
  const body = JSON.stringify({ type: 'about:blank', title: titleOf(status, language), status, code, detail });
  const headers = {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  return { status, headers, body };
}
