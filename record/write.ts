import type { Hash, ItemId } from '../domain/ids.ts';
import { clockIn } from '../domain/process/clocks.ts';
import type { ItemEvent } from '../domain/process/events.ts';
import type { Queued, Stuck } from '../domain/process/next-system-step.ts';
import { SUBMITTER } from '../domain/process/permission.ts';
import { type ItemState, placeOf } from '../domain/process/state.ts';
import { formatInstant, type Instant } from '../domain/time.ts';
import { canonical } from '../proof/canonical.ts';
import { contentHash, recordHash } from '../proof/record.ts';
import type { CommitRequest, Decided } from './commit.ts';
import type { Debt } from './debt.ts';
import { nextCaseCode } from './case-code.ts';
import { nameEvidence } from './files.ts';
import { actorId, bodyPrint } from './keys.ts';
import type { LoadedItem } from './load-item.ts';
import type { OfficeTransaction } from './office.ts';
import { project } from './project.ts';
import { enqueue } from './queue.ts';
import { progressCodeOf, progressPrint } from './receipt.ts';
import type { DataKey, OfficeKey, Sealed } from './seal.ts';
import { storeTexts } from './texts.ts';

/** What one applied command left behind. */
export interface Applied {
  /** JSON text, stored and handed out again byte for byte. */
  answer: string;
  rev: number;
  head: Hash;
  at: Instant;
  events: ItemEvent[];
  state: ItemState;
  /** Office milliseconds that pass in one real one. */
  scale: number;
  queued: Queued[];
  stuck: Stuck[];
  /** Items that this record asked something of: their workflows should look. */
  asked: ItemId[];
  /** Something is owed now or earlier than before, or the episode ended: the workflow should look. What is owed later it finds when its timer rings. */
  wakes: boolean;
}

interface Writing {
  id: string;
  state: ItemState;
  key: DataKey | undefined;
  texts: Sealed[];
  debt: Debt;
  build: string;
}

export async function write(
  tx: OfficeTransaction,
  officeKey: OfficeKey,
  request: CommitRequest,
  decided: Decided,
  writing: Writing,
): Promise<Applied> {
  const { item, command, decision } = decided;
  const { state, debt } = writing;
  const code = item.state.rev === 0 ? await nextCaseCode(tx, command.at) : item.code;
  const bytes = recordBytes(tx, request, decided, writing);
  const head = recordHash(bytes);
  const stored = { ...item, code };
  const answer = answerOf(stored, { state, command: writing.id, at: command.at, head });
  const step = valuesOf(tx, officeKey, request, decided, { ...writing, code, bytes, head, answer });
  if (item.state.rev === 0) await tx.query('first_step', FIRST_STEP, step);
  else await tx.query('later_step', LATER_STEP, step);
  if (writing.key) {
    if (item.state.rev === 0) await storeDetail(tx, officeKey, request, state, writing.key);
    await storeTexts(tx, item.id, state.rev, writing.key, writing.texts);
  }
  await project(tx, item.id, state.rev, decision.events);
  await nameEvidence(tx, item.id, state.rev, command.payload);
  const asked = await enqueue(tx, { item: item.id, rev: state.rev, at: command.at }, decision.effects ?? []);
  if (placeOf(item.plan, state).final)
    await tx.query('archive_job', 'INSERT INTO archive_job (office_id, item_id) VALUES ($1, $2)', [tx.office, item.id]);
  return {
    answer,
    rev: state.rev,
    head,
    at: command.at,
    events: decision.events,
    state,
    scale: tx.scale,
    queued: debt.queued,
    stuck: debt.stuck,
    asked,
    wakes:
      isSooner(debt.nextDue, item.nextDue, command.at) ||
      placeOf(item.plan, state).terminal !== placeOf(item.plan, item.state).terminal,
  };
}

const isSooner = (due: Instant | null, before: Instant | null, at: Instant): boolean =>
  due !== null && (before === null || due < before || due <= at);

/** The record as design 10 lists it; `data` holds codes, events and commitments, never a word that somebody wrote. */
function recordBytes(tx: OfficeTransaction, request: CommitRequest, decided: Decided, writing: Writing): string {
  const { item, command, facts, decision } = decided;
  const { calendar, ...consulted } = facts;
  return canonical({
    v: 1,
    alg: 'sha256',
    office: tx.office,
    stream: `${item.kind}/${item.id}`,
    seq: writing.state.rev,
    prev: item.head,
    type: command.name,
    from: item.state.rev === 0 ? null : item.state.at,
    to: writing.state.at,
    def: item.planHash,
    engine: item.plan.engine,
    at: command.at,
    received: tx.beganAt,
    cmd: writing.id,
    run: request.run,
    build: writing.build,
    actor: { id: actorId(request), role: decision.by.role, grant: decision.by.grant, for: decision.by.for },
    facts: calendar ? { ...consulted, calendar: calendar.version } : consulted,
    data: {
      payload: command.payload ?? {},
      texts: Object.fromEntries(writing.texts.map(({ name, commitment }) => [name, commitment])),
      events: decision.events,
      ...(decision.effects ? { effects: decision.effects } : {}),
    },
    state: contentHash(writing.state),
    xref: request.queued ? { item: request.queued.source, rev: request.queued.sourceRev } : null,
  });
}

