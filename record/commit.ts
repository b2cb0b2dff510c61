import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { CommandName, Payloads } from '../domain/commands/vocabulary.ts';
import type { Hash, ItemId, OfficeId } from '../domain/ids.ts';
import type { Actor, Command, Facts } from '../domain/process/context.ts';
import { type Accepted, decide } from '../domain/process/decide.ts';
import { evolve } from '../domain/process/events.ts';
import { touches } from '../domain/process/touches.ts';
import { commutes } from '../domain/process/transition.ts';
import type { Refusal } from '../domain/refusals.ts';
import { instant } from '../domain/time.ts';
import { lockTouched, readFacts } from './facts.ts';
import { type KeyOutcome, readKey } from './keys.ts';
import { blankItem, type LoadedItem, lockItem } from './load-item.ts';
import { officeNow, type OfficeTransaction, withOffice } from './office.ts';
import { refusalOf, restarts } from './database-errors.ts';
import { markStuck, nextDebt } from './debt.ts';
import type { DataKey, OfficeKey } from './seal.ts';
import { markApplied, markRefused, queuedCommand, type QueuedCommand } from './queue.ts';
import { keyForNew, keyOfItem, sealAll, type Texts } from './texts.ts';
import { type Applied, write } from './write.ts';

/** Where the committer believes the item to stand. A person names a revision; the workflow exactly one record. */
export type Expected = { new: true } | { ifMatch: number | '*' } | { rev: number; head: Hash };

export interface CommitRequest<Name extends CommandName = CommandName> {
  office: OfficeId;
  item: ItemId;
  actor: Actor;
  /** Unique per office and actor: the same key is applied once. */
  key: string;
  name: Name;
  payload: Payloads[Name];
  /** Words and personal values; sealed, and in the record only as commitments. */
  texts: Texts;
  /** Groups the texts of one resident under one key; personal, never stored. */
  subject?: string;
  expected: Expected;
  /** The Temporal run that moves; null for people. */
  run: string | null;
  /** Where another item's record asked for this command. */
  queued?: QueuedCommand;
  /** Of a new item: the one under whose key its texts are sealed, because its resident is the same. */
  sharesKeyOf?: ItemId;
}

export type Outcome =
  | ({ kind: 'applied' } & Applied)
  | KeyOutcome
  | { kind: 'refused'; refusal: Refusal; rev: number }
  | { kind: 'stale'; rev: number }
  | { kind: 'unseen' }
  | { kind: 'absent' };

export interface Store {
  pool: Pool;
  keyOf(office: OfficeId): Promise<OfficeKey>;
  /** Version of the code, kept in every record. */
  build: string;
}

const ATTEMPTS = 5;

/**
 * The one door through which an item changes, for people, system and clock. One transaction: lock, then read, decide,
 * write. A refusal leaves a row in the refusal log and nothing else.
 * @throws the database's error when it is not a refusal and trying again does not help
 */
export async function commit<Name extends CommandName>(store: Store, request: CommitRequest<Name>): Promise<Outcome> {
  const officeKey = await store.keyOf(request.office);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withOffice(store.pool, request.office, (tx) => step(tx, store, officeKey, request));
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal) return await withOffice(store.pool, request.office, (tx) => refused(tx, request, refusal, 0));
      if (attempt >= ATTEMPTS || !restarts(error)) throw error;
    }
  }
}

