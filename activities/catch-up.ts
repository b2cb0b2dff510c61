import { readSince } from '../record/catch-up.ts';
import type { Store } from '../record/commit.ts';
import type { CatchUp, Caught } from '../workflows/messages.ts';

/** Where the item stands, told from what the workflow knew on. */
export async function catchUp(store: Store, { office, item, known }: CatchUp): Promise<Caught> {
  const reading = await readSince(store.pool, office, item, known);
  return reading ? { absent: false, ...reading } : { absent: true };
}
