import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { ItemId, OfficeId } from '../domain/ids.ts';
import { sha256 } from '../proof/record.ts';
import type { Store } from './commit.ts';
import { type OfficeTransaction, withOffice } from './office.ts';
import { appendToOfficeStream } from './office-stream.ts';

const [compress, decompress] = [promisify(gzip), promisify(gunzip)];

/** One run of an item's workflow. */
export interface RunRef {
  office: OfficeId;
  item: ItemId;
  run: string;
}

export interface ClosedRun extends RunRef {
  /** Canonical JSON of its whole history. */
  history: string;
  events: number;
  /** Version of Temporal's SDK, and SHA-256 of the workflow bundle, that a re-execution needs. */
  sdk: string;
  bundle: string;
}

type Keeping = Pick<Store, 'pool' | 'build'>;

/** Keeps the history of a closed run and says so in the office's stream; once, however often it is called. */
export async function keepRun({ pool, build }: Keeping, closed: ClosedRun): Promise<void> {
  const { office, item, run, history, events, sdk, bundle } = closed;
  const digest = sha256(history);
  const packed = await compress(history);
  await withOffice(pool, office, async (tx) => {
    const [kept] = await tx.query(
      'keep_run',
      `INSERT INTO history_archive (office_id, item_id, run_id, lost, events, sha256, gzip, sdk, bundle)
         VALUES ($1, $2, $3, false, $4, $5, $6, $7, $8) ON CONFLICT (office_id, item_id, run_id) DO NOTHING RETURNING 1`,
      [office, item, run, events, digest, packed, sdk, bundle],
    );
    const data = { item, run, events, sha256: digest, sdk, bundle };
    if (kept) await appendToOfficeStream(tx, { type: 'history-archived', data }, build);
  });
}

/** Notes that a run which moved the item is gone from Temporal before its history could be kept; once, as above. */
export async function loseRun({ pool, build }: Keeping, { office, item, run }: RunRef): Promise<void> {
  await withOffice(pool, office, async (tx) => {
    const [noted] = await tx.query(
      'lose_run',
      `INSERT INTO history_archive (office_id, item_id, run_id, lost) VALUES ($1, $2, $3, true)
         ON CONFLICT (office_id, item_id, run_id) DO NOTHING RETURNING 1`,
      [office, item, run],
    );
    if (noted) await appendToOfficeStream(tx, { type: 'history-lost', data: { item, run } }, build);
  });
}

/** Runs that the item's records name, and those that are dealt with. */
export async function runsOfRecord(
  { pool }: Pick<Store, 'pool'>,
  office: OfficeId,
  item: ItemId,
): Promise<{ named: string[]; settled: string[] }> {
  return await withOffice(pool, office, async (tx) => ({
    named: await namedRuns(tx, item),
    settled: await settledRuns(tx, item),
  }));
}

async function namedRuns(tx: OfficeTransaction, item: ItemId): Promise<string[]> {
  const rows = await tx.query<{ run: string }>(
    'named_runs',
    `SELECT DISTINCT bytes::json->>'run' AS run FROM record
       WHERE office_id = $1 AND stream IN ('case', 'project') AND stream_id = $2 AND bytes::json->>'run' IS NOT NULL ORDER BY 1`,
    [tx.office, item],
  );
  return rows.map(({ run }) => run);
}

async function settledRuns(tx: OfficeTransaction, item: ItemId): Promise<string[]> {
  const rows = await tx.query<{ run: string }>(
    'settled_runs',
    'SELECT run_id AS run FROM history_archive WHERE office_id = $1 AND item_id = $2 ORDER BY 1',
    [tx.office, item],
  );
  return rows.map(({ run }) => run);
}

/** The archiver looks at the item again after so many real milliseconds; null: never, unless something more happens to it. */
export async function lookAgain(
  { pool }: Pick<Store, 'pool'>,
  office: OfficeId,
  item: ItemId,
  inMs: number | null,
): Promise<void> {
  await withOffice(pool, office, async (tx) => {
    await tx.query(
      'look_again',
      `UPDATE archive_job SET looks = looks + 1, look_at = clock_timestamp() + $3 * interval '1 millisecond'
         WHERE office_id = $1 AND item_id = $2`,
      [office, item, inMs],
    );
  });
}

/** A kept history as it was, canonical JSON. @throws Error when it is not what its hash says */
export async function openHistory(
  { pool }: Pick<Store, 'pool'>,
  { office, item, run }: RunRef,
): Promise<string | undefined> {
  const [row] = await withOffice(
    pool,
    office,
    async (tx) =>
      await tx.query<{ sha256: string; gzip: Buffer }>(
        'open_history',
        `SELECT sha256, gzip FROM history_archive WHERE office_id = $1 AND item_id = $2 AND run_id = $3 AND NOT lost`,
        [office, item, run],
      ),
  );
  if (!row) return undefined;
  const history = (await decompress(row.gzip)).toString('utf8');
  if (sha256(history) !== row.sha256) throw new Error('a kept history is not what its hash says');
  return history;
}
