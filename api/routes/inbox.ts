import { z } from 'zod';
import { withOffice } from '../../record/office.ts';
import { InboxPage, ReadInbox, SavedView, SavedViews, SaveView, ViewPath } from '../contract/inbox.ts';
import type { Deps } from '../deps.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { readInbox } from '../queries/inbox.ts';
import { addView, changeView, listViews, removeView } from '../queries/saved-views.ts';
import { languageOf } from '../words/say.ts';
import type { App } from './command-route.ts';

export function inbox(app: App, { pool, store }: Deps): void {
  app.get('/v1/inbox', { schema: readSchema }, async (request, reply) => {
    const { office, user } = sessionOf(request);
    const language = languageOf(request.headers['accept-language']);
    const key = await store.keyOf(office);
    const found = await withOffice(pool, office, async (tx) => await readInbox(tx, key, user, request.query, language));
    return await reply.headers({ 'content-language': language, vary: 'accept-language' }).send(found);
  });
}

/** Views of one's own; they need no grant, because they show nothing by themselves. */
export function savedViews(app: App, { pool, store }: Deps): void {
  app.get('/v1/inbox/views', { schema: listSchema }, async (request) => {
    const { office, user } = sessionOf(request);
    const key = await store.keyOf(office);
    return { items: await withOffice(pool, office, async (tx) => await listViews(tx, key, user)) };
  });
  app.post('/v1/inbox/views', { schema: addSchema }, async (request, reply) => {
    const { office, user } = sessionOf(request);
    const key = await store.keyOf(office);
    const added = await withOffice(pool, office, async (tx) => await addView(tx, key, user, request.body));
    return await reply.code(201).header('location', `/v1/inbox/views/${added.id}`).send(added);
  });
  app.put('/v1/inbox/views/:id', { schema: changeSchema }, async (request) => {
    const { office, user } = sessionOf(request);
    const key = await store.keyOf(office);
    const { params, body } = request;
    return await withOffice(pool, office, async (tx) => await changeView(tx, key, user, params.id, body));
  });
  app.delete('/v1/inbox/views/:id', { schema: removeSchema }, async (request, reply) => {
    const { office, user } = sessionOf(request);
    await withOffice(pool, office, async (tx) => await removeView(tx, user, request.params.id));
    return await reply.code(204).send(null);
  });
}

const own = { tags: ['inbox'], security: signedIn };
const readSchema = {
  ...own,
  summary: '待办 / the inbox: what waits, by due instant, with what one may do and why not the rest',
  querystring: ReadInbox,
  response: { 200: InboxPage, ...problemsOf(400, 401, 403, 503) },
};
const listSchema = {
  ...own,
  summary: '已存视图 / one’s own saved views of the inbox',
  response: { 200: SavedViews, ...problemsOf(401, 503) },
};
const addSchema = {
  ...own,
  summary: '保存视图 / save a view of the inbox',
  body: SaveView,
  response: { 201: SavedView, ...problemsOf(400, 401, 409, 413, 415, 503) },
};
const changeSchema = {
  ...own,
  summary: '修改视图 / change a saved view',
  params: ViewPath,
  body: SaveView,
  response: { 200: SavedView, ...problemsOf(400, 401, 404, 413, 415, 503) },
};
const removeSchema = {
  ...own,
  summary: '删除视图 / remove a saved view',
  params: ViewPath,
  response: { 204: z.null().meta({ description: '已删除 / removed' }), ...problemsOf(401, 404, 503) },
};
