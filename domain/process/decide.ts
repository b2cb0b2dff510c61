import { callBack, check, review } from '../commands/closure-review.ts';
import { refuse, register, settleOnTheSpot, submit, withdraw } from '../commands/demand-list.ts';
import { assign, release, reserve, startMatching } from '../commands/resource-matching.ts';
import { contact } from '../commands/team-assignment.ts';
import { type CommandName, isCommandName } from '../commands/vocabulary.ts';
import type { UserId } from '../ids.ts';
import { refusal, type Refusal } from '../refusals.ts';
import { clockEvents, passedLevels } from './clocks.ts';
import type { Command, Context, Facts, Rule } from './context.ts';
import type { Plan, StateId, Transition } from './definition.ts';
import type { ItemEvent } from './events.ts';
import { evaluate } from './guard.ts';
import { authority, type Authority, drawnFor, maySystem, separated } from './permission.ts';
import { type ItemState, type Request, scopeOf } from './state.ts';

export interface Accepted {
  ok: true;
  events: ItemEvent[];
  by: Authority;
  to: StateId;
}
export type Decision = Accepted | { ok: false; refusal: Refusal };

/** Commands whose effect is more than what the definition says. */
const rules: { readonly [Name in CommandName]?: Rule<Name> } = {
  submit,
  register,
  refuse,
  withdraw,
  'settle-on-the-spot': settleOnTheSpot,
  'start-matching': startMatching,
  reserve,
  release,
  assign,
  contact,
  check,
  'call-back': callBack,
  review,
};

const no = (reason: Refusal): Decision => ({ ok: false, refusal: reason });

/**
 * Whether this command may be applied to this state, and what it changes. Pure: the same arguments give the same
 * answer in the transaction, in a preview, in the workflow and in the verifier. Without a payload it advises.
 */
export function decide(plan: Plan, state: ItemState, command: Command, facts: Facts): Decision {
  if (!isCommandName(command.name)) return no(refusal('unknown-command'));
  switch (command.name) {
    case 'reach-level':
      return reachLevel(state, command as Command<'reach-level'>); // the name was just compared
    case 'grant':
    case 'refuse-request':
      return decideRequest(plan, state, command as Command<'grant' | 'refuse-request'>, facts); // as above
    default:
      return decideTransition(plan, state, command, facts);
  }
}

function decideTransition(plan: Plan, state: ItemState, command: Command, facts: Facts): Decision {
  const possible = transitionsFrom(plan, state, command.name);
  const [first] = possible;
  if (!first) return no(refusal('wrong-state', { at: state.at }));
  const taken = possible.find((transition) => guardAllows(transition, state, command));
  const transition = taken ?? first;
  const by = mayTake(plan, state, transition, command, facts);
  if ('code' in by) return no(by);
  if (transition.approval && isAsked(state, command.name))
    return no(refusal('already-requested', { command: command.name }));
  if (!taken) return no(refusal('guard-not-met', { at: state.at }));
  const context: Context = { plan, state, transition, command, facts };
  const refused = missing(transition, command) ?? ruleOf(command.name)?.refuse?.(context);
  if (refused) return no(refused);
  return transition.approval ? openRequest(context, by) : take(context, by);
}

/** In the order of the definition. */
export function transitionsFrom(plan: Plan, state: ItemState, name: CommandName): Transition[] {
  return plan.transitions.filter(({ command, from }) => command === name && from.includes(state.at));
}

export function guardAllows(transition: Transition, state: ItemState, command: Pick<Command, 'payload'>): boolean {
  return !transition.when || evaluate(transition.when, scopeOf(state, command.payload)) !== 'no';
}

function mayTake(
  plan: Plan,
  state: ItemState,
  transition: Transition,
  command: Command,
  facts: Facts,
): Authority | Refusal {
  if (command.actor.kind === 'system' && !maySystem(transition))
    return refusal('not-permitted', { roles: transition.roles });
  const by = authority(transition.roles, state, command, facts);
  if ('code' in by) return by;
  const notDrawn = drawnFor(transition, state, command);
  if (notDrawn) return notDrawn;
  return (transition.approval ? undefined : keptApart(plan, state, transition, command)) ?? by;
}

/** Whoever takes a transition holds its duty from then on, and must be free of those that it excludes. */
function keptApart(plan: Plan, state: ItemState, { gives }: Transition, { actor }: Command): Refusal | undefined {
  return gives && actor.kind === 'person' ? separated(plan, state, actor.user, gives) : undefined;
}

const ruleOf = (name: CommandName): Rule<CommandName> | undefined => rules[name];

function missing({ requires = [] }: Transition, { payload, texts }: Command): Refusal | undefined {
  if (!payload) return undefined;
  for (const required of requires)
    if ('text' in required && !texts.includes(required.text)) return refusal('reason-missing', { text: required.text });
  for (const required of requires)
    if ('evidence' in required && !hasEvidence(payload, required.evidence))
      return refusal('evidence-missing', { kind: required.evidence });
  return undefined;
}

function hasEvidence(payload: object, kind: string): boolean {
  return (
    'evidence' in payload &&
    Array.isArray(payload.evidence) &&
    payload.evidence.some((given) => kind === 'any' || given.kind === kind)
  );
}

