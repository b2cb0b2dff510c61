import type { CommandName } from '../commands/vocabulary.ts';
import type { UserId } from '../ids.ts';
import { refusal, type Refusal } from '../refusals.ts';
import type { Command, Context, Facts } from './context.ts';
import type { Accepted } from './decide.ts';
import type { Plan, Transition } from './definition.ts';
import { authority, type Authority, keptApart } from './permission.ts';
import type { ItemState, Request } from './state.ts';
import { guardAllows, take, transitionsFrom } from './transition.ts';

export function isAsked(state: ItemState, name: CommandName): boolean {
  return state.requests.some((open) => open.command === name);
}

/** Taking a transition that needs an approval only asks for it. */
export function openRequest({ state, transition, command }: Context, by: Authority): Accepted | Refusal {
  const { approval } = transition;
  if (!approval || command.actor.kind === 'system') return refusal('not-permitted', { roles: transition.roles });
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

/** Granting is possible only while the item stands where the wanted transition leads from; refusing always is. */
export function decideRequest(
  plan: Plan,
  state: ItemState,
  command: Command<'grant' | 'refuse-request'>,
  facts: Facts,
): Accepted | Refusal {
  const { payload, actor } = command;
  if (actor.kind === 'system') return refusal('not-permitted', { roles: [] });
  const request = payload ? state.requests.find((open) => open.id === payload.request) : state.requests[0];
  if (!request) return refusal('unknown-request');
  const wanted = transitionsFrom(plan, state, request.command).filter(({ approval }) => approval !== undefined);
  if (command.name === 'grant' && wanted.length === 0) return refusal('wrong-state', { at: state.at });
  const by = authority(request.by, state, command, facts);
  if ('code' in by) return by;
  if (request.askedBy === actor.user || request.granted.includes(actor.user)) return refusal('second-person-needed');
  return command.name === 'grant'
    ? grant({ plan, state, command, facts }, request, actor.user, wanted, by)
    : refuse(state, command, request, actor.user, by);
}

/** The last grant takes the transition that was asked for. */
function grant(
  context: Omit<Context, 'transition'>,
  request: Request,
  user: UserId,
  wanted: Transition[],
  by: Authority,
): Accepted | Refusal {
  const { plan, state, command } = context;
  const transition = wanted.find((candidate) => guardAllows(candidate, state, {}));
  const apart = transition && keptApart(plan, state, transition, command);
  if (apart) return apart;
  if (!transition) return refusal('guard-not-met', { at: state.at });
  const last = request.granted.length + 1 >= request.persons;
  if (!last) {
    const events: Accepted['events'] = [{ type: 'request-granted', id: request.id, by: user }];
    return { ok: true, events: command.payload ? events : [], by, to: state.at };
  }
  const taken = take({ ...context, transition }, by);
  if ('code' in taken || !command.payload) return taken;
  return {
    ...taken,
    events: [{ type: 'request-closed', id: request.id, outcome: 'granted', by: user }, ...taken.events],
  };
}

function refuse(
  state: ItemState,
  { payload, texts }: Command,
  request: Request,
  user: UserId,
  by: Authority,
): Accepted | Refusal {
  if (payload && !texts.includes('reason')) return refusal('reason-missing', { text: 'reason' });
  const events: Accepted['events'] = [{ type: 'request-closed', id: request.id, outcome: 'refused', by: user }];
  return { ok: true, events: payload ? events : [], by, to: state.at };
}
