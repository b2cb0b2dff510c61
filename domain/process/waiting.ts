import type { CommandName } from '../commands/vocabulary.ts';
import type { DutyName, Plan, RoleCode, StateId, Transition } from './definition.ts';
import { positionOf, type Task } from './state.ts';

/** Whether an item waits for the command where it is possible; the others people give of their own accord, when there is cause. */
const isAwaited: Readonly<Record<CommandName, boolean>> = {
  submit: false,
  verify: true,
  register: true,
  refuse: true,
  redirect: true,
  withdraw: false,
  merge: false,
  absorb: false,
  unmerge: false,
  split: false,
  void: false,
  amend: false,
  'settle-on-the-spot': true,
  'start-matching': true,
  reserve: true,
  'confirm-reservation': true,
  block: false,
  unblock: false,
  release: false,
  assign: true,
  dispatch: true,
  sign: true,
  return: false,
  decline: false,
  arbitrate: false,
  contact: true,
  'start-work': true,
  'report-progress': false,
  'open-task': false,
  'answer-task': false,
  'request-extension': false,
  'request-suspension': false,
  resume: false,
  whistle: false,
  'answer-whistle': false,
  'rate-whistle': false,
  'join-project': false,
  'leave-project': false,
  'hand-in': true,
  'draw-check': true,
  check: true,
  'draw-call-back': true,
  'call-back': true,
  'submit-review': true,
  review: true,
  rework: true,
  reopen: false,
  'force-close': false,
  archive: false,
  override: false,
  grant: false,
  'refuse-request': false,
  'reach-level': false,
  'correct-calendar': false,
};

/** Whom an item waits for while it rests somewhere. */
export interface Awaited {
  /** Holders of these roles, whatever their unit. */
  roles: RoleCode[];
  /** Holders of these for the unit in charge. */
  unitRoles: RoleCode[];
  /** The one person drawn for this duty, and then nobody else. */
  drawn: DutyName | null;
}

/** Whose work comes next in this place; nobody's where the system takes the next step, or the episode is over. */
export function awaitedIn(plan: Plan, place: StateId): Awaited {
  const work = transitionsAt(plan, place).filter(
    ({ auto, approval, command }) => !auto && !approval && isAwaited[command],
  );
  const drawn = work.find((transition) => transition.drawn)?.drawn ?? null;
  const called = drawn === null && !isOver(plan, place) ? work : [];
  return {
    roles: rolesOf(called.filter(({ unit }) => unit === undefined)),
    unitRoles: rolesOf(called.filter(({ unit }) => unit === 'lead')),
    drawn,
  };
}

/** Steps that the system takes in this place, with who may take them by hand when they are stuck. */
export function byHand(plan: Plan, place: StateId): Pick<Transition, 'command' | 'roles' | 'unit'>[] {
  return transitionsAt(plan, place).filter(({ auto }) => auto);
}

/** Who answers a task of this kind for its unit while the item is in this place. */
export function answering(plan: Plan, place: StateId, kind: Task['kind']): RoleCode[] {
  const command: CommandName = kind === 'whistle' ? 'answer-whistle' : 'answer-task';
  return rolesOf(transitionsAt(plan, place).filter((transition) => transition.command === command));
}

/** Roles whose work is that of the unit in charge, anywhere in the plan. */
export function rolesOfUnit({ transitions }: Plan): RoleCode[] {
  return rolesOf(transitions.filter(({ unit, command }) => unit === 'lead' && isAwaited[command]));
}

/** Places from which an item still goes on, in the order of the definition. */
export function openPlaces({ states, start }: Plan): Plan['states'] {
  return states.filter(({ id, terminal }) => !terminal && id !== start);
}

const rolesOf = (transitions: readonly Transition[]): RoleCode[] => [
  ...new Set(transitions.flatMap(({ roles }) => roles)),
];

function transitionsAt(plan: Plan, place: StateId): Transition[] {
  const position = positionOf(plan, place);
  return plan.transitions.filter(({ from }) => from.includes(position));
}

const isOver = ({ states }: Plan, place: StateId): boolean =>
  states.some(({ id, terminal }) => id === place && terminal === true);