/** What the transition does once everything has let it pass; while somebody only asks, nothing. */
function take(context: Context, by: Authority): Decision {
  const { plan, state, transition, command, facts } = context;
  const drawn = draw(context);
  if (drawn && 'code' in drawn) return no(drawn);
  const to = transition.to === 'self' ? state.at : transition.to;
  if (!command.payload) return { ok: true, events: [], by, to };
  const actor = command.actor.kind === 'person' ? command.actor.user : undefined;
  const events: ItemEvent[] = [
    ...(transition.clears ?? [])
      .filter((name) => name in state.fields)
      .map((name) => ({ type: 'field-cleared' as const, name })),
    ...(ruleOf(command.name)?.events?.(context, command.payload) ?? []),
    ...(transition.gives && actor ? [{ type: 'duty-held' as const, user: actor, duty: transition.gives }] : []),
    ...(drawn ? [drawn] : []),
    ...(transition.counts ? [{ type: 'counted' as const, name: transition.counts }] : []),
    ...(transition.resets && state.counts[transition.resets] > 0
      ? [{ type: 'count-reset' as const, name: transition.resets }]
      : []),
    ...(transition.episode ? [{ type: 'episode-begun' as const }] : []),
    ...clockEvents(plan, state, transition, command.at, facts.calendar),
    ...(transition.to === 'self' ? [] : [{ type: 'moved' as const, to }]),
  ];
  return { ok: true, events, by, to };
}

/** Seed = hash of the previous record, people in id order: anybody can draw again, nobody can choose. */
function draw({ plan, state, transition, command, facts }: Context): ItemEvent | Refusal | undefined {
  if (!transition.draws || !facts.eligible) return undefined;
  const { duty } = transition.draws;
  const eligible = facts.eligible.filter((user) => !separated(plan, state, user, duty));
  const drawn = eligible[pick(command.seed, eligible.length)];
  return drawn ? { type: 'drawn', user: drawn, duty } : refusal('nobody-eligible', { duty });
}

/** The first 48 bits of the hash: a modulus over a handful of people leaves no bias worth naming. */
function pick(seed: string, among: number): number {
  return among === 0 ? 0 : Number.parseInt(seed.slice(0, 12), 16) % among;
}

function isAsked(state: ItemState, name: CommandName): boolean {
  return state.requests.some((open) => open.command === name);
}

function openRequest({ state, transition, command }: Context, by: Authority): Decision {
  const { approval } = transition;
  if (!approval || command.actor.kind === 'system') return no(refusal('not-permitted', { roles: transition.roles }));
  const request: Request = {
    id: `q${state.rev + 1}`,
    command: command.name,
    by: approval.by,
    persons: approval.persons,
    askedBy: command.actor.user,
    granted: [],
  };
  return { ok: true, events: command.payload ? [{ type: 'requested', request }] : [], by, to: state.at };
}

function decideRequest(
  plan: Plan,
  state: ItemState,
  command: Command<'grant' | 'refuse-request'>,
  facts: Facts,
): Decision {
  const { payload, actor } = command;
  if (actor.kind === 'system') return no(refusal('not-permitted', { roles: [] }));
  const request = payload ? state.requests.find((open) => open.id === payload.request) : state.requests[0];
  if (!request) return no(refusal('unknown-request'));
  const asked = transitionsFrom(plan, state, request.command).filter(({ approval }) => approval !== undefined);
  if (command.name === 'grant' && asked.length === 0) return no(refusal('wrong-state', { at: state.at }));
  const by = authority(request.by, state, command, facts);
  if ('code' in by) return no(by);
  if (request.askedBy === actor.user || request.granted.includes(actor.user))
    return no(refusal('second-person-needed'));
  if (command.name === 'grant') return grant({ plan, state, command, facts }, request, actor.user, asked, by);
  if (payload && !command.texts.includes('reason')) return no(refusal('reason-missing', { text: 'reason' }));
  return {
    ok: true,
    by,
    to: state.at,
    events: payload ? [{ type: 'request-closed', id: request.id, outcome: 'refused', by: actor.user }] : [],
  };
}

/** The last grant takes the transition that was asked for, if the item still stands where it leads from. */
function grant(
  context: Omit<Context, 'transition'>,
  request: Request,
  user: UserId,
  asked: Transition[],
  by: Authority,
): Decision {
  const { plan, state, command } = context;
  const transition = asked.find((candidate) => guardAllows(candidate, state, {}));
  const apart = transition && keptApart(plan, state, transition, command);
  if (apart) return no(apart);
  if (!transition) return no(refusal('guard-not-met', { at: state.at }));
  const agreed = request.granted.length + 1;
  if (agreed < request.persons)
    return {
      ok: true,
      by,
      to: state.at,
      events: command.payload ? [{ type: 'request-granted', id: request.id, by: user }] : [],
    };
  const taken = take({ ...context, transition }, by);
  if (!taken.ok || !command.payload) return taken;
  return {
    ...taken,
    events: [{ type: 'request-closed', id: request.id, outcome: 'granted', by: user }, ...taken.events],
  };
}

/** Reaching a level is always legal: the clock only says what is so. */
function reachLevel(state: ItemState, { actor, payload, at }: Command<'reach-level'>): Decision {
  if (actor.kind !== 'system') return no(refusal('not-permitted', { roles: ['system'] }));
  const named = payload ?? { id: '', run: 0, level: 0 };
  const due = [...state.owed, ...state.clocks.flatMap((clock) => passedLevels(clock, at))];
  const first = due.find(({ id, run }) => id === named.id && run === named.run);
  const level = first?.level === named.level ? first : undefined; // in order: a level passed over would never be recorded
  if (!level) return no(refusal('already-recorded', { ...named }));
  return { ok: true, by: { role: 'system', grant: null }, to: state.at, events: [{ type: 'level-reached', level }] };
}
