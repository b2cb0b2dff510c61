import type { Guard } from '../../../domain/process/guard.ts';
import type { DefinedTransition, Plan, Transition } from '../../../domain/process/definition.ts';
import { type ItemState } from '../../../domain/process/state.ts';
import { DAY, HOUR, instant } from '../../../domain/time.ts';
import { nextSystemStep } from '../../../domain/process/next-system-step.ts';
import { begin, definition, entry, order, planOf, play, type Scene, type Step, step, team } from './scene.ts';

/** The one way from a demand to its archive, as people and system go it when nothing goes wrong. */
export const road: readonly Step[] = [
  step('reporter', 'submit'),
  step('intake_clerk', 'register'),
  step('system', 'start-matching'),
  step('matcher', 'reserve'),
  step('dispatcher', 'assign'),
  step('system', 'dispatch'),
  step('unit_clerk', 'sign'),
  step('caseworker', 'contact'),
  step('system', 'start-work'),
  step('caseworker', 'hand-in', { after: 3 * HOUR }),
  step('system', 'draw-check'),
  step({ drawn: 'checker' }, 'check'),
  step('system', 'draw-call-back'),
  step({ drawn: 'caller' }, 'call-back'),
  step('system', 'submit-review'),
  step('closure_reviewer', 'review'),
  step('system', 'release'),
  step('system', 'reach-level', { after: 31 * DAY }),
  step('system', 'archive'),
];

/** The shipped plan with its transitions of one command changed: for scenes that it keeps from happening. */
export function changed(command: string, change: (transition: Transition) => Partial<Transition>): Plan {
  return {
    ...order,
    transitions: order.transitions.map((transition) =>
      transition.command === command ? { ...transition, ...change(transition) } : transition,
    ),
  };
}

/** The shipped plan with one transition more. */
export const withTransition = (more: DefinedTransition): Plan =>
  planOf({ ...definition, transitions: [...definition.transitions, more] });

/** The places that a transition of the shipped plan leads out of. */
export const placesOf = ({ from }: Transition): string[] => from.map((at) => order.states[at]?.id ?? '');

const withoutRequests = (guard: Guard): Guard =>
  'all' in guard ? { all: guard.all.filter((part) => !('value' in part && part.value === 'requests')) } : guard;

/** An open request keeps nothing from being archived here, so that it may outlive the place it would lead from. */
export const hastyArchive: Plan = changed('archive', ({ when }) => (when ? { when: withoutRequests(when) } : {}));

/** The first moment on the road at which this holds. */
export function roadUntil(holds: (state: ItemState) => boolean, plan: Plan = order): Scene {
  let scene = begin(plan);
  for (const next of road) {
    if (holds(scene.state)) return scene;
    scene = play(scene, next);
  }
  if (!holds(scene.state)) throw new Error('the road never comes there');
  return scene;
}

/** The item on its first arrival at a place of the road. */
export const arrived = (at: string, plan: Plan = order): Scene => roadUntil((state) => state.at === at, plan);

export const failCheck = step({ drawn: 'checker' }, 'check', { payload: { outcome: 'fail' } });
export const passed = (plan: Plan = order): Scene =>
  play(arrived('checking', plan), step({ drawn: 'checker' }, 'check'));
export const reworked = (plan: Plan = order): Scene => play(arrived('checking', plan), failCheck);
export const covered = (plan: Plan = order): Scene =>
  play(arrived('matching', plan), step('matcher', 'reserve'), step('dispatcher', 'assign'));
/** In matching, of a category whose team the catalogue names. */
export const routed = (plan: Plan = order): Scene =>
  play(
    arrived('submitted', plan),
    step('intake_clerk', 'register', { facts: { catalogue: { ...entry, team: team.id } } }),
    step('system', 'start-matching'),
  );
export const called = (plan: Plan = order): Scene =>
  play(arrived('callback', plan), step({ drawn: 'caller' }, 'call-back'));
/** Closed, with everything given back. */
export const closed = (plan: Plan = order): Scene => play(arrived('closed', plan), step('system', 'release'));
export const refused = (plan: Plan = order): Scene => play(arrived('submitted', plan), step('intake_clerk', 'refuse'));
export const settled = (plan: Plan = order): Scene =>
  play(arrived('submitted', plan), step('grid_worker', 'settle-on-the-spot'));
export const withdrawn = (plan: Plan = order): Scene =>
  play(arrived('in_progress', plan), step('reporter', 'withdraw'), step('system', 'release'));
