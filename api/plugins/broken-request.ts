import type { Socket } from 'node:net';
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
  const code = codes[error.code ?? ''] ?? 'bad-request';
  const language = languageOf(undefined);
  const { status } = wordOf[code];
  const body = JSON.stringify({
    type: 'about:blank',
    title: titleOf(status, language),
    status,
    code,
    detail: say(code, language),
  });
  socket.end(
    [
      `HTTP/1.1 ${status} ${titleOf(status, 'en')}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