async function step(
  tx: OfficeTransaction,
  store: Store,
  officeKey: OfficeKey,
  request: CommitRequest,
): Promise<Outcome> {
  const isNew = 'new' in request.expected;
  const item = isNew ? await blankItem(tx, request.item, 'case') : await lockItem(tx, request.item);
  const { before, now } = await readKey(tx, officeKey, request);
  if (before) return before;
  if (!item) return { kind: 'absent' };
  if (request.queued && !(await queuedCommand(tx, request.item, request.queued.id)))
    return { kind: 'stale', rev: item.state.rev }; // settled by now
  if (isUnseen(item, request)) return { kind: 'unseen' };
  if (isStale(item, request.expected)) return { kind: 'stale', rev: item.state.rev };
  const touched = touches(item.plan, item.state, request);
  const waited = await lockTouched(tx, touched);
  const at = instant(Math.max(waited ? await officeNow(tx) : now, item.lastAt)); // read after the last lock
  const facts = await readFacts(tx, request.actor, item.state, touched, at);
  const command: Command = {
    name: request.name,
    payload: request.payload,
    texts: Object.keys(request.texts),
    actor: request.actor,
    at,
    receivedAt: tx.beganAt,
    seed: item.head,
    ...(request.queued ? { source: request.queued.source } : {}),
  };
  const decision = decide(item.plan, item.state, command, facts);
  if (!decision.ok) return await refused(tx, request, decision.refusal, item.state.rev);
  return await apply(tx, store, officeKey, request, { item, command, facts, decision });
}

/** `*` says that no revision was looked at; that does for what commutes with everything else. */
function isUnseen({ plan }: LoadedItem, { expected, name }: CommitRequest): boolean {
  return 'ifMatch' in expected && expected.ifMatch === '*' && !commutes(plan, name);
}

/** The system's own moves and clocks never make a person's page stale; anything at all makes a move stale. */
function isStale(item: LoadedItem, expected: Expected): boolean {
  if ('new' in expected) return false;
  if ('ifMatch' in expected) {
    const { ifMatch } = expected;
    return ifMatch !== '*' && (ifMatch < item.peopleRev || ifMatch > item.state.rev);
  }
  return expected.rev !== item.state.rev || expected.head !== item.head;
}

/** Everything a step was decided on. */
export interface Decided {
  item: LoadedItem;
  command: Command;
  facts: Facts;
  decision: Accepted;
}

async function apply(
  tx: OfficeTransaction,
  store: Store,
  officeKey: OfficeKey,
  request: CommitRequest,
  decided: Decided,
): Promise<Outcome> {
  const { item, command, decision } = decided;
  const state = evolve(item.state, decision.events);
  const needsKey = 'new' in request.expected || Object.keys(request.texts).length > 0;
  const key = !needsKey
    ? undefined
    : 'new' in request.expected
      ? await keyOfNew(tx, officeKey, request)
      : await keyOfItem(tx, officeKey, item.id);
  const texts = key ? sealAll(key, request.texts) : [];
  if (request.queued) await markApplied(tx, request.queued.id);
  const debt = await nextDebt(tx, item, state, command);
  const applied = await write(tx, officeKey, request, decided, {
    id: randomUUID(),
    state,
    key,
    texts,
    debt,
    build: store.build,
  });
  return { kind: 'applied', ...applied };
}

async function keyOfNew(
  tx: OfficeTransaction,
  officeKey: OfficeKey,
  { item, subject, sharesKeyOf }: CommitRequest,
): Promise<DataKey> {
  return sharesKeyOf === undefined
    ? await keyForNew(tx, officeKey, item, subject)
    : await keyOfItem(tx, officeKey, sharesKeyOf);
}

async function refused(tx: OfficeTransaction, request: CommitRequest, refusal: Refusal, rev: number): Promise<Outcome> {
  const actor = request.actor.kind === 'person' ? request.actor.user : 'system';
  await tx.query(
    'refusal',
    `INSERT INTO refusal_log (office_id, id, item_id, actor_id, command, code, at) VALUES ($1, $2, $3, $4, $5, $6, office_now_ms())`,
    [tx.office, randomUUID(), 'new' in request.expected ? null : request.item, actor, request.name, refusal.code],
  );
  if (request.queued) await markRefused(tx, request.item, request.queued, refusal.code);
  else if (request.actor.kind === 'system') await markStuck(tx, request.item, request.name, refusal.code, tx.seen);
  return { kind: 'refused', refusal, rev };
}
