import { dispatch, sign, returnOrder, decline, arbitrate, contact } from '../contract/team-assignment.ts';
import type { Deps } from '../deps.ts';
import { type App, commandRoute } from './command-route.ts';

export function teamAssignment(app: App, deps: Deps): void {
  commandRoute(app, deps, dispatch);
  commandRoute(app, deps, sign);
  commandRoute(app, deps, returnOrder);
  commandRoute(app, deps, decline);
  commandRoute(app, deps, arbitrate);
  commandRoute(app, deps, contact);
}
