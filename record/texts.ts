import type { Hash, ItemId } from '../domain/ids.ts';
import {
  type DataKey,
  fingerprint,
  newDataKey,
  type OfficeKey,
  seal,
  type Sealed,
  unseal,
  unwrap,
  wrap,
} from './seal.ts';
import type { OfficeTransaction } from './office.ts';

/** Sealed texts by name, as a command brings them. */
export type Texts = Record<string, string>;

/** The key of an existing item's texts, locked so that an erasure waits for this commit. */
export async function keyOfItem(tx: OfficeTransaction, office: OfficeKey, item: ItemId): Promise<DataKey> {
  const [row] = await tx.query<{ id: string; wrapped: Buffer }>(
    'item_key',
    `SELECT k.id, k.wrapped FROM case_detail d JOIN data_key k ON k.office_id = d.office_id AND k.id = d.key_id
       WHERE d.office_id = $1 AND d.item_id = $2 FOR SHARE OF k`,
    [tx.office, item],
  );
  if (!row) throw new Error('the item has no key');
  return unwrap(office, row.id, row.wrapped);
}

/**
 * The key for a new item: its subject's, or one of its own. Two first cases of one subject collide on the subject's
 * unique index, and the commit that loses starts again and finds the key.
 */
export async function keyForNew(
  tx: OfficeTransaction,
  office: OfficeKey,
  item: ItemId,
  subject: string | undefined,
): Promise<DataKey> {
  const print = subject === undefined ? null : fingerprint(office, 'subject', subject);
  const [row] = await tx.query<{ id: string; wrapped: Buffer }>(
    'subject_key',
    'SELECT id, wrapped FROM data_key WHERE office_id = $1 AND subject = $2 FOR SHARE',
    [tx.office, print],
  );
  if (row) return unwrap(office, row.id, row.wrapped);
  const key = newDataKey(item);
  await tx.query('new_key', 'INSERT INTO data_key (office_id, id, subject, wrapped) VALUES ($1, $2, $3, $4)', [
    tx.office,
    key.id,
    print,
    wrap(office, key),
  ]);
  return key;
}

export function sealAll(key: DataKey, texts: Texts): Sealed[] {
  return Object.entries(texts).map(([name, value]) => seal(key, name, value));
}

export async function storeTexts(
  tx: OfficeTransaction,
  owner: string,
  rev: number,
  key: DataKey,
  texts: Sealed[],
): Promise<void> {
  if (texts.length === 0) return;
  await tx.query(
    'texts_new',
    `INSERT INTO sealed_text (office_id, owner, rev, key_id, name, sealed)
       SELECT $1, $2, $3, $4, name, sealed FROM unnest($5::text[], $6::bytea[]) AS text (name, sealed)`,
    [tx.office, owner, rev, key.id, texts.map(({ name }) => name), texts.map(({ sealed }) => sealed)],
  );
}

/** A text as it was entered, with the revision that brought it and the commitment its record holds. */
export interface OpenText {
  owner: string;
  rev: number;
  name: string;
  value: string;
  commitment: Hash;
}

/** Texts of these owners (items, users); only the names asked for. */
export async function openTexts(
  tx: OfficeTransaction,
  office: OfficeKey,
  owners: string[],
  names: string[] | null,
): Promise<OpenText[]> {
  const rows = await tx.query<{
    owner: string;
    rev: number;
    name: string;
    key_id: string;
    sealed: Buffer;
    wrapped: Buffer;
  }>(
    'texts',
    `SELECT t.owner, t.rev, t.name, t.key_id, t.sealed, k.wrapped FROM sealed_text t
       JOIN data_key k ON k.office_id = t.office_id AND k.id = t.key_id
       WHERE t.office_id = $1 AND t.owner = ANY($2) AND ($3::text[] IS NULL OR t.name = ANY($3)) ORDER BY t.owner, t.rev, t.name`,
    [tx.office, owners, names],
  );
  return rows.map((row) => ({
    owner: row.owner,
    rev: row.rev,
    name: row.name,
    ...unseal(unwrap(office, row.key_id, row.wrapped), row.sealed),
  }));
}
