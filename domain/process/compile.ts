import { isCommandName } from '../commands/vocabulary.ts';
import {
  activityNames,
  type DefinedTransition,
  type Definition,
  type Plan,
  type StateId,
  stages,
  type Transition,
} from './definition.ts';
import { guardProblems } from './guard.ts';

export type Compiled = { ok: true; plan: Plan } | { ok: false; problems: string[] };

/** Strips what is for people and refuses references that lead nowhere. */
export function compile(definition: Definition): Compiled {
  const problems = [...stateProblems(definition), ...transitionProblems(definition), ...clockProblems(definition)];
  if (problems.length > 0) return { ok: false, problems };
  const { title: _title, states, transitions, ...rest } = definition;
  const places = states.map(({ id }) => id);
  return {
    ok: true,
    plan: {
      ...rest,
      states: states.map(({ title: _words, ...state }) => state),
      transitions: transitions.map((transition) => compact(transition, places)),
    },
  };
}

function compact({ from, to, requires, ...rest }: DefinedTransition, places: StateId[]): Transition {
  return {
    ...rest,
    from: from.map((id) => places.indexOf(id)),
    ...(to === 'self' ? {} : { to }),
    ...(requires ? { requires: requires.map((required) => ('text' in required ? required.text : required)) } : {}),
  };
}

function stateProblems(definition: Definition): string[] {
  const ids = definition.states.map((state) => state.id);
  return [
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `state ${id} is defined twice`),
    ...definition.states.filter((state) => !stages.includes(state.stage)).map((state) => `state ${state.id}: no stage`),
    ...(ids.includes(definition.start) ? [] : [`start: no state ${definition.start}`]),
  ];
}

function transitionProblems(definition: Definition): string[] {
  const states = definition.states.map((state) => state.id);
  const clocks = definition.clocks.map((clock) => clock.id);
  return definition.transitions.flatMap((transition, at) => {
    const where = `transition ${at + 1} (${transition.command})`;
    const named = [
      ...transition.from,
      ...(transition.to === 'self' || transition.to === 'back' ? [] : [transition.to]),
    ];
    const clocksNamed = Object.values(transition.clocks ?? {}).flatMap((ids) => (ids === 'all' ? [] : ids));
    const activity = transition.auto?.activity;
    return [
      ...(isCommandName(transition.command) ? [] : [`${where}: unknown command`]),
      ...named.filter((id) => !states.includes(id)).map((id) => `${where}: no state ${id}`),
      ...clocksNamed.filter((id) => !clocks.includes(id)).map((id) => `${where}: no clock ${id}`),
      ...(activity && !activityNames.includes(activity) ? [`${where}: unknown activity ${activity}`] : []),
      ...(transition.when
        ? guardProblems(transition.when, transition.auto !== undefined).map((text) => `${where}: ${text}`)
        : []),
    ];
  });
}

function clockProblems(definition: Definition): string[] {
  return definition.clocks.flatMap((clock) => {
    const rising = clock.warnAt.every(
      (share, at) => Number.isInteger(share) && share > (clock.warnAt[at - 1] ?? 0) && share < 10_000,
    );
    return [
      ...(rising ? [] : [`clock ${clock.id}: warnAt must be whole numbers that rise between 1 and 9999`]),
      ...(clock.id.includes('.') ? [`clock ${clock.id}: a dot parts a clock from the thing it runs for`] : []),
    ];
  });
}
