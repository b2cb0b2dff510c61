import { randomUUID } from 'node:crypto';
import type { FileType } from '../domain/files.ts';
import { type Hash, hash, type ItemId, type UserId, userId } from '../domain/ids.ts';
import type { Payloads, CommandName } from '../domain/commands/vocabulary.ts';
import { type Instant, instant } from '../domain/time.ts';
import type { OfficeTransaction } from './office.ts';
import { type DataKey, type OfficeKey, seal, sealBytes, unseal, unsealBytes, unwrap } from './seal.ts';

/** Bytes of one piece of a file: what an upload or a download holds of it at a time. */
export const CHUNK = 256 * 1024;

/** What people are shown: a range of the file, or other bytes (base64) or zeros in its place. */
export type Piece = { from: number; to: number } | { bytes: string } | { zeros: number };

export function lengthOf(piece: Piece): number {
  if ('from' in piece) return piece.to - piece.from;
  return 'bytes' in piece ? Buffer.from(piece.bytes, 'base64').length : piece.zeros;
}

/** A file as it was brought, but for its bytes. */
export interface NewFile {
  item: ItemId;
  /** Of its bytes exactly as they came. */
  sha256: Hash;
  size: number;
  type: FileType;
  name: string;
  shown: Piece[];
  by: UserId;
}

export interface CaseFile extends NewFile {
  at: Instant;
  content: string;
  key: DataKey;
  /** Where records speak of it. */
  named: { rev: number; kind: string }[];
}

/** Sealed bytes that no file owns yet. */
export async function beginContent(tx: OfficeTransaction, item: ItemId, finished = false): Promise<string> {
  const id = randomUUID();
  await tx.query(
    'file_content',
    'INSERT INTO file_content (office_id, id, item_id, finished) VALUES ($1, $2, $3, $4)',
    [tx.office, id, item, finished],
  );
  return id;
}

/** Opens only as this piece of this content. */
const place = (content: string, n: number): string => `${content}/${n}`;

export async function keepChunk(
  tx: OfficeTransaction,
  key: DataKey,
  content: string,
  n: number,
  bytes: Buffer,
): Promise<void> {
  await tx.query('file_chunk', 'INSERT INTO file_chunk (office_id, content_id, n, sealed) VALUES ($1, $2, $3, $4)', [
    tx.office,
    content,
    n,
    sealBytes(key, place(content, n), bytes),
  ]);
}

/** With every piece of it. */
export async function dropContent(tx: OfficeTransaction, content: string): Promise<void> {
  await tx.query('drop_content', 'DELETE FROM file_content WHERE office_id = $1 AND id = $2', [tx.office, content]);
}

export async function finishContent(tx: OfficeTransaction, content: string): Promise<void> {
  await tx.query('finish_content', 'UPDATE file_content SET finished = true WHERE office_id = $1 AND id = $2', [
    tx.office,
    content,
  ]);
}

/** Gives a finished content to a new file of the item. @throws a unique violation when the item has the same file already */
export async function keepFile(tx: OfficeTransaction, key: DataKey, content: string, file: NewFile): Promise<void> {
  const { item, sha256, size, type, name, shown, by } = file;
  await tx.query(
    'case_file',
    `INSERT INTO case_file (office_id, item_id, sha256, content_id, size, type, key_id, name, shown, brought_by, at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      tx.office,
      item,
      sha256,
      content,
      size,
      type,
      key.id,
      seal(key, 'fileName', name).sealed,
      JSON.stringify(shown),
      by,
      tx.beganAt,
    ],
  );
}

/** A small file with its only piece. */
export async function keepWhole(tx: OfficeTransaction, key: DataKey, file: NewFile, bytes: Buffer): Promise<void> {
  const content = await beginContent(tx, file.item, true);
  await keepChunk(tx, key, content, 0, bytes);
  await keepFile(tx, key, content, file);
}

/** What the record that an applied command has just become says of files. */
export async function nameEvidence(
  tx: OfficeTransaction,
  item: ItemId,
  rev: number,
  payload: Payloads[CommandName] | undefined,
): Promise<void> {
  const given = payload && 'evidence' in payload ? payload.evidence : [];
  for (const [n, { kind, sha256 }] of given.entries())
    await tx.query(
      'evidence',
      'INSERT INTO evidence (office_id, item_id, rev, n, kind, sha256) VALUES ($1, $2, $3, $4, $5, $6)',
      [tx.office, item, rev, n, kind, sha256],
    );
}

interface Row {
  item_id: string;
  sha256: string;
  content_id: string;
  size: number;
  type: FileType;
  key_id: string;
  wrapped: Buffer;
  name: Buffer;
  shown: Piece[];
  brought_by: string;
  at: number;
  named: { rev: number; kind: string }[];
}

/** The files of an item as they came; only the one that is asked for. */
export async function filesOf(
  tx: OfficeTransaction,
  office: OfficeKey,
  item: ItemId,
  sha256: Hash | null,
): Promise<CaseFile[]> {
  const rows = await tx.query<Row>(
    'files_of_item',
    `SELECT f.item_id, f.sha256, f.content_id, f.size, f.type, f.key_id, k.wrapped, f.name, f.shown, f.brought_by, f.at,
         (SELECT coalesce(json_agg(json_build_object('rev', e.rev, 'kind', e.kind) ORDER BY e.rev, e.n), '[]') FROM evidence e
            WHERE e.office_id = f.office_id AND e.item_id = f.item_id AND e.sha256 = f.sha256) AS named
       FROM case_file f JOIN data_key k ON k.office_id = f.office_id AND k.id = f.key_id
       WHERE f.office_id = $1 AND f.item_id = $2 AND ($3::text IS NULL OR f.sha256 = $3) ORDER BY f.at, f.sha256`,
    [tx.office, item, sha256],
  );
  return rows.map((row) => {
    const key = unwrap(office, row.key_id, row.wrapped);
    return {
      item,
      sha256: hash(row.sha256),
      content: row.content_id,
      size: row.size,
      type: row.type,
      key,
      name: unseal(key, row.name).value,
      shown: row.shown,
      by: userId(row.brought_by),
      at: instant(row.at),
      named: row.named,
    };
  });
}

/** One piece as it came. @throws Error when it is not there, or not what was sealed in its place */
export async function openChunk(tx: OfficeTransaction, { content, key }: CaseFile, n: number): Promise<Buffer> {
  const [row] = await tx.query<{ sealed: Buffer }>(
    'open_chunk',
    'SELECT sealed FROM file_chunk WHERE office_id = $1 AND content_id = $2 AND n = $3',
    [tx.office, content, n],
  );
  if (!row) throw new Error('a piece of a file is missing');
  return unsealBytes(key, place(content, n), row.sealed);
}

/** Who was handed the file, before the first byte of it is. */
export async function logRead(
  tx: OfficeTransaction,
  { item, sha256 }: Pick<CaseFile, 'item' | 'sha256'>,
  user: UserId,
  original: boolean,
): Promise<void> {
  await tx.query(
    'file_read',
    `INSERT INTO file_read (office_id, id, item_id, sha256, user_id, original, at)
       VALUES ($1, $2, $3, $4, $5, $6, office_now_ms())`,
    [tx.office, randomUUID(), item, sha256, user, original],
  );
}
