import { callBack, check, drawCallBack, forceClose, reopen, review } from '../commands/closure-review.ts';
import {
  absorb,
  amend,
  merge,
  redirect,
  refuse,
  register,
  settleOnTheSpot,
  split,
  submit,
  unmerge,
  verify,
  voidItem,
  withdraw,
} from '../commands/demand-list.ts';
import {
  assign,
  block,
  confirmReservation,
  release,
  reserve,
  startMatching,
  unblock,
} from '../commands/resource-matching.ts';
import {
  answerTask,
  answerWhistle,
  handIn,
  joinProject,
  leaveProject,
  openTask,
  rateWhistle,
  reportProgress,
  requestExtension,
  requestSuspension,
  whistle,
} from '../commands/action-project.ts';
import { override } from '../commands/requests.ts';
import { contact, decline, dispatch, returnOrder } from '../commands/team-assignment.ts';
import { dueInstant } from '../clock/due.ts';
import type { CommandName } from '../commands/vocabulary.ts';
import { refusal, type Refusal } from '../refusals.ts';
import { clockEvents, stopFor } from './clocks.ts';
import type { Command, Context, Rule } from './context.ts';
import type { Accepted } from './decide.ts';
import type { Plan, StateId, Transition } from './definition.ts';
import type { ItemEvent } from './events.ts';
import { evaluate } from './guard.ts';
import { type Authority, persons, separated } from './permission.ts';
import { type ItemState, positionOf, scopeOf } from './state.ts';

/** Commands whose effect is more than what the definition says. */
const rules: { readonly [Name in CommandName]?: Rule<Name> } = {
  submit,
  verify,
  register,
  refuse,
  redirect,
  merge,
  unmerge,
  absorb,
  split,
  withdraw,
  void: voidItem,
  amend,
  'settle-on-the-spot': settleOnTheSpot,
  'start-matching': startMatching,
  reserve,
  'confirm-reservation': confirmReservation,
  release,
  block,
  unblock,
  assign,
  dispatch,
  return: returnOrder,
  decline,
  contact,
  'report-progress': reportProgress,
  'open-task': openTask,
  'answer-task': answerTask,
  'request-extension': requestExtension,
  'request-suspension': requestSuspension,
  whistle,
  'answer-whistle': answerWhistle,
  'rate-whistle': rateWhistle,
  'join-project': joinProject,
  'leave-project': leaveProject,
  'hand-in': handIn,
  override,
  check,
  'draw-call-back': drawCallBack,
  'call-back': callBack,
  review,
  reopen,
  'force-close': forceClose,
};

export const ruleOf = (name: CommandName): Rule<CommandName> | undefined => rules[name];

/** In the order of the definition. */
export function transitionsFrom(plan: Plan, state: ItemState, name: CommandName): Transition[] {
  const place = positionOf(plan, state.at);
  return plan.transitions.filter(({ command, from }) => command === name && from.includes(place));
}

/** Whether the definition lets it be given at whatever revision its sender saw. */
export function commutes(plan: Plan, name: CommandName): boolean {
  const ways = plan.transitions.filter(({ command }) => command === name);
  return ways.length > 0 && ways.every((transition) => transition.commutes);
}

export function guardAllows(transition: Transition, state: ItemState, command: Pick<Command, 'payload'>): boolean {
  return !transition.when || evaluate(transition.when, scopeOf(state, command.payload)) !== 'no';
}

/** Texts before evidence, whatever their order in the definition; nothing is missing while somebody only asks. */
export function missing({ requires = [] }: Transition, { payload, texts }: Command): Refusal | undefined {
  if (!payload) return undefined;
  for (const required of requires)
    if (typeof required === 'string' && !texts.includes(required)) return refusal('reason-missing', { text: required });
  for (const required of requires)
    if (typeof required === 'object' && !hasEvidence(payload, required.evidence))
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
export function take(context: Context, by: Authority): Accepted | Refusal {
  const { plan, state, transition, command, facts } = context;
  const drawn = draw(context);
  if (drawn && 'code' in drawn) return drawn;
  const to = destination(transition, state);
  if (!command.payload) return { ok: true, events: [], by, to };
  const events: ItemEvent[] = [
    ...(transition.clears ?? [])
      .filter((name) => name in state.fields)
      .map((name) => ({ type: 'field-cleared' as const, name })),
    ...(ruleOf(command.name)?.events?.(context, command.payload) ?? []),
    ...duties(context, by),
    ...(drawn ? [drawn] : []),
    ...(transition.counts ? [{ type: 'counted' as const, name: transition.counts }] : []),
    ...(transition.resets && state.counts[transition.resets] > 0
      ? [{ type: 'count-reset' as const, name: transition.resets }]
      : []),
    ...(transition.episode ? newEpisode(state) : []),
    ...instantsKept(context),
    ...clockEvents({ plan, state, facts, at: command.at, payload: command.payload }, transition.clocks),
    ...lapsing(context, to),
    ...(transition.keepsPlace ? [{ type: 'place-kept' as const, back: state.at }] : []),
    ...(transition.to === 'back' ? [{ type: 'came-back' as const }] : []),
    ...(transition.to === undefined ? [] : [{ type: 'moved' as const, to }]),
  ];
  const effects = ruleOf(command.name)?.effects?.(context, command.payload) ?? [];
  return { ok: true, events, by, to, ...(effects.length > 0 ? { effects } : {}) };
}

export function duties({ transition: { gives }, command }: Context, by: Authority): ItemEvent[] {
  return gives ? persons(command, by).map((user) => ({ type: 'duty-held', user, duty: gives })) : [];
}

/** What may be asked for so many times may be asked for again. */
function newEpisode({ counts }: ItemState): ItemEvent[] {
  const limited = (['returns', 'extensions', 'extended'] as const).filter((name) => counts[name] > 0);
  return [...limited.map((name): ItemEvent => ({ type: 'count-reset', name })), { type: 'episode-begun' }];
}

function instantsKept({ transition: { sets }, command: { at }, facts: { calendar } }: Context): ItemEvent[] {
  if (!sets) return [];
  return Object.entries(sets).flatMap(([name, limit]): ItemEvent[] => {
    const due = calendar && dueInstant({ limit, start: at, pauses: [] }, calendar);
    if (typeof due !== 'number') throw new Error(`${name} is to be kept and no calendar was read`);
    return [{ type: 'field-set', name, value: due }];
  });
}

/** Open requests for what is not possible any more where the item goes; the one that is granted just now is closed already. */
function lapsing({ plan, state, command }: Context, to: StateId): ItemEvent[] {
  if (state.requests.length === 0) return [];
  const there = { ...state, at: to };
  return state.requests
    .filter((open) => open.command !== command.name && transitionsFrom(plan, there, open.command).length === 0)
    .flatMap(({ id, clock }): ItemEvent[] => [
      { type: 'request-lapsed', id },
      ...stopFor(state, clock, id, command.at),
    ]);
}

/** @throws Error, a bug of the definition, when nothing is there to come back to */
export function destination({ to, command }: Transition, state: ItemState): StateId {
  if (to === undefined) return state.at;
  if (to !== 'back') return to;
  if (state.back === undefined) throw new Error(`${command} leads back and no place was kept`);
  return state.back;
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
