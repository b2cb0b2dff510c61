import { randomUUID } from 'node:crypto';
import type { CommandName, Payloads } from '../domain/commands/vocabulary.ts';
import { type ItemId, itemId } from '../domain/ids.ts';
import { type Effect, onRejected } from '../domain/process/effects.ts';
import { type Queued, queuedStep } from '../domain/process/next-system-step.ts';
import { isTransient, type RefusalCode } from '../domain/refusals.ts';
import type { Instant } from '../domain/time.ts';
import { markStuck, storeDebt } from './debt.ts';
import { loadItem } from './load-item.ts';
import type { OfficeTransaction } from './office.ts';

/** A queued command as its target commits it. */
export interface QueuedCommand extends Queued {
  sourceRev: number;
  payload: Payloads[CommandName];
}

/** What an item's record asked of others, in the order of the decision. @returns whom it was asked of */
export async function enqueue(
  tx: OfficeTransaction,
  source: { item: ItemId; rev: number; at: Instant },
  effects: readonly Effect[],
): Promise<ItemId[]> {
  for (const [n, { item, name, payload }] of effects.entries())
    await tx.query(
      'enqueue',
      `INSERT INTO queued_command (office_id, id, target, source, source_rev, n, name, payload, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [tx.office, randomUUID(), item, source.item, source.rev, n, name, JSON.stringify(payload), source.at],
    );
  return [...new Set(effects.map(({ item }) => item))];
}

/** The command, if it still waits for this item. */
export async function queuedCommand(
  tx: OfficeTransaction,
  target: ItemId,
  id: string,
): Promise<QueuedCommand | undefined> {
  const [row] = await tx.query<{ source: string; source_rev: number; name: CommandName; payload: object }>(
    'queued_command',
    `SELECT source, source_rev, name, payload FROM queued_command
       WHERE office_id = $1 AND id = $2 AND target = $3 AND status = 'queued'`,
    [tx.office, id, target],
  );
  if (!row) return undefined;
  const payload = row.payload as Payloads[CommandName]; // `enqueue` stored it with its name
  return { id, source: itemId(row.source), sourceRev: row.source_rev, name: row.name, payload };
}

/** In the transaction of its record. */
export async function markApplied(tx: OfficeTransaction, id: string): Promise<void> {
  await tx.query('applied', "UPDATE queued_command SET status = 'applied' WHERE office_id = $1 AND id = $2", [
    tx.office,
    id,
  ]);
}

/**
 * A refusal that may pass makes it wait; any other one ends it, and the asking item is told by the command that belongs
 * to its kind. An item that is archived is looked at once more, because this run of it leaves a history too.
 */
export async function markRefused(
  tx: OfficeTransaction,
  target: ItemId,
  { id, source, name }: Queued,
  code: RefusalCode,
): Promise<void> {
  if (isTransient(code)) return await markStuck(tx, target, queuedStep(id), code, tx.seen);
  await tx.query(
    'rejected',
    "UPDATE queued_command SET status = 'rejected', code = $3 WHERE office_id = $1 AND id = $2 AND status = 'queued'",
    [tx.office, id, code],
  );
  await tx.query('unstick_queued', 'DELETE FROM stuck WHERE office_id = $1 AND item_id = $2 AND step = $3', [
    tx.office,
    target,
    queuedStep(id),
  ]);
  await tx.query(
    'archive_again',
    'UPDATE archive_job SET looks = 0, look_at = clock_timestamp() WHERE office_id = $1 AND item_id = $2',
    [tx.office, target],
  );
  const answer = onRejected[name];
  const item = await loadItem(tx, target);
  if (!item) return;
  await storeDebt(tx, item);
  if (answer)
    await enqueue(tx, { item: target, rev: item.state.rev, at: item.lastAt }, [
      { item: source, name: answer, payload: {} } as Effect, // the answers of the list take no payload
    ]);
}
