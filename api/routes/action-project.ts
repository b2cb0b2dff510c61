import { startWork, handIn } from '../contract/action-project.ts';
import type { Deps } from '../deps.ts';
import { type App, commandRoute } from './command-route.ts';

export function actionProject(app: App, deps: Deps): void {
  commandRoute(app, deps, startWork);
  commandRoute(app, deps, handIn);
}
