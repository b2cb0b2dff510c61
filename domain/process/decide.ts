import { isCommandName } from '../commands/vocabulary.ts';
import type { Overridable } from '../commands/requests.ts';
import { refusal, type Refusal } from '../refusals.ts';
import { reachLevel } from './clocks.ts';
import { correctCalendar } from './correct-calendar.ts';
import type { Command, Context, Facts } from './context.ts';
import type { Plan, StateId } from './definition.ts';
import type { Effect } from './effects.ts';
import type { ItemEvent } from './events.ts';
import { type Authority, mayTake } from './permission.ts';
import { type Deciding, decideRequest, isAsked, openRequest } from './requests.ts';
import type { ItemState } from './state.ts';
import { guardAllows, missing, ruleOf, take, transitionsFrom } from './transition.ts';

export interface Accepted {
  ok: true;
  events: ItemEvent[];
  /** What is asked of other items. */
  effects?: Effect[];
  by: Authority;
  to: StateId;
}
export type Decision = Accepted | { ok: false; refusal: Refusal };

/**
 * Whether this command may be applied to this state, and what it changes. Pure: the same arguments give the same
 * answer in the transaction, in a preview, in the workflow and in the verifier. Without a payload it advises.
 */
export function decide(plan: Plan, state: ItemState, command: Command, facts: Facts): Decision {
  const answer = judge(plan, state, command, facts);
  return 'code' in answer ? { ok: false, refusal: answer } : answer;
}

function judge(plan: Plan, state: ItemState, command: Command, facts: Facts): Accepted | Refusal {
  if (!isCommandName(command.name)) return refusal('unknown-command');
  switch (command.name) {
    case 'reach-level':
      return reachLevel(plan, state, command as Command<'reach-level'>, facts); // the name was just compared
    case 'correct-calendar':
      return correctCalendar(plan, state, command, facts);
    case 'grant':
    case 'refuse-request':
    case 'arbitrate':
      return decideRequest(plan, state, command as Command<Deciding>, facts); // as above
    default:
      return decideTransition(plan, state, command, facts);
  }
}

/** In the order of precedence of `refusals.ts`. */
function decideTransition(plan: Plan, state: ItemState, command: Command, facts: Facts): Accepted | Refusal {
  const everyWay = transitionsFrom(plan, state, command.name);
  const possible = command.source === undefined ? everyWay : everyWay.filter(({ queued }) => queued);
  const [first] = possible;
  if (!first) return refusal('wrong-state', { at: state.at });
  const allowed = possible.find((transition) => guardAllows(transition, state, command));
  const transition = allowed ?? first;
  const by = mayTake(plan, state, transition, command, facts);
  if ('code' in by) return by;
  if (transition.approval && isAsked(state, command.name))
    return refusal('already-requested', { command: command.name });
  if (!allowed) return refusal('guard-not-met', { at: state.at });
  const context: Context = { plan, state, transition, command, facts };
  const refused = missing(transition, command) ?? ruleOf(command.name)?.refuse?.(context) ?? tooLate(context);
  const setAside = refused && state.overrides.find((rule) => rule === refused.code);
  if (refused && setAside === undefined) return refused;
  const taken = transition.approval ? openRequest(context, by, setAside) : take(context, by);
  return setAside === undefined || 'code' in taken ? taken : withOverride(taken, setAside, command);
}

/** A field that holds no instant closes the window: it was never opened, or has been used. */
function tooLate({ state, transition, command }: Context): Refusal | undefined {
  if (transition.until === undefined) return undefined;
  const until = state.fields[transition.until];
  if (typeof until === 'number' && command.receivedAt <= until) return undefined;
  return refusal('window-closed', typeof until === 'number' ? { until } : {});
}

/** Used up by what it let through. */
function withOverride(taken: Accepted, rule: Overridable, { payload }: Command): Accepted {
  return payload ? { ...taken, events: [{ type: 'override-used', rule }, ...taken.events] } : taken;
}