export const merged = (plan: Plan = order): Scene => play(covered(plan), step('dispatcher', 'merge'));
export const asked = (plan: Plan = order): Scene => play(closed(plan), step('reporter', 'reopen'));
export const reopened = (from: Scene = closed()): Scene =>
  play(from, step('reporter', 'reopen'), step('supervisor', 'grant'));

/** Time passes and nobody does anything. */
export const later = (scene: Scene, ms: number): Scene => ({ ...scene, at: instant(scene.at + ms) });
/** Every level that has passed is recorded, as the workflow does it. */
export function recorded(scene: Scene): Scene {
  const next = nextSystemStep(scene.plan, scene.state, scene.at, [], []);
  if (!('step' in next) || next.step.kind !== 'level') return scene;
  const { id, run, limit, level } = next.step.level;
  return recorded(play(scene, step('system', 'reach-level', { after: 0, payload: { id, run, limit, level } })));
}
/** The retention is over and recorded, and nothing has been archived yet. */
export const expired = (scene: Scene): Scene => recorded(later(scene, 31 * DAY));

export const verifying = (plan: Plan = order): Scene =>
  play(arrived('submitted', plan), step('intake_clerk', 'verify'));
export const redirected = (plan: Plan = order): Scene =>
  play(arrived('submitted', plan), step('intake_clerk', 'redirect'));
export const voided = (plan: Plan = order): Scene =>
  play(
    arrived('in_progress', plan),
    step('duty_officer', 'void'),
    step('supervisor', 'grant'),
    step('system', 'release'),
  );
/** The search finds the resource list empty too. */
export const blocked = (plan: Plan = order): Scene => play(arrived('matching', plan), step('matcher', 'block'));
/** Nothing is lacking but what people do. */
export const blockedByPeople = (plan: Plan = order): Scene =>
  play(arrived('matching', plan), step('matcher', 'block', { payload: { blocker: 'NO_PARTICIPATION' } }));
/** The team goes without what is lacking. */
export const goesWithout = (plan: Plan = order): Scene =>
  play(
    arrived('matching', plan),
    step('dispatcher', 'assign'),
    step('matcher', 'block', { payload: { blocker: 'NO_RESOURCE', need: 'n1' } }),
  );
/** The lease of what is reserved is over and recorded; nothing is given back yet. */
export const leaseOver = (plan: Plan = order): Scene =>
  recorded(later(play(arrived('matching', plan), step('matcher', 'reserve')), 7 * DAY));
/** Of a category that concerns the safety of all. */
export const ofPublicSafety = (plan: Plan = order): Scene =>
  play(
    arrived('submitted', plan),
    step('intake_clerk', 'register', {
      payload: {
        category: 'safety_fire',
        urgency: 'urgent',
        limit: { kind: 'urgent_hour', amount: 24 },
        skills: [],
        needs: [],
      },
    }),
    step('system', 'start-matching'),
  );
export const explanationAsked = (plan: Plan = order): Scene =>
  play(arrived('closure_review', plan), step('closure_reviewer', 'review', { payload: { closureType: 'explained' } }));

export const suspended = (plan: Plan = order): Scene =>
  play(
    arrived('in_progress', plan),
    step('unit_clerk', 'request-suspension'),
    step('supervisor', 'grant'),
    step('leader', 'grant'),
  );
/** The day of the review is over and recorded; nothing has been resumed yet. */
export const reviewDue = (scene: Scene): Scene => recorded(later(scene, 31 * DAY));
export const joined = (plan: Plan = order): Scene =>
  play(arrived('in_progress', plan), step('unit_clerk', 'join-project'), step('supervisor', 'grant'));

export const joinedTwice = (plan: Plan = order): Scene =>
  play(
    joined(plan),
    step('dispatcher', 'join-project', { payload: { project: 'p2', part: 'paving', reviewDays: 60 } }),
    step('supervisor', 'grant'),
  );

export const returnAsked = (plan: Plan = order): Scene =>
  play(arrived('dispatched', plan), step('unit_clerk', 'return'));
const again = [step('dispatcher', 'assign'), step('system', 'dispatch')];
export const dispatchedAgain = (plan: Plan = order): Scene =>
  play(returnAsked(plan), step('dispatcher', 'grant'), ...again);
export const secondReturnAsked = (plan: Plan = order): Scene =>
  play(dispatchedAgain(plan), step('unit_clerk', 'return'));
/** The ruling leaves the order where it was, and it binds. */
export const arbitrated = (plan: Plan = order): Scene => {
  const scene = secondReturnAsked(plan);
  const request = scene.state.requests[0]?.id ?? '';
  const payload = { request, unit: team.unit, basis: 'ruling' };
  return play(scene, step('supervisor', 'arbitrate', { payload }));
};
