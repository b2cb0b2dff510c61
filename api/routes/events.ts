import { PassThrough } from 'node:stream';
import { z } from 'zod';
import type { Hub } from '../events/hub.ts';
import type { Watcher } from '../events/watcher.ts';
import type { Deps } from '../deps.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { Problem } from '../problem.ts';
import { languageOf } from '../words/say.ts';
import type { App } from './command-route.ts';
import { withGrant } from './with-grant.ts';

/** Server-sent events: one connection that tells what changes, for as long as session and grants go on. */
export function events(app: App, { pool }: Deps, hub: Hub): void {
  app.get('/v1/events', { schema }, async (request, reply) => {
    const session = await withGrant(pool, sessionOf(request));
    const stream = new PassThrough();
    const watcher: Watcher = {
      ...session,
      token: request.signedIn?.token ?? '',
      language: languageOf(request.headers['accept-language']),
      after: afterOf(request.headers['last-event-id']),
      write: (text) => void stream.write(text),
      waiting: () => stream.readableLength + stream.writableLength + reply.raw.writableLength,
      end: () => void stream.end(),
      drop: () => void reply.raw.destroy(),
    };
    if (!hub.open(watcher)) throw new Problem('too-many-streams', { headers: { 'retry-after': '30' } });
    reply.raw.once('close', () => {
      hub.remove(watcher);
      stream.destroy();
    });
    return await reply
      .headers({ 'content-language': watcher.language, vary: 'accept-language', 'x-accel-buffering': 'no' })
      .type('text/event-stream; charset=utf-8')
      .send(stream as unknown as string); // what is described is the text; a stream of it is sent as it comes
  });
}

/** What is no number of ours lies beyond every number, and is answered with `reset`. */
function afterOf(header: string | string[] | undefined): number | null {
  if (header === undefined || header === '') return null;
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : Number.MAX_SAFE_INTEGER;
}

const schema = {
  summary: '实时事件（SSE） / what changes, as it changes: server-sent events',
  description:
    'ready：已连接；item：事项有新版本 {id, rev, state}；notice：新通知；reset：中间的事件已不保留，请重新读取列表。断线后带 Last-Event-ID 重连，不丢不漏。\n\n' +
    'ready: connected; item: a new revision {id, rev, state}; notice: a new notice; reset: what lies between is no longer kept, read the lists again. A client that comes back with Last-Event-ID misses nothing.',
  tags: ['notices'],
  security: signedIn,
  headers: z.looseObject({
    'last-event-id': z.string().optional().meta({ description: '断线前最后的 id / the last id that was seen' }),
  }),
  response: {
    200: {
      description: 'text/event-stream',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...problemsOf(401, 403, 429, 503),
  },
};
