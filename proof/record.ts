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
    const computed = recordHash(record.bytes);
    const said = parse(record.bytes);
    const fault = [
      record.seq !== index + 1 && 'its number is not dense',
      computed !== record.hash && 'its hash is not the hash of its bytes',
      !said && 'its bytes are not canonical',
      said && said.seq !== record.seq && 'its bytes give another number',
      said && said.prev !== prev && 'it does not name its predecessor',
    ].find((reason) => typeof reason === 'string');
    if (fault) return { intact: false, seq: record.seq, reason: fault };
    prev = computed;
  }
  return { intact: true, head: prev };
}

/** What canonical bytes say, or undefined when they are not canonical: whatever a forger put there must not end the verifier. */
function parse(bytes: string): { seq?: unknown; prev?: unknown } | undefined {
  try {
    const said: unknown = JSON.parse(bytes);
    return typeof said === 'object' && said !== null && canonical(said) === bytes ? said : undefined;
  } catch {
    return undefined;
  }
}
