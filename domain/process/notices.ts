import { DECIDERS } from '../people/access.ts';
import type { CommandName } from '../commands/vocabulary.ts';
import type { UnitId, UserId } from '../ids.ts';
import { clockIn, isRunFor } from './clocks.ts';
import type { ClockId, Plan, RoleCode, StateId } from './definition.ts';
import type { ItemEvent } from './events.ts';
import type { ClockLevel, Task } from './state.ts';
import { answering, awaitedIn, rolesOfUnit } from './waiting.ts';

/** What somebody is told of. */
export const noticeKinds = [
  'assigned',
  'drawn',
  'request-waits',
  'request-granted',
  'request-refused',
  'request-lapsed',
  'task-opened',
  'task-answered',
  'clock-warning',
  'clock-due',
  'escalated',
  'access-waits',
  'access-refused',
  'granted',
  'stands-in',
  'stood-in-for',
  'revoked',
  'password-reset',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** Who is told: one person, or holders of these roles, for this unit where one is named. */
export type Audience = { user: UserId } | { roles: RoleCode[]; at?: UnitId };

export interface Told {
  kind: NoticeKind;
  to: Audience;
  /** A code: the place, duty, command, clock or role that it is about. */
  subject: string;
}

/** The part of an item's record that people are told of. */
export interface ItemNews {
  from: StateId | null;
  to: StateId;
  events: readonly ItemEvent[];
}

export interface ItemFacts {
  plan: Plan;
  /** The unit that handles the item. */
  unit: UnitId | null;
  /** Whom of other units the item asked for something. */
  tasks: { id: string; kind: Task['kind']; unit: UnitId }[];
  /** Who asked for what, of the requests that the events name. */
  requests: { id: string; command: CommandName; askedBy: UserId }[];
  /** Who was drawn last, of those whose duty the item waits for. */
  drawn: UserId | null;
}

/** Look after what is late, wherever it is handled. */
const OVERSEERS: RoleCode[] = ['supervisor'];
/** Are told at the unit to which something was escalated. */
const LEADERS: RoleCode[] = ['leader', 'supervisor', 'unit_clerk'];

/** Who is told of what an item's record says. The one who did it is told nothing: the caller leaves them out. */
export function itemNotices(news: ItemNews, facts: ItemFacts): Told[] {
  return [...assigned(news, facts), ...news.events.flatMap((event) => eventNotices(event, news, facts))];
}

/** A unit is told when an item comes to it from another stage. */
function assigned({ from, to }: ItemNews, { plan, unit }: ItemFacts): Told[] {
  const stageOf = (place: StateId | null): string | undefined => plan.states.find(({ id }) => id === place)?.stage;
  const roles = awaitedIn(plan, to).unitRoles;
  if (unit === null || roles.length === 0 || from === null || stageOf(from) === stageOf(to)) return [];
  return [{ kind: 'assigned', to: { roles, at: unit }, subject: to }];
}

function eventNotices(event: ItemEvent, news: ItemNews, facts: ItemFacts): Told[] {
  switch (event.type) {
    case 'drawn':
      return [{ kind: 'drawn', to: { user: event.user }, subject: event.duty }];
    case 'requested':
      return [{ kind: 'request-waits', to: { roles: event.request.by }, subject: event.request.command }];
    case 'request-closed': {
      const request = facts.requests.find(({ id }) => id === event.id);
      const kind = event.outcome === 'granted' ? 'request-granted' : 'request-refused';
      return request ? [{ kind, to: { user: request.askedBy }, subject: request.command }] : [];
    }
    case 'request-lapsed': {
      const request = facts.requests.find(({ id }) => id === event.id);
      return request ? [{ kind: 'request-lapsed', to: { user: request.askedBy }, subject: request.command }] : [];
    }
    case 'task-opened': {
      const { kind, unit } = event.task;
      return [{ kind: 'task-opened', to: { roles: answering(facts.plan, news.to, kind), at: unit }, subject: kind }];
    }
    case 'task-answered': {
      const task = facts.tasks.find(({ id }) => id === event.id);
      if (!task || facts.unit === null) return [];
      return [{ kind: event.type, to: { roles: rolesOfUnit(facts.plan), at: facts.unit }, subject: task.kind }];
    }
    case 'level-reached':
      return levelNotices(event.level, news, facts);
    case 'escalated': {
      const up: Audience[] = event.unit === null ? [] : [{ roles: LEADERS, at: event.unit }];
      return [{ roles: OVERSEERS }, ...up].map((to) => ({ kind: event.type, to, subject: clockNamed(event.id) }));
    }
    default:
      return []; // nobody is called by the rest: whoever looks sees it
  }
}

/** A warning, and that it is due, goes to whoever answers for the clock: of a task's clock, the unit that was asked. */
function levelNotices({ id, level }: ClockLevel, { to }: ItemNews, facts: ItemFacts): Told[] {
  const { plan, drawn, tasks } = facts;
  const clock = clockIn(plan, id);
  if (!clock || clock.owner === 'system') return [];
  const kind: NoticeKind = level > clock.warnAt.length ? 'clock-due' : 'clock-warning';
  const subject = clock.id;
  const task = tasks.find((candidate) => isRunFor(id, candidate.id));
  const unit = task ? task.unit : facts.unit;
  if (task && unit !== null) return [{ kind, to: { roles: answering(plan, to, task.kind), at: unit }, subject }];
  if (clock.owner === 'unit')
    return unit === null ? [] : [{ kind, to: { roles: rolesOfUnit(plan), at: unit }, subject }];
  const called = awaitedIn(plan, to).drawn === null ? null : drawn;
  return [{ kind, to: called === null ? { roles: [clock.owner] } : { user: called }, subject }];
}

/** The clock of the definition, whatever thing it runs for. */
const clockNamed = (running: ClockId): string => running.split('.', 1)[0] ?? running;

/** A change of the office, as its record tells it. */
export interface OfficeNews {
  type: string;
  data: Readonly<Record<string, string | number | null>>;
}

/** `askedBy`: who asked for the request that the record names. */
export function officeNotices({ type, data }: OfficeNews, askedBy: UserId | null): Told[] {
  const user = data['user'] as UserId; // our own records name accounts by their ids
  const subject = String(data['role'] ?? data['kind'] ?? '');
  const asker: Told[] = askedBy === null ? [] : [{ kind: 'granted', to: { user: askedBy }, subject }];
  switch (type) {
    case 'access-requested':
      return [{ kind: 'access-waits', to: { roles: DECIDERS }, subject }];
    case 'access-refused':
      return askedBy === null ? [] : [{ kind: 'access-refused', to: { user: askedBy }, subject }];
    case 'granted': {
      const principal = data['for'] as UserId | null; // as above
      if (principal === null) return [{ kind: 'granted', to: { user }, subject }, ...asker];
      return [
        { kind: 'stands-in', to: { user }, subject },
        { kind: 'stood-in-for', to: { user: principal }, subject },
        ...asker,
      ];
    }
    case 'revoked':
      return [{ kind: 'revoked', to: { user }, subject }];
    case 'password-reset':
      return [{ kind: 'password-reset', to: { user }, subject: type }];
    default:
      return [];
  }
}
