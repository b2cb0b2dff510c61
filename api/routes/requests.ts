import { override, grant, refuseRequest } from '../contract/requests.ts';
import { withOffice } from '../../record/office.ts';
import { ListOverrides, OverridePage } from '../contract/lists.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { requireRole } from '../queries/reading.ts';
import { readOverrides } from '../queries/overrides.ts';
import type { Deps } from '../deps.ts';
import { type App, commandRoute } from './command-route.ts';

export function requests(app: App, deps: Deps): void {
  app.get('/v1/overrides', { schema: overridesSchema }, async (request) => {
    const { office, user } = sessionOf(request);
    const key = await deps.store.keyOf(office);
    return await withOffice(deps.pool, office, async (tx) => {
      await requireRole(tx, user, AUDITORS);
      return await readOverrides(tx, key, request.query);
    });
  });
  commandRoute(app, deps, override);
  commandRoute(app, deps, grant);
  commandRoute(app, deps, refuseRequest);
}

/** To whom overrides are listed. */
const AUDITORS = ['auditor', 'leader'];

const overridesSchema = {
  summary: '破例清单 / every override, for auditors',
  tags: ['requests'],
  security: signedIn,
  querystring: ListOverrides,
  response: { 200: OverridePage, ...problemsOf(400, 401, 403, 503) },
};
