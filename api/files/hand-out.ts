import { Readable } from 'node:stream';
import type { Pool } from 'pg';
import { type FileType, nameOf } from '../../domain/files.ts';
import type { OfficeId } from '../../domain/ids.ts';
import { type CaseFile, CHUNK, lengthOf, openChunk, type Piece } from '../../record/files.ts';
import { withOffice } from '../../record/office.ts';

/** What a browser may show by itself: nothing that can hold a program. */
const SHOWN_INLINE: readonly FileType[] = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/heic',
  'video/mp4',
  'audio/mp4',
  'audio/mpeg',
  'audio/wav',
];

export function headersOf({ name, type }: CaseFile, pieces: Piece[], original: boolean): Record<string, string> {
  const manner = SHOWN_INLINE.includes(type) && !original ? 'inline' : 'attachment';
  return {
    'content-type': type,
    'content-length': String(pieces.reduce((sum, piece) => sum + lengthOf(piece), 0)),
    'content-disposition': `${manner}; ${fileNames(nameOf(name, type))}`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  };
}

/** RFC 6266: for those who read ASCII only, and for everybody else. */
function fileNames(name: string): string {
  const ascii = name.replaceAll(/[^\x20-\x7e]/gu, '_').replaceAll(/["\\%;]/g, '_');
  const coded = encodeURIComponent(name).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `filename="${ascii}"; filename*=UTF-8''${coded}`;
}

/** What people are handed: everything, or what is shown of it. */
export function piecesOf({ size, shown }: CaseFile, original: boolean): Piece[] {
  return original ? [{ from: 0, to: size }] : shown;
}

/** The bytes, one piece of the file at a time and only as fast as they are taken. */
export function bytesOf(pool: Pool, office: OfficeId, file: CaseFile, pieces: Piece[]): Readable {
  return Readable.from(opened(pool, office, file, pieces), { objectMode: false });
}

async function* opened(pool: Pool, office: OfficeId, file: CaseFile, pieces: Piece[]): AsyncGenerator<Buffer> {
  let [open, bytes]: [number, Buffer] = [-1, Buffer.alloc(0)];
  for (const piece of pieces) {
    if ('bytes' in piece) yield Buffer.from(piece.bytes, 'base64');
    else if ('zeros' in piece) yield* zeros(piece.zeros);
    else
      for (let at = piece.from; at < piece.to;) {
        const n = Math.floor(at / CHUNK);
        if (n !== open) [open, bytes] = [n, await withOffice(pool, office, async (tx) => await openChunk(tx, file, n))];
        const end = Math.min(piece.to, (n + 1) * CHUNK);
        yield bytes.subarray(at - n * CHUNK, end - n * CHUNK);
        at = end;
      }
  }
}

function* zeros(length: number): Generator<Buffer> {
  for (let left = length; left > 0; left -= CHUNK) yield Buffer.alloc(Math.min(left, CHUNK));
}
