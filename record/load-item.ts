import type { CommandName } from '../domain/commands/vocabulary.ts';
import { type Hash, hash, type ItemId, itemId } from '../domain/ids.ts';
import type { Plan } from '../domain/process/definition.ts';
import type { List } from '../domain/process/lists.ts';
import type { Queued, Stuck } from '../domain/process/next-system-step.ts';
import { type ItemState, newItem } from '../domain/process/state.ts';
import { type Instant, instant } from '../domain/time.ts';
import { GENESIS } from '../proof/record.ts';
import type { OfficeTransaction } from './office.ts';
import { planInForce, planOf } from './plans.ts';

/** An item as it stands, with the plan it is pinned to. */
export interface LoadedItem {
  id: ItemId;
  kind: Plan['kind'];
  code: string;
  plan: Plan;
  planHash: Hash;
  state: ItemState;
  head: Hash;
  peopleRev: number;
  lastAt: Instant;
  nextDue: Instant | null;
}

interface ItemRow {
  kind: Plan['kind'];
  code: string;
  definition_hash: string;
  people_rev: number;
  head: string;
  state: ItemState;
  at: number;
  next_due: number | null;
}

const COLUMNS = 'kind, code, definition_hash, people_rev, head, state, at, next_due';

async function loaded(tx: OfficeTransaction, id: ItemId, row: ItemRow | undefined): Promise<LoadedItem | undefined> {
  if (!row) return undefined;
  const { plan, hash: planHash } = await planOf(tx, row.definition_hash);
  return {
    id,
    kind: row.kind,
    code: row.code,
    plan,
    planHash,
    state: row.state,
    head: hash(row.head),
    peopleRev: row.people_rev,
    lastAt: instant(row.at),
    nextDue: row.next_due === null ? null : instant(row.next_due),
  };
}

/** Locks the item for this transaction; whatever is read afterwards cannot change under it. */
export async function lockItem(tx: OfficeTransaction, id: ItemId): Promise<LoadedItem | undefined> {
  const [row] = await tx.query<ItemRow>(
    'item_lock',
    `SELECT ${COLUMNS} FROM item WHERE office_id = $1 AND id = $2 FOR NO KEY UPDATE`,
    [tx.office, id],
  );
  return await loaded(tx, id, row);
}

/** As `lockItem`, but an item that somebody works on just now is passed over instead of waited for. */
export async function lockItemIfFree(tx: OfficeTransaction, id: ItemId): Promise<LoadedItem | undefined> {
  const [row] = await tx.query<ItemRow>(
    'item_lock_if_free',
    `SELECT ${COLUMNS} FROM item WHERE office_id = $1 AND id = $2 FOR NO KEY UPDATE SKIP LOCKED`,
    [tx.office, id],
  );
  return await loaded(tx, id, row);
}

export async function loadItem(tx: OfficeTransaction, id: ItemId): Promise<LoadedItem | undefined> {
  const [row] = await tx.query<ItemRow>('item', `SELECT ${COLUMNS} FROM item WHERE office_id = $1 AND id = $2`, [
    tx.office,
    id,
  ]);
  return await loaded(tx, id, row);
}

/** What a new item is before its first record, under the version in force. */
export async function blankItem(tx: OfficeTransaction, id: ItemId, kind: Plan['kind']): Promise<LoadedItem> {
  const { plan, hash: planHash } = await planInForce(tx, kind);
  const state = newItem(plan);
  return { id, kind, code: '', plan, planHash, state, head: GENESIS, peopleRev: 0, lastAt: tx.beganAt, nextDue: null };
}

/** A step of the system that waits; `lacks` is the list whose gain makes it due at once. */
export interface StuckStep extends Stuck {
  code: string;
  lacks: List | null;
  tries: number;
}

/** What waits for an item: steps of the system by name, and what other items' records asked of it, in order. */
export interface Waiting {
  stuck: StuckStep[];
  queued: Queued[];
}

interface WaitingRow {
  stuck: { step: string; code: string; lacks: List | null; tries: number; retry_at: number }[];
  queued: { id: string; source: string; name: CommandName }[];
}

/** One question, because every step and every reading asks it. */
export async function waitingFor(tx: OfficeTransaction, id: ItemId): Promise<Waiting> {
  const [row] = await tx.query<WaitingRow>(
    'waiting_for',
    `SELECT
       (SELECT coalesce(json_agg(json_build_object('step', step, 'code', code, 'lacks', lacks, 'tries', tries, 'retry_at', retry_at)
            ORDER BY step), '[]')
          FROM stuck WHERE office_id = $1 AND item_id = $2) AS stuck,
       (SELECT coalesce(json_agg(json_build_object('id', id, 'source', source, 'name', name)
            ORDER BY at, source, source_rev, n), '[]')
          FROM queued_command WHERE office_id = $1 AND target = $2 AND status = 'queued') AS queued`,
    [tx.office, id],
  );
  return {
    stuck: (row?.stuck ?? []).map(({ retry_at, ...step }) => ({ ...step, retryAt: instant(retry_at) })),
    queued: (row?.queued ?? []).map((asked) => ({ ...asked, source: itemId(asked.source) })),
  };
}
