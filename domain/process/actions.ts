import { type CommandName, commandNames } from '../commands/vocabulary.ts';
import type { Hash } from '../ids.ts';
import type { Refusal } from '../refusals.ts';
import type { Instant } from '../time.ts';
import type { Actor, Facts } from './context.ts';
import { decide } from './decide.ts';
import type { Guard } from './guard.ts';
import type { Plan, RoleCode, StateId } from './definition.ts';
import type { ItemState } from './state.ts';
import { touches } from './touches.ts';
import { guardAllows, transitionsFrom } from './transition.ts';

/** One button: what it would do, or why it is not there, and which transitions were passed over. */
export interface Action {
  command: CommandName;
  allowed: boolean;
  to?: StateId;
  refusal?: Refusal;
  passedOver: { to: StateId; when: Guard; roles: RoleCode[] }[];
}

interface Asking {
  actor: Actor;
  at: Instant;
  seed: Hash;
}

/** What the clock, the office's calendar and other items alone ask for; and `submit`, which begins an item. */
const notForPeople: readonly CommandName[] = ['reach-level', 'correct-calendar', 'submit', 'absorb'];

/** Every command that people may ever give to an item that is there. */
export const buttons: readonly CommandName[] = commandNames.filter((name) => !notForPeople.includes(name));

/** Commands of those that would draw somebody as the item stands, each with the role whose holders it may fall on. */
export function drawing(plan: Plan, state: ItemState): Map<CommandName, RoleCode> {
  const found = buttons.flatMap((name) => {
    const { draws } = touches(plan, state, { name });
    return draws === undefined ? [] : [[name, draws] as const];
  });
  return new Map(found);
}

/** Every button, allowed or with the reason; the same `decide` that will judge the real command, on the facts of each. */
export function actions(plan: Plan, state: ItemState, asking: Asking, factsOf: (name: CommandName) => Facts): Action[] {
  return buttons.map((name) => action(plan, state, name, asking, factsOf(name)));
}

function action(plan: Plan, state: ItemState, name: CommandName, asking: Asking, facts: Facts): Action {
  const decision = decide(plan, state, { name, texts: [], receivedAt: asking.at, ...asking }, facts);
  const passedOver = transitionsFrom(plan, state, name).flatMap((transition) =>
    transition.when && !guardAllows(transition, state, {})
      ? [{ to: transition.to ?? state.at, when: transition.when, roles: transition.roles }]
      : [],
  );
  return decision.ok
    ? { command: name, allowed: true, to: decision.to, passedOver }
    : { command: name, allowed: false, refusal: decision.refusal, passedOver };
}
