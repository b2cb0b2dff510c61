import {
  startWork,
  reportProgress,
  openTask,
  answerTask,
  requestExtension,
  requestSuspension,
  resume,
  whistle,
  answerWhistle,
  rateWhistle,
  joinProject,
  leaveProject,
  handIn,
} from '../contract/action-project.ts';
import type { Deps } from '../deps.ts';
import { type App, commandRoute } from './command-route.ts';

export function actionProject(app: App, deps: Deps): void {
  commandRoute(app, deps, startWork);
  commandRoute(app, deps, reportProgress);
  commandRoute(app, deps, openTask);
  commandRoute(app, deps, answerTask);
  commandRoute(app, deps, requestExtension);
  commandRoute(app, deps, requestSuspension);
  commandRoute(app, deps, resume);
  commandRoute(app, deps, whistle);
  commandRoute(app, deps, answerWhistle);
  commandRoute(app, deps, rateWhistle);
  commandRoute(app, deps, joinProject);
  commandRoute(app, deps, leaveProject);
  commandRoute(app, deps, handIn);
}
