import type { Pool } from 'pg';
import type { Hash, ItemId, OfficeId } from '../domain/ids.ts';
import { dropContent } from './files.ts';
import { withOffice } from './office.ts';

/**
 * Removes a file that no record speaks of. Locks it and nothing else, and passes it over while a commit that names it is
 * under way: whoever comes second sees what the first one did.
 * @returns whether it is gone
 */
export async function removeLooseFile(pool: Pool, office: OfficeId, item: ItemId, sha256: Hash): Promise<boolean> {
  return await withOffice(pool, office, async (tx) => {
    const key = [office, item, sha256];
    const [locked] = await tx.query<{ named: boolean; content_id: string }>(
      'lock_loose_file',
      `SELECT named, content_id FROM case_file WHERE office_id = $1 AND item_id = $2 AND sha256 = $3
         FOR UPDATE SKIP LOCKED`,
      key,
    );
    if (!locked || locked.named) return false;
    await tx.query(
      'drop_loose_file',
      'DELETE FROM case_file WHERE office_id = $1 AND item_id = $2 AND sha256 = $3',
      key,
    );
    await dropContent(tx, locked.content_id);
    return true;
  });
}

/** Removes what an upload left behind whose process or connection is gone. */
export async function removeLeftContent(pool: Pool, office: OfficeId, id: string): Promise<void> {
  await withOffice(pool, office, async (tx) => {
    await tx.query('drop_left_content', 'DELETE FROM file_content WHERE office_id = $1 AND id = $2 AND NOT finished', [
      office,
      id,
    ]);
  });
}
