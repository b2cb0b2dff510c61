import { withOffice } from '../../record/office.ts';
import { ListNotices, NoticePage, NoticePath, ReadAll, ReadAnswer } from '../contract/notices.ts';
import type { Deps } from '../deps.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { listNotices, markAllRead, markRead } from '../queries/notices.ts';
import { languageOf } from '../words/say.ts';
import type { App } from './command-route.ts';

/** One's own notices; they need no grant: that one was revoked is told as well. */
export function notices(app: App, { pool }: Deps): void {
  app.get('/v1/notices', { schema: listSchema }, async (request, reply) => {
    const { office, user } = sessionOf(request);
    const language = languageOf(request.headers['accept-language']);
    const found = await withOffice(pool, office, async (tx) => await listNotices(tx, user, request.query, language));
    return await reply.headers({ 'content-language': language, vary: 'accept-language' }).send(found);
  });
  app.post('/v1/notices/:id/read', { schema: readSchema }, async (request) => {
    const { office, user } = sessionOf(request);
    return await withOffice(pool, office, async (tx) => await markRead(tx, user, request.params.id));
  });
  app.post('/v1/notices/read-all', { schema: readAllSchema }, async (request) => {
    const { office, user } = sessionOf(request);
    return await withOffice(pool, office, async (tx) => await markAllRead(tx, user, request.body.through));
  });
}

const own = { tags: ['notices'], security: signedIn };
const listSchema = {
  ...own,
  summary: '通知 / what I was told, the latest first',
  querystring: ListNotices,
  response: { 200: NoticePage, ...problemsOf(400, 401, 503) },
};
const readSchema = {
  ...own,
  summary: '标为已读 / mark one notice as read',
  params: NoticePath,
  response: { 200: ReadAnswer, ...problemsOf(401, 404, 503) },
};
const readAllSchema = {
  ...own,
  summary: '此前全部标为已读 / mark as read everything up to a notice',
  body: ReadAll,
  response: { 200: ReadAnswer, ...problemsOf(400, 401, 413, 415, 503) },
};
