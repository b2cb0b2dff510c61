import {
  startMatching,
  reserve,
  confirmReservation,
  release,
  block,
  unblock,
  assign,
} from '../contract/resource-matching.ts';
import type { Deps } from '../deps.ts';
import { type App, commandRoute } from './command-route.ts';

export function resourceMatching(app: App, deps: Deps): void {
  commandRoute(app, deps, startMatching);
  commandRoute(app, deps, reserve);
  commandRoute(app, deps, confirmReservation);
  commandRoute(app, deps, release);
  commandRoute(app, deps, block);
  commandRoute(app, deps, unblock);
  commandRoute(app, deps, assign);
}
