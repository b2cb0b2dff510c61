import { type ItemId, itemId, type OfficeId } from '../domain/ids.ts';
import type { Command } from '../domain/process/context.ts';
import { decide } from '../domain/process/decide.ts';
import { instant } from '../domain/time.ts';
import { calendarInForce } from './calendars.ts';
import { commit, type Outcome, type Store } from './commit.ts';
import { type LoadedItem, loadItem } from './load-item.ts';
import { type OfficeTransaction, withOffice } from './office.ts';
import { appendToOfficeStream } from './office-stream.ts';

/** How far the application of a published calendar has come in one office. */
export interface CalendarRun {
  office: OfficeId;
  version: number;
}

/** What one turn did. `woken`: items whose workflows should look; `skipped`: those whose clocks cannot be reckoned. */
export interface Turn {
  state: 'waits' | 'goes-on' | 'done';
  corrected: number;
  woken: ItemId[];
  skipped: ItemId[];
}

/** Items looked at in one turn, and tries for one of them that moves on meanwhile. */
const MOST = 200;
const TRIES = 5;

/**
 * Applies a published calendar to the next open items whose clocks ask a calendar and were reckoned by an older one. Where
 * it stands is kept in its row and what is done in the records: it may be stopped at any moment and goes on where it was.
 * An item that is met again is not corrected again, because its clocks name the version by then and its key is taken. Of an
 * item that moves on meanwhile the next revision is corrected, so that a timer and a correction never overwrite each other.
 */
export async function turnCalendar(store: Store, run: CalendarRun): Promise<Turn> {
  const turn: Turn = { state: 'goes-on', corrected: 0, woken: [], skipped: [] };
  const next = await withOffice(store.pool, run.office, async (tx) => await nextItems(tx, run));
  if (!next) return { ...turn, state: 'waits' };
  let reached: ItemId | undefined;
  for (const item of next) {
    const outcome = await correctItem(store, run.office, item);
    if (outcome === 'cannot') turn.skipped.push(item);
    else if (outcome?.kind === 'stale') break; // it moves faster than this turn: the next one begins with it
    else if (outcome?.kind === 'applied') {
      turn.corrected += 1;
      if (outcome.wakes) turn.woken.push(item);
    }
    reached = item;
  }
  if (next.length < MOST && reached === next.at(-1)) turn.state = 'done';
  await withOffice(store.pool, run.office, async (tx) => await note(tx, store.build, run, turn, reached));
  return turn;
}

/**
 * Whoever read the calendar before this version was published may still write what they reckoned by it: nothing is looked
 * at before they are through. Each holds the lock of its item, and with it a transaction number, before it reads.
 */
async function nextItems(tx: OfficeTransaction, { version }: CalendarRun): Promise<ItemId[] | undefined> {
  const [row] = await tx.query<{ barrier: number | null; after: string; oldest: number }>(
    'calendar_run',
    `SELECT barrier, after, pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest
       FROM calendar_run WHERE office_id = $1 AND version = $2`,
    [tx.office, version],
  );
  if (!row) throw new Error(`calendar ${version} is not being applied`);
  if (row.barrier === null)
    await tx.query(
      'calendar_barrier',
      'UPDATE calendar_run SET barrier = pg_current_xact_id()::text::bigint WHERE office_id = $1 AND version = $2',
      [tx.office, version],
    );
  if (row.barrier === null || row.oldest < row.barrier) return undefined;
  const rows = await tx.query<{ id: string }>(
    'calendar_items',
    `SELECT id FROM item WHERE office_id = $1 AND id > $2 AND jsonb_path_exists(state,
         '$.clocks[*] ? (@.calendar < $version && (@.limit.kind == "work_hour" || @.limit.kind == "work_day"))', jsonb_build_object('version', $3::int))
       ORDER BY id LIMIT $4`,
    [tx.office, row.after, version, MOST],
  );
  return rows.map(({ id }) => itemId(id));
}

type Corrected = Outcome | 'cannot' | undefined;

/** @returns undefined when nothing of the item changes by the calendar in force */
async function correctItem(store: Store, office: OfficeId, id: ItemId): Promise<Corrected> {
  for (let tries = 1; ; tries += 1) {
    const found = await withOffice(store.pool, office, async (tx) => await wouldCorrect(tx, id));
    if (found === undefined || found === 'cannot') return found;
    const outcome = await commit(store, {
      office,
      item: id,
      actor: { kind: 'system' },
      key: `${id}:calendar:${found.version}`,
      name: 'correct-calendar',
      payload: {},
      texts: {},
      expected: { rev: found.item.state.rev, head: found.item.head },
      run: null,
    });
    if (outcome.kind !== 'stale' || tries === TRIES) return outcome;
  }
}

/** The rules are asked before the door is: what they refuse there would be kept as a step that is stuck. */
async function wouldCorrect(
  tx: OfficeTransaction,
  id: ItemId,
): Promise<{ item: LoadedItem; version: number } | 'cannot' | undefined> {
  const item = await loadItem(tx, id);
  if (!item) return undefined;
  const calendar = await calendarInForce(tx);
  const at = instant(Math.max(tx.beganAt, item.lastAt));
  const asked: Command = {
    name: 'correct-calendar',
    payload: {},
    texts: [],
    actor: { kind: 'system' },
    at,
    receivedAt: tx.beganAt,
    seed: item.head,
  };
  try {
    return decide(item.plan, item.state, asked, { calendar }).ok ? { item, version: calendar.version } : undefined;
  } catch (error) {
    if (error instanceof RangeError) return 'cannot'; // a limit that would end after 2099
    throw error;
  }
}

async function note(
  tx: OfficeTransaction,
  build: string,
  { version }: CalendarRun,
  { state, corrected }: Turn,
  reached: ItemId | undefined,
): Promise<void> {
  const [row] = await tx.query<{ corrected: number }>(
    'calendar_progress',
    `UPDATE calendar_run SET after = coalesce($3, after), corrected = corrected + $4, done = $5
       WHERE office_id = $1 AND version = $2 AND NOT done RETURNING corrected`,
    [tx.office, version, reached ?? null, corrected, state === 'done'],
  );
  if (state !== 'done' || !row) return;
  await appendToOfficeStream(tx, { type: 'calendar-applied', data: { version, corrected: row.corrected } }, build);
}
