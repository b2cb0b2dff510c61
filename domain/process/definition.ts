import type { Limit, LimitKind } from '../clock/due.ts';
import type { CommandName } from '../commands/vocabulary.ts';
import type { Guard } from './guard.ts';

/** The five stages, in the order in which a demand goes through them. */
export const stages = [
  'demand-list',
  'resource-matching',
  'team-assignment',
  'action-project',
  'closure-review',
] as const;
export type Stage = (typeof stages)[number];

export type StateId = string;
export type RoleCode = string;
export type DutyName = string;
export type ClockId = string;
export type Text = { zh: string; en: string };

/** Slow work that finds an automatic transition's payload; a closed list. */
export const activityNames = ['find-candidates'] as const;
export type ActivityName = (typeof activityNames)[number];

/** What a command must bring along: a text by its name, or evidence of a kind. Each refusal names what is missing. */
export type Requirement = string | { evidence: string };

export interface Transition {
  command: CommandName;
  /** Places by their position in the plan's `states`: names would make half a plan. */
  from: number[];
  /** `back`: the place that was kept when the item was merged. Absent: the item stays where it is. */
  to?: StateId | 'back';
  roles: RoleCode[];
  when?: Guard;
  requires?: Requirement[];
  /** The duty that whoever takes it holds on this item from now on, and who asks for it too; `separation` says which others it excludes. */
  gives?: DutyName;
  /** Only the person drawn for this duty may act. */
  drawn?: DutyName;
  /** Draws one person with this role for this duty, from those the separation rules leave. */
  draws?: { role: RoleCode; duty: DutyName };
  /** The roles are held by the unit in charge, or by the unit of the task that the payload names: a grant for another unit does not do. */
  unit?: 'lead' | 'task';
  /** Opens a request instead of acting; never decided by its asker. */
  approval?: Approval;
  /** The workflow takes it by itself as soon as the item rests in `from` and `when` holds. */
  auto?: { activity?: ActivityName };
  /** Another item's record may ask for it; nobody else but the roles. */
  queued?: true;
  /** Keeps the present place, to come back to. */
  keepsPlace?: true;
  clocks?: ClockChanges;
  /** Instants that are kept as fields: when this much time from now will have passed. */
  sets?: Record<string, Limit>;
  /** The field with the last instant at which the command may have been received. */
  until?: string;
  /** May be given at whatever revision its sender saw: it adds something and changes nothing that others rely on. */
  commutes?: true;
  /** Adds one to this count of the item. */
  counts?: 'reworks' | 'extensions';
  /** Sets this count back to nothing, because it belongs to the past round. */
  resets?: 'callTries';
  /** Fields forgotten, because what they say belongs to the past round. */
  clears?: string[];
  /** A new episode of the same item begins. */
  episode?: true;
}

/** A transition as an office writes it. */
export interface DefinedTransition extends Omit<Transition, 'from' | 'to' | 'requires'> {
  from: StateId[];
  to: StateId | 'self' | 'back';
  requires?: ({ text: string } | { evidence: string })[];
}

/** Who decides what is asked, and how. */
export interface Approval {
  by: RoleCode[];
  persons: 1 | 2;
  /** Runs until it is decided; one that runs once for each request. */
  clock?: ClockId;
  /** Decided by a ruling that binds, not by a grant. */
  ruling?: true;
  /** Nobody of the unit in charge decides it. */
  outside?: true;
}

/** `all`: whatever runs. Of a clock that runs once for each of its things, the thing that the payload names, else all of them. */
export interface ClockChanges {
  start?: ClockId[];
  stop?: ClockId[] | 'all';
  pause?: ClockId[] | 'all';
  resume?: ClockId[] | 'all';
  /** Replaces the limit by one that is longer by the payload's `amount`, of the same kind and from the same start. */
  extend?: ClockId[];
}

export interface Clock {
  /** Without a dot: a clock that runs once for each of its things is `<id>.<thing>` on the item. */
  id: ClockId;
  /** Who answers for it: the unit in charge, or the holders of a role; `system` for what nobody waits for. */
  owner: 'unit' | RoleCode;
  /** `catalogue`: the limit that was stored on the item when it was registered, of a milestone its own. */
  limit: Limit | 'catalogue';
  /** Runs once for each of these. */
  per?: 'request' | 'task' | 'milestone' | 'project';
  /** The field of the payload that gives the amount; that of `limit` is then the most that may be asked for. */
  asked?: string;
  /** Counts from the receipt of the demand, in its first episode. */
  since?: 'received';
  /** Nothing pauses it. */
  runsThrough?: true;
  /** A run that is started while it runs goes on as it is: a second dispatch gains no time. */
  runsOn?: true;
  /** Shares of the limit in ten-thousandths, rising, at which the item is warned about. */
  warnAt: number[];
  /** When it is due, the unit above the one in charge is told. */
  escalates?: true;
  /** How often it may be extended in one episode, and by how much together. */
  extensions?: { most: number; together: Record<LimitKind, number> };
}

export interface State {
  id: StateId;
  stage: Stage;
  /** The episode is over; only archiving or a granted reopening leads out. */
  terminal?: true;
  /** Nothing leads out. */
  final?: true;
}

/** Nobody may hold two of these duties on one item, ever. */
export interface Separation {
  rule: string;
  duties: DutyName[];
}

/** The compiled definition: everything `decide` needs and no word for people. Pinned to an item by the hash of its canonical JSON. */
export interface Plan {
  id: string;
  kind: 'case' | 'project' | 'wish';
  version: number;
  /** Names the behaviour of decide, evolve and nextSystemStep; a published engine's behaviour never changes. */
  engine: 1;
  start: StateId;
  states: State[];
  transitions: Transition[];
  clocks: Clock[];
  separation: Separation[];
}

/** What an office writes and publishes: the plan and the words for it. */
export interface Definition extends Omit<Plan, 'states' | 'transitions'> {
  title: Text;
  states: (State & { title: Text })[];
  transitions: DefinedTransition[];
}
