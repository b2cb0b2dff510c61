import type { Calendar } from '../../../domain/clock/calendar.ts';
import type { CommandName, Payloads } from '../../../domain/commands/vocabulary.ts';
import { type Hash, type ItemId, userId } from '../../../domain/ids.ts';
import type { Facts } from '../../../domain/process/context.ts';
import { decide } from '../../../domain/process/decide.ts';
import type { Plan } from '../../../domain/process/definition.ts';
import type { Effect } from '../../../domain/process/effects.ts';
import { evolve, type ItemEvent } from '../../../domain/process/events.ts';
import { type ItemState, newItem } from '../../../domain/process/state.ts';
import type { Instant } from '../../../domain/time.ts';
import { canonical } from '../../../proof/canonical.ts';
import { contentHash, verifyChain } from '../../../proof/record.ts';
import type { Committed } from '../postgres/store.ts';
import type { RecordRow } from '../postgres/tables.ts';

/** A record as it says itself; record/write.ts wrote it. */
export interface Said {
  seq: number;
  prev: Hash;
  type: CommandName;
  to: string;
  def: string;
  at: Instant;
  received: Instant;
  actor: { id: string; role: string };
  facts: Omit<Facts, 'calendar'> & { calendar?: number };
  data: { payload: Payloads[CommandName]; texts: Record<string, string>; events: ItemEvent[]; effects?: Effect[] };
  xref: { item: ItemId; rev: number } | null;
  state: string;
}

/** One item with its records in order, and the state before each of them. */
export interface Story {
  id: string;
  plan: Plan;
  rows: RecordRow[];
  said: Said[];
  /** The fold of all records. */
  state: ItemState;
}

export function recordsByItem(tables: Committed): Map<string, RecordRow[]> {
  const found = new Map<string, RecordRow[]>();
  for (const row of tables.record.values()) {
    const own = found.get(row.stream_id) ?? [];
    own.push(row);
    found.set(row.stream_id, own);
  }
  for (const rows of found.values()) rows.sort((a, b) => a.seq - b.seq);
  return found;
}

/** Invariants 8, 9, 12, 22, 24, 27, 33, 38: every chain holds, folds to its item, and every step in it was allowed. */
export function checkStories(tables: Committed): { stories: Story[]; violations: string[] } {
  const records = recordsByItem(tables);
  const violations: string[] = [];
  const stories = [...tables.item.values()].map((item) => {
    const rows = records.get(item.id) ?? [];
    const plan = JSON.parse(tables.definition_version.get(item.definition_hash)?.plan ?? '') as Plan; // compiled before it was stored
    const story = tell(item.id, plan, rows, tables, violations);
    const chain = verifyChain(rows);
    if (!chain.intact) violations.push(`33 the chain of ${item.id} breaks at ${chain.seq}: ${chain.reason}`);
    else if (chain.head !== item.head) violations.push(`9 ${item.id} does not stand at the head of its chain`);
    if (rows.length !== item.rev) violations.push(`8 ${item.id} has ${rows.length} records at revision ${item.rev}`);
    if (canonical(story.state) !== canonical(JSON.parse(item.state)))
      violations.push(`9 ${item.id} is not the fold of its records`);
    return story;
  });
  if (records.size !== tables.item.size) violations.push('7 there are records of an item that is not there');
  return { stories, violations };
}

function tell(id: string, plan: Plan, rows: RecordRow[], tables: Committed, violations: string[]): Story {
  const said: Said[] = [];
  let state = newItem(plan);
  for (const { bytes, definition_hash } of rows) {
    const record = JSON.parse(bytes) as Said;
    const fault =
      (record.def !== definition_hash && '12 is under another plan') ||
      (state.at === 'archived' && '38 leaves the archive') ||
      (record.at < (said.at(-1)?.at ?? 0) && '27 is earlier than its predecessor') ||
      (!isLegal(plan, state, record, tables) && '12 would not be decided so again');
    state = evolve(state, record.data.events);
    said.push(record);
    if (fault) violations.push(`${fault}: record ${record.seq} (${record.type}) of ${id}`);
    else if (['merged', 'archived'].includes(state.at) && (state.reservations.length > 0 || state.lead?.active))
      violations.push(`18 ${id} is ${state.at} from record ${record.seq} on and holds something`);
    else if (contentHash(state) !== record.state)
      violations.push(`9 record ${record.seq} of ${id} does not fold to the state it names`);
  }
  return { id, plan, rows, said, state };
}

/** The verifier's question: the same rules, the same state, the same facts, the same answer. */
function isLegal(plan: Plan, state: ItemState, record: Said, tables: Committed): boolean {
  const { calendar, ...facts } = record.facts;
  const content = calendar === undefined ? undefined : tables.calendar.get(String(calendar))?.content;
  const actor =
    record.actor.id === 'system'
      ? { kind: 'system' as const }
      : { kind: 'person' as const, user: userId(record.actor.id) };
  const texts = Object.keys(record.data.texts);
  const source = record.xref ? { source: record.xref.item } : {};
  const { payload, events, effects } = record.data;
  const command = {
    name: record.type,
    payload,
    texts,
    actor,
    at: record.at,
    receivedAt: record.received,
    seed: record.prev,
    ...source,
  };
  const live: Facts = content === undefined ? facts : { ...facts, calendar: JSON.parse(content) as Calendar };
  const decision = decide(plan, state, command, live);
  return decision.ok && canonical([decision.events, decision.effects ?? []]) === canonical([events, effects ?? []]);
}
