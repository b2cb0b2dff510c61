import { createHash } from 'node:crypto';
import { type Hash, hash } from '../domain/ids.ts';
import { canonical } from './canonical.ts';

/** Keeps the hash of a record apart from the hash of any other bytes. */
const DOMAIN = 'four-lists/record/v1\n';

/** What stands before the first record of a stream. */
export const GENESIS: Hash = hash('0'.repeat(64));

export function sha256(bytes: string | Uint8Array): Hash {
  return hash(createHash('sha256').update(bytes).digest('hex'));
}

/** Hash of a record's canonical bytes. */
export function recordHash(bytes: string): Hash {
  return sha256(DOMAIN + bytes);
}

/** Hash of a plan or a folded state. */
export function contentHash(value: unknown): Hash {
  return sha256(canonical(value));
}

/** One link of a chain as it is stored and handed out. */
export interface StoredRecord {
  seq: number;
  bytes: string;
  hash: string;
}

export type ChainVerdict = { intact: true; head: Hash } | { intact: false; seq: number; reason: string };

/** Recomputes every hash and every link of one stream; names the first record that does not hold. */
export function verifyChain(records: readonly StoredRecord[]): ChainVerdict {
  let prev: Hash = GENESIS;
  for (const [index, record] of records.entries()) {
    const said = JSON.parse(record.bytes) as { seq?: unknown; prev?: unknown }; // compared below, member by member
    const computed = recordHash(record.bytes);
    const fault = [
      record.seq !== index + 1 && 'its number is not dense',
      said.seq !== record.seq && 'its bytes give another number',
      said.prev !== prev && 'it does not name its predecessor',
      computed !== record.hash && 'its hash is not the hash of its bytes',
      canonical(said) !== record.bytes && 'its bytes are not canonical',
    ].find((reason) => typeof reason === 'string');
    if (fault) return { intact: false, seq: record.seq, reason: fault };
    prev = computed;
  }
  return { intact: true, head: prev };
}
