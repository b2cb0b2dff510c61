import type { Overridable } from '../commands/requests.ts';
import { ruled } from '../commands/team-assignment.ts';
import type { CommandName } from '../commands/vocabulary.ts';
import { refusal, type Refusal } from '../refusals.ts';
import { startEvents, stopFor } from './clocks.ts';
import type { Command, Context, Facts } from './context.ts';
import type { Accepted } from './decide.ts';
import type { UserId } from '../ids.ts';
import type { Plan } from './definition.ts';
import type { ItemEvent } from './events.ts';
import { authority, type Authority, keptApart, persons } from './permission.ts';
import type { ItemState, Request } from './state.ts';
import { destination, duties, guardAllows, ruleOf, take, transitionsFrom } from './transition.ts';

/** The commands that decide a request. */
export type Deciding = 'grant' | 'refuse-request' | 'arbitrate';

export function isAsked(state: ItemState, name: CommandName): boolean {
  return state.requests.some((open) => open.command === name);
}

/** Taking a transition that needs an approval only asks for it; what was asked for is kept as it was asked. */
export function openRequest(context: Context, by: Authority, setAside?: Overridable): Accepted | Refusal {
  const { plan, state, transition, command, facts } = context;
  const { approval } = transition;
  if (!approval || command.actor.kind === 'system') return refusal('not-permitted', { roles: transition.roles });
  const { payload, at, receivedAt } = command;
  if (!payload) return { ok: true, events: [], by, to: state.at };
  const request: Request = {
    id: `q${state.rev + 1}`,
    command: command.name,
    payload,
    receivedAt,
    ...approval,
    askedBy: command.actor.user,
    granted: [],
    ...(setAside === undefined ? {} : { setAside }),
    barred: persons(command, by),
  };
  const clock = approval.clock === undefined ? [] : [approval.clock];
  const events: ItemEvent[] = [
    { type: 'requested', request },
    ...duties(context, by),
    ...startEvents({ plan, state, facts, at, payload }, clock),
  ];
  return { ok: true, events, by, to: state.at };
}

interface Deciders extends Omit<Context, 'transition'> {
  request: Request;
  by: Authority;
}

/** Granting is possible only while the item stands where the wanted transition leads from; refusing always is. */
export function decideRequest(
  plan: Plan,
  state: ItemState,
  command: Command<Deciding>,
  facts: Facts,
): Accepted | Refusal {
  const { payload, actor, name } = command;
  if (actor.kind === 'system') return refusal('not-permitted', { roles: [] });
  const request = payload ? state.requests.find(({ id }) => id === payload.request) : meantBy(state, name);
  if (!request) return refusal('unknown-request');
  const where = request.outside && state.lead ? { outside: state.lead.unit } : undefined;
  const by = authority(request.by, state, command, facts, where);
  if ('code' in by) return by;
  if (persons(command, by).some((user) => request.barred.includes(user))) return refusal('second-person-needed');
  if ((name === 'arbitrate') !== (request.ruling === true))
    return refusal(request.ruling ? 'ruling-needed' : 'no-ruling-needed', { request: request.id });
  return answer({ plan, state, command, facts, request, by });
}

/** Which open request somebody means who only asks. */
function meantBy({ requests }: ItemState, name: Deciding): Request | undefined {
  return requests.find(({ ruling }) => (ruling === true) === (name === 'arbitrate')) ?? requests[0];
}

function answer(deciders: Deciders): Accepted | Refusal {
  const { command, state, facts } = deciders;
  switch (command.name) {
    case 'refuse-request':
      if (command.payload && !command.texts.includes('reason')) return refusal('reason-missing', { text: 'reason' });
      return refuse(deciders, []);
    case 'arbitrate': {
      const { payload } = command as Command<'arbitrate'>; // the name was just compared
      if (!payload) return grant(deciders, []);
      if (facts.unit === null) return refusal('unknown-unit', { unit: payload.unit });
      return payload.unit === state.lead?.unit ? refuse(deciders, ruled(payload)) : grant(deciders, ruled(payload));
    }
    default:
      return grant(deciders, []);
  }
}

/** The last grant takes the transition that was asked for, with what was asked and as it was received. */
function grant(deciders: Deciders, ruling: ItemEvent[]): Accepted | Refusal {
  const { plan, state, command, request, by } = deciders;
  const { payload, receivedAt } = request;
  const wanted = { ...command, name: request.command, payload, receivedAt } as Command; // as it was asked and shaped then
  const possible = transitionsFrom(plan, state, request.command).filter(({ approval }) => approval !== undefined);
  const transition = possible.find((candidate) => guardAllows(candidate, state, wanted));
  if (!transition) return refusal('guard-not-met', { at: state.at });
  const context: Context = { ...deciders, transition, command: wanted };
  const refused = keptApart(plan, state, transition, command, by) ?? ruleOf(request.command)?.refuse?.(context);
  if (refused && refused.code !== request.setAside) return refused;
  const known = command.payload !== undefined;
  if (request.granted.length + 1 < request.persons) {
    const granted: ItemEvent = { type: 'request-granted', id: request.id, by: deciderOf(deciders), for: by.for };
    return { ok: true, events: known ? [granted] : [], by, to: state.at };
  }
  if (!known) return { ok: true, events: [], by, to: destination(transition, state) };
  const taken = take(context, by);
  return 'code' in taken ? taken : { ...taken, events: [...closed(deciders, 'granted'), ...ruling, ...taken.events] };
}

/** @throws Error, a bug, when the system is asked to decide */
function deciderOf({ command: { actor } }: Deciders): UserId {
  if (actor.kind === 'system') throw new Error('a request is decided by a person');
  return actor.user;
}

function refuse(deciders: Deciders, ruling: ItemEvent[]): Accepted {
  const { state, command, by } = deciders;
  const events = command.payload ? [...closed(deciders, 'refused'), ...ruling] : [];
  return { ok: true, events, by, to: state.at };
}

function closed(deciders: Deciders, outcome: 'granted' | 'refused'): ItemEvent[] {
  const { state, command, request } = deciders;
  return [
    { type: 'request-closed', id: request.id, outcome, by: deciderOf(deciders) },
    ...stopFor(state, request.clock, request.id, command.at),
    ...(ruleOf(request.command)?.settled?.(state) ?? []),
  ];
}
