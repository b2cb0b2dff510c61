import { type Catalogue, type CatalogueEntry, factOf } from '../domain/catalogue.ts';
import type { Facts } from '../domain/process/context.ts';
import { canonical } from '../proof/canonical.ts';
import { contentHash } from '../proof/record.ts';
import type { OfficeTransaction } from './office.ts';

/** The entry of a category in the version in force; an office without a catalogue knows no such fact. */
export async function catalogueFact(
  tx: OfficeTransaction,
  { system, code }: { system?: string; code: string },
): Promise<Pick<Facts, 'catalogue'>> {
  const [row] = await tx.query<{ version: number; content: string | null }>(
    'catalogue_fact',
    `SELECT c.version, e.content FROM (SELECT version, system FROM catalogue WHERE office_id = $1 ORDER BY version DESC LIMIT 1) AS c
       LEFT JOIN catalogue_entry e ON e.office_id = $1 AND e.version = c.version AND e.system = coalesce($2, c.system) AND e.code = $3`,
    [tx.office, system ?? null, code],
  );
  if (!row) return {};
  if (row.content === null) return { catalogue: null };
  return { catalogue: factOf(JSON.parse(row.content) as CatalogueEntry, row.version) }; // validated before it was stored
}

/** Makes a version the one in force. Units and teams that it names must be there. */
export async function storeCatalogue(tx: OfficeTransaction, catalogue: Catalogue): Promise<void> {
  const { version, system, entries } = catalogue;
  await tx.query(
    'new_catalogue',
    'INSERT INTO catalogue (office_id, version, system, sha256) VALUES ($1, $2, $3, $4)',
    [tx.office, version, system, contentHash(catalogue)],
  );
  for (const [position, entry] of entries.entries())
    await tx.query(
      'new_catalogue_entry',
      `INSERT INTO catalogue_entry (office_id, version, system, code, position, unit_id, team_id, content)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [tx.office, version, entry.system, entry.code, position, entry.unit, entry.team ?? null, canonical(entry)],
    );
}
