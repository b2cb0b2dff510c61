import type { Pool } from 'pg';
import type { Hash, ItemId, OfficeId } from '../domain/ids.ts';
import type { Plan } from '../domain/process/definition.ts';
import type { ItemEvent } from '../domain/process/events.ts';
import type { Queued, Stuck } from '../domain/process/next-system-step.ts';
import type { ItemState } from '../domain/process/state.ts';
import { type Instant, instant } from '../domain/time.ts';
import { blankItem, type LoadedItem, loadItem, waitingFor } from './load-item.ts';
import { type OfficeTransaction, withOffice } from './office.ts';

/** An item as it stands, told to somebody who knew it at an earlier revision. */
export interface Reading {
  rev: number;
  head: Hash;
  at: Instant;
  /** Office milliseconds that pass in one real one. */
  scale: number;
  news: { since: ItemEvent[][] } | { whole: { plan: Plan; state: ItemState } };
  queued: Queued[];
  stuck: Stuck[];
}

/** Beyond these the whole state is shorter than the way to it. */
const MOST_RECORDS = 50;
const MOST_CHARACTERS = 32 * 1024;

/**
 * An item that another one's record asked for and that has no record yet reads as what it is before its first one.
 * @returns undefined when there is no such item
 */
export async function readSince(
  pool: Pool,
  office: OfficeId,
  id: ItemId,
  known: { rev: number; head: Hash | null },
): Promise<Reading | undefined> {
  return await withOffice(pool, office, async (tx) => {
    const there = await loadItem(tx, id);
    const { queued, stuck } = await waitingFor(tx, id);
    const item = there ?? (queued.length > 0 ? await blankItem(tx, id, 'case') : undefined);
    if (!item) return undefined;
    const since = there && (await eventsSince(tx, there, known));
    return {
      rev: item.state.rev,
      head: item.head,
      at: instant(Math.max(tx.beganAt, item.lastAt)),
      scale: tx.scale,
      news: since ? { since } : { whole: { plan: item.plan, state: item.state } },
      queued,
      stuck: stuck.map(({ step, retryAt }) => ({ step, retryAt })),
    };
  });
}

/** @returns undefined when the known record is not there with that hash, or lies too far back */
async function eventsSince(
  tx: OfficeTransaction,
  item: LoadedItem,
  { rev, head }: { rev: number; head: Hash | null },
): Promise<ItemEvent[][] | undefined> {
  if (head === null || rev > item.state.rev || item.state.rev - rev > MOST_RECORDS) return undefined;
  if (rev === item.state.rev) return head === item.head ? [] : undefined;
  const rows = await tx.query<{ hash: string; bytes: string }>(
    'records_since',
    `SELECT hash, bytes FROM record WHERE office_id = $1 AND stream = $2 AND stream_id = $3 AND seq BETWEEN $4 AND $5
       ORDER BY seq`,
    [tx.office, item.kind, item.id, rev, item.state.rev],
  );
  const [last, ...later] = rows;
  if (last?.hash !== head) return undefined;
  const events = later.map(({ bytes }) => (JSON.parse(bytes) as Written).data.events);
  return JSON.stringify(events).length > MOST_CHARACTERS ? undefined : events;
}

/** The part of a record that is read here, as write.ts wrote it. */
interface Written {
  data: { events: ItemEvent[] };
}
