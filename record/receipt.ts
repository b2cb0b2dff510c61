import type { Hash, ItemId } from '../domain/ids.ts';
import { progressCode, SECRET_BYTES } from '../domain/progress-code.ts';
import { sha256 } from '../proof/record.ts';
import { fingerprint, type OfficeKey } from './seal.ts';

/**
 * The code by which whoever brought in an item sees how far it has come. Made of the item's id under the office's key:
 * the same every time, known to nobody without that key, and stored nowhere.
 */
export function progressCodeOf(office: OfficeKey, item: ItemId): string {
  const secret = Buffer.from(fingerprint(office, 'progress', item), 'hex').subarray(0, SECRET_BYTES);
  return progressCode(office.office, secret);
}

/** What is stored of a code: enough to find its item, too little to learn the code. */
export const progressPrint = (code: string): Hash => sha256(`progress\n${code}`);
