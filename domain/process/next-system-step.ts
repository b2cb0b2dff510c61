import type { CommandName } from '../commands/vocabulary.ts';
import type { AssignPayload } from '../commands/resource-matching.ts';
import type { ItemId } from '../ids.ts';
import type { Instant } from '../time.ts';
import { dueLevels } from './clocks.ts';
import type { ActivityName, Plan, Transition } from './definition.ts';
import { evaluate } from './guard.ts';
import { type ClockLevel, type ItemState, placeOf, positionOf, scopeOf } from './state.ts';

/** What the system owes an item now. The key is the same for every attempt, so that it is applied once. */
export type SystemStep =
  | { kind: 'level'; key: string; command: 'reach-level'; level: ClockLevel }
  | { kind: 'queued'; key: string; command: CommandName }
  | { kind: 'auto'; key: string; command: CommandName; activity?: ActivityName; payload?: AssignPayload };

export type Next = { step: SystemStep } | { until: Instant | null };

/** A command that another item's record asked for, in the order in which they came. */
export interface Queued {
  id: string;
  source: ItemId;
  name: CommandName;
}

/** Under which name a queued command that has to wait is stuck. */
export const queuedStep = (id: string): string => `queued:${id}`;

/** A step that was refused or found nothing; passed over until `retryAt`. */
export interface Stuck {
  step: string;
  retryAt: Instant;
}

/** The workflow's whole brain: what the item needs from the system at this instant, or when to look again. */
export function nextSystemStep(
  plan: Plan,
  state: ItemState,
  at: Instant,
  queued: readonly Queued[],
  stuck: readonly Stuck[],
): Next {
  const [level] = dueLevels(state, at);
  if (level) return { step: levelStep(level) };
  const heldUp = queued.flatMap(({ id }) =>
    stuck.filter(({ step, retryAt }) => step === queuedStep(id) && retryAt > at),
  );
  const ready = firstReady(queued, heldUp);
  if (ready) return { step: { kind: 'queued', key: ready.id, command: ready.name } };
  const auto = automatic(plan, state);
  const waits = auto ? stuck.find((entry) => entry.step === auto.command) : undefined;
  if (auto && (!waits || waits.retryAt <= at)) return { step: autoStep(auto, state) };
  const instants = [
    ...state.clocks.flatMap((clock) => clock.levels.slice(clock.level).filter((reached) => reached !== null)),
    ...[...heldUp, ...(waits ? [waits] : [])].map(({ retryAt }) => retryAt),
  ];
  return { until: instants.length === 0 ? null : (Math.min(...instants) as Instant) }; // the least of instants is one
}

/** One that is held up holds up the later ones of its source, and nobody else's. */
function firstReady(queued: readonly Queued[], heldUp: readonly Stuck[]): Queued | undefined {
  const waiting = queued.filter(({ id }) => heldUp.some(({ step }) => step === queuedStep(id)));
  return queued.find(({ source }) => !waiting.some((other) => other.source === source));
}

function automatic(plan: Plan, state: ItemState): Transition | undefined {
  const [scope, place] = [scopeOf(state), positionOf(plan, state.at)];
  return plan.transitions.find(
    ({ auto, from, when }) => auto && from.includes(place) && (!when || evaluate(when, scope) === 'yes'),
  );
}

/** `limit` is part of the key because a granted extension makes the same level due again. */
function levelStep(level: ClockLevel): SystemStep {
  const { id, run, limit, level: number } = level;
  return {
    kind: 'level',
    key: `clock:${id}.${run}:${limit.amount}-${limit.kind}:${number}`,
    command: 'reach-level',
    level,
  };
}

function autoStep({ command, auto }: Transition, state: ItemState): SystemStep {
  const step = { kind: 'auto' as const, key: `auto:${command}:${state.rev}`, command };
  const team = command === 'assign' ? state.catalogue?.team : undefined; // what the catalogue names, nobody has to find
  if (team !== undefined) return { ...step, payload: { team } };
  return auto?.activity ? { ...step, activity: auto.activity } : step;
}

/** Nothing the system does for this item is in sight: its run may end, and the waker starts the next. */
export function mayRest(plan: Plan, state: ItemState, at: Instant, until: Instant | null): boolean {
  const soon = until !== null && until - at < 7 * 86_400_000;
  return placeOf(plan, state).terminal === true && !soon;
}
