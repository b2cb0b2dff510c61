import type { CommandName } from '../commands/vocabulary.ts';
import type { DutyName, Plan, RoleCode, StateId, Transition } from './definition.ts';

/** What people do of their own accord when there is cause: no item waits for it. */
const initiatives: readonly CommandName[] = ['withdraw', 'merge', 'unmerge', 'release', 'reopen'];

/** Whom an item waits for while it rests somewhere: holders of these roles, or the one person drawn for the duty. */
export interface Awaited {
  roles: RoleCode[];
  drawn: DutyName | null;
}

/** Whose work comes next in this place; nobody's where the system takes the next step, or the episode is over. */
export function awaitedIn(plan: Plan, place: StateId): Awaited {
  const work = transitionsAt(plan, place).filter(({ auto, command }) => !auto && !initiatives.includes(command));
  const drawn = work.find((transition) => transition.drawn)?.drawn ?? null;
  const roles = drawn === null && !isOver(plan, place) ? work.flatMap((transition) => transition.roles) : [];
  return { roles: [...new Set(roles)], drawn };
}

/** Steps that the system takes in this place, with who may take them by hand when they are stuck. */
export function byHand(plan: Plan, place: StateId): Pick<Transition, 'command' | 'roles'>[] {
  return transitionsAt(plan, place).filter(({ auto }) => auto);
}

/** Places from which an item still goes on, in the order of the definition. */
export function openPlaces({ states, start }: Plan): Plan['states'] {
  return states.filter(({ id, terminal }) => !terminal && id !== start);
}

const transitionsAt = ({ transitions }: Plan, place: StateId): Transition[] =>
  transitions.filter(({ from }) => from.includes(place));

const isOver = ({ states }: Plan, place: StateId): boolean =>
  states.some(({ id, terminal }) => id === place && terminal === true);
