import type { DraftKind } from '../domain/draft.ts';
import type { GrantId, Hash, UserId } from '../domain/ids.ts';
import type { RoleCode } from '../domain/process/definition.ts';
import { type Instant, instant } from '../domain/time.ts';
import { canonical } from '../proof/canonical.ts';
import { GENESIS, recordHash } from '../proof/record.ts';
import { officeNow, type OfficeTransaction } from './office.ts';

/** Something that happened to the office itself; `data` holds codes, ids and hashes, never a word that somebody wrote. */
export interface OfficeEntry {
  type:
    | 'history-archived'
    | 'history-lost'
    | 'role-defined'
    | 'user-created'
    | 'user-activated'
    | 'user-deactivated'
    | 'password-reset'
    | 'access-requested'
    | 'access-refused'
    | 'granted'
    | 'revoked'
    | 'calendar-applied'
    | `${DraftKind}-asked`
    | `${DraftKind}-published`
    | `${DraftKind}-refused`;
  data: Record<string, string | number | null>;
  /** Absent: the system. */
  by?: OfficeActor;
  /** When it was decided, by `lockOffice` in the same transaction; absent: at the moment of the record. */
  at?: Instant;
}

/** A person, with the role and grant under which they changed the office. */
export interface OfficeActor {
  user: UserId;
  role: RoleCode;
  grant: GrantId;
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
  const { last, at: now } = await lockOffice(tx);
  const at = entry.at ?? now;
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
    actor: entry.by
      ? { id: entry.by.user, role: entry.by.role, grant: entry.by.grant, for: null }
      : { id: 'system', role: 'system', grant: null, for: null },
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

/** One change of the office after another, each at an instant that is not before the last one's. */
export async function lockOffice(tx: OfficeTransaction): Promise<{ last: Place; at: Instant }> {
  await tx.query('office_lock', 'SELECT 1 FROM office WHERE office_id = $1 FOR NO KEY UPDATE', [tx.office]);
  const last = await lastOf(tx);
  return { last, at: instant(Math.max(await officeNow(tx), last.at)) };
}

async function lastOf(tx: OfficeTransaction): Promise<Place> {
  const [row] = await tx.query<Place>(
    'office_head',
    `SELECT seq, hash, at FROM record WHERE office_id = $1 AND stream = 'office' AND stream_id = $1 ORDER BY seq DESC LIMIT 1`,
    [tx.office],
  );
  return row ?? { seq: 0, hash: GENESIS, at: tx.beganAt };
}
