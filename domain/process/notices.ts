import { DECIDERS } from '../people/access.ts';
import type { CommandName } from '../commands/vocabulary.ts';
import type { UnitId, UserId } from '../ids.ts';
import type { Plan, RoleCode, StateId } from './definition.ts';
import type { ItemEvent } from './events.ts';
import type { ClockLevel } from './state.ts';
import { awaitedIn } from './waiting.ts';

/** What somebody is told of. */
export const noticeKinds = [
  'assigned',
  'drawn',
  'request-waits',
  'request-granted',
  'request-refused',
  'clock-warning',
  'clock-due',
  'access-waits',
  'access-refused',
  'granted',
  'stands-in',
  'stood-in-for',
  'revoked',
  'password-reset',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** Who is told: one person, or holders of these roles: anywhere, at this unit, or at the units above it. */
export type Audience =
  | { user: UserId }
  | { roles: RoleCode[] }
  | { roles: RoleCode[]; at: UnitId }
  | { roles: RoleCode[]; above: UnitId };

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
  /** Roles whose work is that of their unit. */
  unitRoles: RoleCode[];
  /** Who asked for what, of the requests that the events name. */
  requests: { id: string; command: CommandName; askedBy: UserId }[];
  /** Who was drawn last, of those whose duty the item waits for. */
  drawn: UserId | null;
}

/** Look after items that are late, wherever they are handled. */
const OVERSEERS: RoleCode[] = ['supervisor'];
/** Are told of what is late in the units below theirs. */
const LEADERS: RoleCode[] = ['leader', 'supervisor'];

/** Who is told of what an item's record says. The one who did it is told nothing: the caller leaves them out. */
export function itemNotices(news: ItemNews, facts: ItemFacts): Told[] {
  return [...assigned(news, facts), ...news.events.flatMap((event) => eventNotices(event, news, facts))];
}

/** A unit is told when an item comes to it from another stage. */
function assigned({ from, to }: ItemNews, { plan, unit, unitRoles }: ItemFacts): Told[] {
  const stageOf = (place: StateId | null): string | undefined => plan.states.find(({ id }) => id === place)?.stage;
  const roles = awaitedIn(plan, to).roles.filter((role) => unitRoles.includes(role));
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
    case 'level-reached':
      return levelNotices(event.level, news, facts);
    default:
      return []; // nobody is called by the rest: whoever looks sees it
  }
}

/** A warning goes to whoever answers for the clock; what is due also to those who oversee, and up the tree of units. */
function levelNotices(
  { id, level }: ClockLevel,
  { to }: ItemNews,
  { plan, unit, unitRoles, drawn }: ItemFacts,
): Told[] {
  const clock = plan.clocks.find((candidate) => candidate.id === id);
  if (!clock || clock.owner === 'system') return [];
  const due = level > clock.warnAt.length;
  const kind: NoticeKind = due ? 'clock-due' : 'clock-warning';
  const byUnit = clock.owner === 'unit';
  const called = awaitedIn(plan, to).drawn !== null && !byUnit ? drawn : null;
  const owner: Audience[] = byUnit
    ? unit === null
      ? []
      : [{ roles: unitRoles, at: unit }]
    : [called === null ? { roles: [clock.owner] } : { user: called }];
  const up: Audience[] = [{ roles: OVERSEERS }, ...(unit === null ? [] : [{ roles: LEADERS, above: unit }])];
  return [...owner, ...(due ? up : [])].map((audience) => ({ kind, to: audience, subject: id }));
}

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
