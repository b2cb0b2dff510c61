import { EntryPath, ListResources, ResourcePage, ResourceView } from '../contract/lists.ts';
import type { Deps } from '../deps.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { Problem } from '../problem.ts';
import { findResource, listResources } from '../queries/lists.ts';
import type { App } from './command-route.ts';
import { withGrant } from './with-grant.ts';

export function resources(app: App, deps: Deps): void {
  app.get('/v1/resources', { schema: listSchema }, async (request) => {
    const { office } = await withGrant(deps.pool, sessionOf(request));
    return await listResources(deps.prisma, office, request.query);
  });
  app.get('/v1/resources/:id', { schema: oneSchema }, async (request) => {
    const { office } = await withGrant(deps.pool, sessionOf(request));
    const found = await findResource(deps.prisma, office, request.params.id);
    if (!found) throw new Problem('resource-not-found');
    return found;
  });
}

const reading = { tags: ['lists'], security: signedIn };
const listSchema = {
  ...reading,
  summary: '资源清单 / list resources with what is free',
  querystring: ListResources,
  response: { 200: ResourcePage, ...problemsOf(400, 401, 403, 503) },
};
const oneSchema = {
  ...reading,
  summary: '查看资源 / one resource',
  params: EntryPath,
  response: { 200: ResourceView, ...problemsOf(401, 403, 404, 503) },
};
