import type { CatalogueFact } from '../catalogue.ts';
import type { Calendar } from '../clock/calendar.ts';
import type { CommandName, Payloads } from '../commands/vocabulary.ts';
import type { GrantId, Hash, ItemId, ResourceId, TeamId, UnitId, UserId } from '../ids.ts';
import type { Instant } from '../time.ts';
import type { Plan, RoleCode, Transition } from './definition.ts';
import type { Blocker } from './lists.ts';
import type { Effect } from './effects.ts';
import type { ItemEvent } from './events.ts';
import type { Refusal } from '../refusals.ts';
import type { ItemState } from './state.ts';

export type Actor = { kind: 'person'; user: UserId } | { kind: 'system' };

export interface Command<Name extends CommandName = CommandName> {
  name: Name;
  /** Absent while somebody only asks what they may do. */
  payload?: Payloads[Name];
  /** Names of the sealed texts that come along (`reason`, `note` …). */
  texts: string[];
  actor: Actor;
  /** The office's time of the commit, in epoch milliseconds. */
  at: Instant;
  /** When it reached the office, before it waited for anything: punctuality is judged by it. */
  receivedAt: Instant;
  /** The item that asked for it, where another item's record queued this command. */
  source?: ItemId;
  /** Hash of the item's last record: the seed of a draw, which nobody can choose. */
  seed: Hash;
}

export interface Grant {
  id: GrantId;
  role: RoleCode;
  /** The unit for which it is held; null: for the whole office. */
  unit: UnitId | null;
  /** The unit to which its holder belongs. */
  home: UnitId;
  /** For whom its holder stands in; null: it is their own. */
  for: UserId | null;
}

export interface TeamFact {
  id: TeamId;
  unit: UnitId;
  active: boolean;
  skills: string[];
  openLoad: number;
  maxOpenLoad: number;
  /** Whether the team's area covers the item's. */
  inArea: boolean;
}

export interface ResourceFact {
  id: ResourceId;
  kind: string;
  unit: string;
  /** Null: without limit. */
  capacity: number | null;
  reserved: number;
  valid: boolean;
  inArea: boolean;
  owner: UnitId;
}

/** Another item, as far as a rule may look at it. */
export interface PrimaryFact {
  id: ItemId;
  /** Whether it could absorb an item as it stands. */
  absorbs: boolean;
}

/** Live facts, read under lock. A rule whose fact is absent passes: that is how the same rules advise and decide. */
export interface Facts {
  grants?: Grant[];
  calendar?: Calendar;
  /** The entry of the category that is named; null: the catalogue in force has no such category. */
  catalogue?: CatalogueFact | null;
  /** Whether the unit that leads belongs to the street; asked where that matters. */
  ofStreet?: boolean;
  /** Null: there is no such team (or resource). */
  team?: TeamFact | null;
  resource?: ResourceFact | null;
  /** Which list a search for candidates finds empty; null: neither. */
  lacking?: Blocker | null;
  /** The item that is named as the one to merge into; null: there is none. Read without a lock: its own rules decide. */
  primary?: PrimaryFact | null;
  /** The unit that the payload names; null: there is none. */
  unit?: UnitId | null;
  /** The units above the one in charge, the nearest first. */
  above?: UnitId[];
  /** Whom a draw may fall on, by id: holders of the role outside the handling unit. */
  eligible?: UserId[];
}

export interface Context<Name extends CommandName = CommandName> {
  plan: Plan;
  state: ItemState;
  transition: Transition;
  command: Command<Name>;
  facts: Facts;
}

/** What a command does once the general rules have let it pass. */
export interface Rule<Name extends CommandName> {
  /** What a general rule cannot say; also told to people who only ask. */
  refuse?(context: Context<Name>): Refusal | undefined;
  events?(context: Context<Name>, payload: Payloads[Name]): ItemEvent[];
  /** When what was asked for is decided, whichever way. */
  settled?(state: ItemState): ItemEvent[];
  /** What it decides for other items; each one's own workflow commits it. */
  effects?(context: Context<Name>, payload: Payloads[Name]): Effect[];
}
