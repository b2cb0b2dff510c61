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

/** Steps of the system that wait, of this item; `lacks` is the list whose gain makes them due at once. */
export async function stuckSteps(
  tx: OfficeTransaction,
  id: ItemId,
): Promise<(Stuck & { code: string; lacks: List | null; tries: number })[]> {
  const rows = await tx.query<{ step: string; code: string; lacks: List | null; tries: number; retry_at: number }>(
    'stuck',
    'SELECT step, code, lacks, tries, retry_at FROM stuck WHERE office_id = $1 AND item_id = $2 ORDER BY step',
    [tx.office, id],
  );
  return rows.map(({ retry_at, ...row }) => ({ ...row, retryAt: instant(retry_at) }));
}

/** What other items' records asked of this one and is not settled, in order. */
export async function queuedFor(tx: OfficeTransaction, id: ItemId): Promise<Queued[]> {
  const rows = await tx.query<{ id: string; source: string; name: CommandName }>(
    'queued_for',
    `SELECT id, source, name FROM queued_command WHERE office_id = $1 AND target = $2 AND status = 'queued'
       ORDER BY at, source, source_rev, n`,
    [tx.office, id],
  );
  return rows.map((row) => ({ ...row, source: itemId(row.source) }));
}
