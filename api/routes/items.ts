import { withOffice } from '../../record/office.ts';
import { Actions, CasePage, CasePath, CaseView, Clocks, History, ListCases, ReadHistory } from '../contract/items.ts';
import type { Deps } from '../deps.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { Problem } from '../problem.ts';
import { readActions } from '../queries/actions.ts';
import { viewCase } from '../queries/case.ts';
import { listCases } from '../queries/cases.ts';
import { readClocks } from '../queries/clocks.ts';
import { readHistory } from '../queries/history.ts';
import { itemFrom, readableCase } from '../queries/reading.ts';
import { languageOf } from '../words/say.ts';
import type { App } from './command-route.ts';
import { etag } from './precondition.ts';

export function items(app: App, deps: Deps): void {
  const { pool, store } = deps;

  app.get(
    '/v1/cases',
    { schema: listSchema },
    async (request) => await listCases(deps, sessionOf(request), request.query),
  );

  app.get('/v1/cases/:id', { schema: caseSchema }, async (request, reply) => {
    const { office, user } = sessionOf(request);
    const key = await store.keyOf(office);
    const view = await withOffice(pool, office, async (tx) => {
      return await viewCase(tx, key, await readableCase(tx, user, itemFrom(request.params.id)));
    });
    return await reply.header('etag', etag(view.rev)).send(view);
  });

  app.get('/v1/cases/:id/history', { schema: historySchema }, async (request) => {
    const { office, user } = sessionOf(request);
    const key = await store.keyOf(office);
    return await withOffice(pool, office, async (tx) => {
      const readable = await readableCase(tx, user, itemFrom(request.params.id));
      return await readHistory(tx, key, user, readable, request.query);
    });
  });

  app.get('/v1/cases/:id/actions', { schema: actionsSchema }, async (request, reply) => {
    const { office, user } = sessionOf(request);
    const language = languageOf(request.headers['accept-language']);
    const view = await withOffice(pool, office, async (tx) => {
      const { item } = await readableCase(tx, user, itemFrom(request.params.id));
      return await readActions(tx, user, item, language);
    });
    reply.headers({ etag: etag(view.rev), 'content-language': language, vary: 'accept-language' });
    return await reply.send(view);
  });

  app.get('/v1/cases/:id/clocks', { schema: clocksSchema }, async (request, reply) => {
    const { office, user } = sessionOf(request);
    const language = languageOf(request.headers['accept-language']);
    const view = await withOffice(pool, office, async (tx) => {
      const { item } = await readableCase(tx, user, itemFrom(request.params.id));
      return await readClocks(tx, item, language);
    });
    return await reply.headers({ 'content-language': language, vary: 'accept-language' }).send(view);
  });

  app.post('/v1/cases/:id/:command', { schema: { hide: true } }, () => {
    throw new Problem('unknown-command');
  });
}

const reading = { tags: ['cases'], security: signedIn };
const one = { ...reading, params: CasePath };

const listSchema = {
  ...reading,
  summary: '事项清单 / list cases, the most urgent first',
  querystring: ListCases,
  response: { 200: CasePage, ...problemsOf(400, 401, 403, 503) },
};
const caseSchema = {
  ...one,
  summary: '查看事项 / one case as it stands',
  response: { 200: CaseView, ...problemsOf(401, 403, 404, 503) },
};
const historySchema = {
  ...one,
  summary: '办理记录 / its records, with the chain of hashes',
  querystring: ReadHistory,
  response: { 200: History, ...problemsOf(400, 401, 403, 404, 503) },
};
const actionsSchema = {
  ...one,
  summary: '可办操作与原因 / what may be done next, and why not the rest',
  response: { 200: Actions, ...problemsOf(401, 403, 404, 503) },
};
const clocksSchema = {
  ...one,
  summary: '时限 / its running clocks',
  response: { 200: Clocks, ...problemsOf(401, 403, 404, 503) },
};
