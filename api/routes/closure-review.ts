import {
  drawCheck,
  check,
  drawCallBack,
  callBack,
  submitReview,
  review,
  rework,
  reopen,
  forceClose,
  archive,
} from '../contract/closure-review.ts';
import type { Deps } from '../deps.ts';
import { type App, commandRoute } from './command-route.ts';

export function closureReview(app: App, deps: Deps): void {
  commandRoute(app, deps, drawCheck);
  commandRoute(app, deps, check);
  commandRoute(app, deps, drawCallBack);
  commandRoute(app, deps, callBack);
  commandRoute(app, deps, submitReview);
  commandRoute(app, deps, review);
  commandRoute(app, deps, rework);
  commandRoute(app, deps, reopen);
  commandRoute(app, deps, forceClose);
  commandRoute(app, deps, archive);
}
