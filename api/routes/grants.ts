import { grantId, isId, unitId, userId } from '../../domain/ids.ts';
import { type AskedGrant, DECIDERS, MANAGERS, READERS } from '../../domain/people/access.ts';
import { parseInstant } from '../../domain/time.ts';
import { withOffice } from '../../record/office.ts';
import { hashPassword, newPassword } from '../../record/passwords.ts';
import { decideAccess } from '../../record/people/decide-request.ts';
import { askGrant, revokeGrant } from '../../record/people/grants.ts';
import { defineRole, listRoles } from '../../record/people/roles.ts';
import {
  AccessDecision,
  AccessRequestPage,
  AskGrant,
  DefineRole,
  GrantPage,
  GrantView,
  ListAccessRequests,
  ListGrants,
  PeoplePath,
  Roles,
  RoleView,
  Waits,
} from '../contract/people.ts';
import type { Deps } from '../deps.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { Problem } from '../problem.ts';
import { listGrants, pageOfRequests, viewGrant, viewRequest } from '../queries/people.ts';
import { requireGrant, requireRole } from '../queries/reading.ts';
import { change } from './change.ts';
import type { App } from './command-route.ts';

export function roles(app: App, deps: Deps): void {
  app.get('/v1/roles', { schema: rolesSchema }, async (request) => {
    const { office, user } = sessionOf(request);
    return await withOffice(deps.pool, office, async (tx) => {
      await requireGrant(tx, user);
      return { items: await listRoles(tx) };
    });
  });
  app.post('/v1/roles', { schema: defineSchema }, async (request, reply) => {
    const wanted = { name: 'define-role', roles: MANAGERS };
    const made = await change(deps, sessionOf(request), wanted, async (work) => await defineRole(work, request.body));
    return await reply.code(201).send(made);
  });
}

export function grants(app: App, deps: Deps): void {
  app.get('/v1/grants', { schema: listSchema }, async (request) => {
    const { office, user } = sessionOf(request);
    return await withOffice(deps.pool, office, async (tx) => {
      await requireRole(tx, user, READERS);
      return await listGrants(tx, request.query);
    });
  });
  app.post('/v1/grants', { schema: askSchema }, async (request, reply) => {
    const { user, role, unit, from, to, for: principal } = request.body;
    const asked: AskedGrant = {
      user: userId(user),
      role,
      unit: unit === undefined ? null : unitId(unit),
      from: from === undefined ? null : parseInstant(from),
      to: to === undefined ? null : parseInstant(to),
      standsFor: principal === undefined ? null : userId(principal),
    };
    const wanted = { name: 'grant-role', roles: MANAGERS };
    const outcome = await change(deps, sessionOf(request), wanted, async (work) => await askGrant(work, asked));
    if ('waits' in outcome) return await reply.code(202).send({ request: viewRequest(outcome.waits) });
    return await reply.code(201).send(viewGrant(outcome.given, outcome.given.from));
  });
  app.post('/v1/grants/:id/revoke', { schema: revokeSchema }, async (request) => {
    if (!isId(request.params.id)) throw new Problem('unknown-grant');
    const id = grantId(request.params.id);
    const wanted = { name: 'revoke-grant', roles: MANAGERS };
    const ended = await change(deps, sessionOf(request), wanted, async (work) => await revokeGrant(work, id));
    return viewGrant(ended, ended.to ?? ended.from);
  });
}

/** What one person has asked for waits here for another. */
export function accessRequests(app: App, deps: Deps): void {
  app.get('/v1/access-requests', { schema: requestsSchema }, async (request) => {
    const { office, user } = sessionOf(request);
    return await withOffice(deps.pool, office, async (tx) => {
      await requireRole(tx, user, READERS);
      return await pageOfRequests(tx, request.query);
    });
  });
  for (const [verb, outcome] of [
    ['grant', 'granted'],
    ['refuse', 'refused'],
  ] as const)
    app.post(`/v1/access-requests/:id/${verb}`, { schema: decisionSchemas[verb] }, async (request) => {
      const password = newPassword();
      const hash = await hashPassword(password);
      const wanted = { name: `${verb}-access`, roles: DECIDERS };
      const decided = await change(
        deps,
        sessionOf(request),
        wanted,
        async (work) => await decideAccess(work, request.params.id, outcome, hash),
      );
      const told = decided.kind === 'password-reset' && outcome === 'granted';
      return { request: viewRequest(decided), password: told ? password : null };
    });
}

const people = { tags: ['people'], security: signedIn };
const one = { ...people, params: PeoplePath };
const rolesSchema = {
  ...people,
  summary: '角色 / the office’s roles, and what they may',
  response: { 200: Roles, ...problemsOf(401, 403, 503) },
};
const defineSchema = {
  ...people,
  summary: '新建角色 / define a role of the office’s own',
  body: DefineRole,
  response: { 201: RoleView, ...problemsOf(400, 401, 403, 409, 413, 415, 503) },
};
const listSchema = {
  ...people,
  summary: '授权 / list grants',
  querystring: ListGrants,
  response: { 200: GrantPage, ...problemsOf(400, 401, 403, 503) },
};
const askSchema = {
  ...people,
  summary: '授权 / grant a role; a high one is only asked for (202) and waits for a second person',
  body: AskGrant,
  response: { 201: GrantView, 202: Waits, ...problemsOf(400, 401, 403, 409, 413, 415, 422, 503) },
};
const revokeSchema = {
  ...one,
  summary: '撤销授权 / revoke a grant, at once',
  response: { 200: GrantView, ...problemsOf(401, 403, 404, 409, 503) },
};
const requestsSchema = {
  ...people,
  summary: '待第二人决定的授权申请 / what waits, or waited, for a second person',
  querystring: ListAccessRequests,
  response: { 200: AccessRequestPage, ...problemsOf(400, 401, 403, 503) },
};
const decisionSchemas = {
  grant: {
    ...one,
    summary: '批准授权申请 / grant what another person has asked for',
    response: { 200: AccessDecision, ...problemsOf(401, 403, 409, 422, 503) },
  },
  refuse: {
    ...one,
    summary: '驳回授权申请 / refuse what another person has asked for',
    response: { 200: AccessDecision, ...problemsOf(401, 403, 422, 503) },
  },
};