interface Answering {
  state: ItemState;
  command: string;
  at: Instant;
  head: Hash;
}

function answerOf(item: LoadedItem, { state, command, at, head }: Answering): string {
  const { stage } = placeOf(item.plan, state);
  return JSON.stringify({
    id: item.id,
    code: item.code,
    rev: state.rev,
    state: state.at,
    stage,
    command,
    at: formatInstant(at),
    hash: head,
  });
}

/**
 * The rows that every step writes, each column with the number of its value in `valuesOf`: what was asked, its record,
 * and where the item stands. One statement writes all three, because every step of every item does.
 */
export const stepRows = {
  command: {
    office_id: 1,
    id: 13,
    actor_id: 14,
    key: 15,
    item_id: 2,
    name: 16,
    body_hmac: 17,
    role: 18,
    grant_id: 19,
    received_at: 20,
    at: 12,
    rev: 3,
    answer: 21,
  },
  record: {
    office_id: 1,
    stream: 22,
    stream_id: 2,
    seq: 3,
    command_id: 13,
    definition_hash: 23,
    at: 12,
    bytes: 24,
    hash: 5,
    prev: 25,
  },
  item: {
    office_id: 1,
    id: 2,
    rev: 3,
    people_rev: 4,
    head: 5,
    state: 6,
    place: 7,
    stage: 8,
    unit_id: 9,
    due_at: 10,
    next_due: 11,
    at: 12,
    kind: 22,
    code: 26,
    definition_hash: 23,
  },
} as const;

/** What of the item's row never changes. */
const FIXED = ['office_id', 'id', 'kind', 'definition_hash'];

function insertOf(table: keyof typeof stepRows): string {
  const columns = Object.entries(stepRows[table]);
  return `INSERT INTO ${table} (${columns.map(([name]) => name).join(', ')}) VALUES (${columns.map(([, at]) => `$${at}`).join(', ')})`;
}

function updateOfItem(): string {
  const changing = Object.entries(stepRows.item).filter(([name]) => !FIXED.includes(name));
  return `UPDATE item SET ${changing.map(([name, at]) => `${name} = $${at}`).join(', ')} WHERE office_id = $1 AND id = $2`;
}

/** Run from the last to the first, once the main statement is through. */
const WITH_PROOF = `WITH proved AS (${insertOf('record')}), asked AS (${insertOf('command')})`;
const FIRST_STEP = `${WITH_PROOF} ${insertOf('item')}`;
const LATER_STEP = `${WITH_PROOF} ${updateOfItem()}`;

/** In the order that `stepRows` counts. */
function valuesOf(
  tx: OfficeTransaction,
  officeKey: OfficeKey,
  request: CommitRequest,
  { item, command, decision }: Decided,
  { id, state, debt, head, bytes, answer, code }: Writing & { head: Hash; bytes: string; answer: string; code: string },
): unknown[] {
  const byOthers = request.actor.kind === 'person' || request.queued !== undefined;
  return [
    tx.office,
    item.id,
    state.rev,
    byOthers ? state.rev : item.peopleRev,
    head,
    JSON.stringify(state),
    state.at,
    placeOf(item.plan, state).stage,
    state.lead?.unit ?? null,
    peoplesDue(item, state),
    debt.nextDue,
    command.at,
    id,
    actorId(request),
    request.key,
    command.name,
    bodyPrint(officeKey, request),
    decision.by.role,
    decision.by.grant,
    tx.beganAt,
    answer,
    item.kind,
    item.planHash,
    bytes,
    item.head,
    code,
  ];
}

/** The instant that people look at in lists: the earliest due one of the clocks that somebody answers for. */
function peoplesDue({ plan }: LoadedItem, { clocks }: ItemState): number | null {
  const owned = clocks.filter(({ id }) => clockIn(plan, id)?.owner !== 'system');
  const known = owned.flatMap(({ due }) => (due === null ? [] : [due]));
  return known.length > 0 ? Math.min(...known) : null;
}

async function storeDetail(
  tx: OfficeTransaction,
  officeKey: OfficeKey,
  request: CommitRequest,
  state: ItemState,
  key: DataKey,
): Promise<void> {
  const submittedBy = state.duties.find(([, duty]) => duty === SUBMITTER)?.[0] ?? actorId(request);
  const received = state.fields['receivedAt'] ?? tx.beganAt;
  const progress = progressPrint(progressCodeOf(officeKey, request.item));
  await tx.query(
    'case_detail',
    `INSERT INTO case_detail (office_id, item_id, received_at, area, submitted_by, key_id, progress)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [tx.office, request.item, received, state.fields['area'], submittedBy, key.id, progress],
  );
}
