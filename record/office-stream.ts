import type { Hash } from '../domain/ids.ts';
import { type Instant, instant } from '../domain/time.ts';
import { canonical } from '../proof/canonical.ts';
import { GENESIS, recordHash } from '../proof/record.ts';
import { officeNow, type OfficeTransaction } from './office.ts';

/** Something that happened to the office itself; `data` holds codes, ids and hashes, never a word that somebody wrote. */
export interface OfficeEntry {
  type: 'history-archived' | 'history-lost';
  data: Record<string, string | number>;
}

/** Where a record stands in its stream. */
export interface Place {
  seq: number;
  hash: Hash;
  at: Instant;
}

/**
 * Appends to the office's own chain, of which there is one per office. Locks the office's row, so that one follows the
 * other: to be called last in a transaction, and never where an item waits.
 */
export async function appendToOfficeStream(tx: OfficeTransaction, entry: OfficeEntry, build: string): Promise<Place> {
  await tx.query('office_lock', 'SELECT 1 FROM office WHERE office_id = $1 FOR NO KEY UPDATE', [tx.office]);
  const last = await lastOf(tx);
  const at = instant(Math.max(await officeNow(tx), last.at));
  const seq = last.seq + 1;
  const bytes = canonical({
    v: 1,
    alg: 'sha256',
    office: tx.office,
    stream: `office/${tx.office}`,
    seq,
    prev: last.hash,
    type: entry.type,
    from: null,
    to: null,
    def: null,
    engine: null,
    at,
    received: tx.beganAt,
    cmd: null,
    run: null,
    build,
    actor: { id: 'system', role: 'system', grant: null, for: null },
    facts: {},
    data: entry.data,
    state: null,
    xref: null,
  });
  const hash = recordHash(bytes);
  await tx.query(
    'office_record',
    `INSERT INTO record (office_id, stream, stream_id, seq, at, bytes, hash, prev) VALUES ($1, 'office', $1, $2, $3, $4, $5, $6)`,
    [tx.office, seq, at, bytes, hash, last.hash],
  );
  return { seq, hash, at };
}

async function lastOf(tx: OfficeTransaction): Promise<Place> {
  const [row] = await tx.query<Place>(
    'office_head',
    `SELECT seq, hash, at FROM record WHERE office_id = $1 AND stream = 'office' AND stream_id = $1 ORDER BY seq DESC LIMIT 1`,
    [tx.office],
  );
  return row ?? { seq: 0, hash: GENESIS, at: tx.beganAt };
}
