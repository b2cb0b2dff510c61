import { override, grant, refuseRequest } from '../contract/requests.ts';
import type { Deps } from '../deps.ts';
import { type App, commandRoute } from './command-route.ts';

export function requests(app: App, deps: Deps): void {
  commandRoute(app, deps, override);
  commandRoute(app, deps, grant);
  commandRoute(app, deps, refuseRequest);
}
