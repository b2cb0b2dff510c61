import type { FastifyInstance } from 'fastify';
import { Problem } from '../problem.ts';
import { parseStrictJson } from '../strict-json.ts';

/** The one kind of body that the application reads. An empty one is no body; whether that will do, the route knows. */
export function acceptStrictJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const charset = /;\s*charset="?([^";\s]*)/i.exec(request.headers['content-type'] ?? '')?.[1];
    const encoding = request.headers['content-encoding'];
    if ((charset ?? 'utf-8').toLowerCase() !== 'utf-8' || (encoding ?? 'identity') !== 'identity') {
      done(new Problem('unsupported-media-type'));
      return;
    }
    try {
      done(null, body.length === 0 ? undefined : objectIn(body));
    } catch (error) {
      done(error instanceof Error ? error : new Error('a body could not be read'));
    }
  });
}

/** Every body of ours is an object. */
function objectIn(body: Buffer): object {
  const value = parseStrictJson(body);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  const message = { zh: '请求正文须为 JSON 对象', en: 'the body must be a JSON object' };
  throw new Problem('shape-invalid', { errors: [{ in: 'body', pointer: '', code: 'invalid_type', message }] });
}
