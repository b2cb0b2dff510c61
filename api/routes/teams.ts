import { EntryPath, ListTeams, TeamPage, TeamView } from '../contract/lists.ts';
import type { Deps } from '../deps.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { Problem } from '../problem.ts';
import { findTeam, listTeams } from '../queries/lists.ts';
import type { App } from './command-route.ts';
import { withGrant } from './with-grant.ts';

export function teams(app: App, deps: Deps): void {
  app.get('/v1/teams', { schema: listSchema }, async (request) => {
    const { office } = await withGrant(deps.pool, sessionOf(request));
    return await listTeams(deps.prisma, office, request.query);
  });
  app.get('/v1/teams/:id', { schema: oneSchema }, async (request) => {
    const { office } = await withGrant(deps.pool, sessionOf(request));
    const found = await findTeam(deps.prisma, office, request.params.id);
    if (!found) throw new Problem('team-not-found');
    return found;
  });
}

const reading = { tags: ['lists'], security: signedIn };
const listSchema = {
  ...reading,
  summary: '服务团队清单 / list teams with their loads',
  querystring: ListTeams,
  response: { 200: TeamPage, ...problemsOf(400, 401, 403, 503) },
};
const oneSchema = {
  ...reading,
  summary: '查看团队 / one team',
  params: EntryPath,
  response: { 200: TeamView, ...problemsOf(401, 403, 404, 503) },
};
