import type { z } from 'zod';
import { itemId } from '../../domain/ids.ts';
import { progressCodeOf } from '../../record/receipt.ts';
import type { OfficeKey } from '../../record/seal.ts';
import type { CommandAnswer, CreatedAnswer } from '../contract/items.ts';

/**
 * The stored answer to a new case, and what the resident takes home. The progress code opens something, so it is not in
 * what is stored: it is made of the item's id each time, and comes out the same.
 */
export function withReceipt(key: OfficeKey, stored: string): z.output<typeof CreatedAnswer> {
  const answer = JSON.parse(stored) as z.output<typeof CommandAnswer>; // record/write.ts wrote it
  const { id, code, hash } = answer;
  return { ...answer, receipt: { number: code, progress: progressCodeOf(key, itemId(id)), hash } };
}
