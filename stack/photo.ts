import { createHash } from 'node:crypto';
import { type Hash, hash } from '../domain/ids.ts';

export interface Photo {
  bytes: Buffer;
  sha256: Hash;
}

/** A photograph of nothing, eight grey pixels square, that is another one under another name. */
export function photoOf(name: string): Photo {
  const bytes = Buffer.concat([
    Buffer.of(0xff, 0xd8),
    segment(0xe0, Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1')),
    segment(0xfe, Buffer.from(name)),
    segment(0xdb, Buffer.alloc(65, 1).fill(0, 0, 1)), // quantised by nothing
    segment(0xc0, Buffer.of(8, 0, 8, 0, 8, 1, 1, 0x11, 0)), // 8 bits, 8 × 8, one component
    segment(0xc4, oneSymbol(0x00)),
    segment(0xc4, oneSymbol(0x10)),
    segment(0xda, Buffer.of(1, 1, 0, 0, 63, 0)),
    Buffer.of(0x3f), // no difference, end of block, and ones to the end of the byte
    Buffer.of(0xff, 0xd9),
  ]);
  return { bytes, sha256: hash(createHash('sha256').update(bytes).digest('hex')) };
}

export function segment(marker: number, body: Buffer): Buffer {
  const head = Buffer.of(0xff, marker, 0, 0);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}

/** A Huffman table of one code of one bit, which stands for the symbol 0. */
function oneSymbol(table: number): Buffer {
  return Buffer.concat([Buffer.of(table, 1), Buffer.alloc(15), Buffer.of(0)]);
}
