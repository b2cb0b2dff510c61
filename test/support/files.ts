import { deflateSync } from 'node:zlib';
import { photoOf, segment } from '../../stack/photo.ts';

/** Files of each kind that is taken, made here byte by byte; in every place where a camera writes, there is a canary. */
export const CANARY = 'GPS 31.2304N 121.4737E 张某某';

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const u16 = (value: number): Buffer => u32(value).subarray(2);
const le32 = (value: number): Buffer => Buffer.from(u32(value)).reverse();
const text = (value: string): Buffer => Buffer.from(value, 'latin1');

export function pngChunk(name: string, body: Buffer): Buffer {
  const named = Buffer.concat([text(name), body]);
  return Buffer.concat([u32(body.length), named, u32(crc32(named))]);
}

export const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

export function png({ width = 1, height = 1, more = [] as Buffer[] } = {}): Buffer {
  const header = Buffer.concat([u32(width), u32(height), Buffer.of(8, 0, 0, 0, 0)]);
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk('IHDR', header),
    ...more,
    pngChunk('IDAT', deflateSync(Buffer.of(0, 128))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Texts, EXIF and a time, as a telephone writes them beside the picture. */
export const pngWithNotes = (): Buffer =>
  png({
    more: [
      pngChunk('gAMA', u32(45_455)),
      pngChunk('tEXt', Buffer.from(`Comment\0${CANARY}`)),
      pngChunk('iTXt', Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${CANARY}`)),
      pngChunk('eXIf', Buffer.from(`II*\0${CANARY}`)),
      pngChunk('tIME', Buffer.of(7, 234, 3, 2, 9, 0, 0)),
    ],
  });

/** EXIF with one entry, which says which side is up, and a canary behind it. */
export function exif(orientation: number): Buffer {
  const entry = Buffer.concat([u16(0x0112), u16(3), u32(1), u16(orientation), u16(0)]);
  return Buffer.concat([text('Exif\0\0MM\0*'), u32(8), u16(1), entry, u32(0), Buffer.from(CANARY)]);
}

/** The photograph of stack/photo.ts with everything that cameras and programs add to one. */
export function jpegWithNotes(orientation = 6): Buffer {
  const { bytes } = photoOf(CANARY); // as its comment
  const notes = [
    segment(0xe1, exif(orientation)),
    segment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${CANARY}`)),
    segment(0xe2, Buffer.from('ICC_PROFILE\0\x01\x01colours', 'latin1')),
    segment(0xe2, Buffer.from(`MPF\0${CANARY}`)),
    segment(0xed, Buffer.from(`Photoshop 3.0\0${CANARY}`)),
  ];
  const behind = Buffer.from(`${CANARY} behind the end`);
  return Buffer.concat([bytes.subarray(0, 20), ...notes, bytes.subarray(20), behind]);
}

function riffChunk(name: string, body: Buffer): Buffer {
  return Buffer.concat([text(name), le32(body.length), body, Buffer.alloc(body.length % 2)]);
}

export function riff(form: string, ...chunks: Buffer[]): Buffer {
  const body = Buffer.concat([text(form), ...chunks]);
  return Buffer.concat([text('RIFF'), le32(body.length), body]);
}

/** The smallest lossless picture, extended by notes. */
export function webpWithNotes({ width = 1, height = 1 } = {}): Buffer {
  const sizes = Buffer.alloc(6);
  sizes.writeUIntLE(width - 1, 0, 3);
  sizes.writeUIntLE(height - 1, 3, 3);
  return riff(
    'WEBP',
    riffChunk('VP8X', Buffer.concat([Buffer.of(0x0c, 0, 0, 0), sizes])),
    riffChunk('VP8L', Buffer.from('2f00000000078 8'.replace(' ', '0'), 'hex')),
    riffChunk('EXIF', Buffer.from(CANARY)),
    riffChunk('XMP ', Buffer.from(CANARY)),
  );
}

export const wavWithNotes = (): Buffer =>
  riff(
    'WAVE',
    riffChunk('fmt ', Buffer.from('01000100401f0000401f000001000800', 'hex')),
    riffChunk('LIST', Buffer.from(`INFOIART${CANARY}`)),
    riffChunk('data', Buffer.alloc(8, 128)),
  );

export function box(name: string, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([u32(body.length + 8), text(name), body]);
}

const ftyp = (brand: string, ...others: string[]): Buffer => box('ftyp', text(brand), u32(0), ...others.map(text));

export const mp4WithNotes = (brand = 'isom'): Buffer =>
  Buffer.concat([
    ftyp(brand, 'mp42'),
    box('mdat', Buffer.from('moving pictures')),
    box(
      'moov',
      box('mvhd', Buffer.alloc(100)),
      box('trak', box('tkhd', Buffer.alloc(84)), box('udta', Buffer.from(CANARY))),
      box('udta', box('\xa9xyz', Buffer.from(CANARY))),
      box('meta', Buffer.from(CANARY)),
    ),
    box('uuid', Buffer.from(CANARY)),
  ]);

/** A picture with its EXIF as an item in the data behind, and its XMP in the box beside. */
export function heicWithNotes({ width = 8, height = 8 } = {}): Buffer {
  const note = Buffer.from(CANARY);
  const head = ftyp('heic', 'mif1');
  const info = (id: number, kind: string): Buffer => box('infe', Buffer.of(2, 0, 0, 0), u16(id), u16(0), text(kind));
  const meta = (places: Buffer): Buffer =>
    box(
      'meta',
      u32(0),
      box('iinf', u32(0), u16(3), info(1, 'hvc1'), info(2, 'Exif'), info(3, 'mime')),
      box('iloc', places),
      box('idat', note),
      box('iprp', box('ipco', box('ispe', u32(0), u32(width), u32(height)))),
    );
  const places = (picture: number): Buffer => {
    const item = (id: number, within: number, from: number, length: number): Buffer =>
      Buffer.concat([u16(id), u16(within), u16(0), u16(1), u32(from), u32(length)]);
    return Buffer.concat([
      Buffer.of(1, 0, 0, 0, 0x44, 0x00),
      u16(3),
      item(1, 0, picture, 7),
      item(2, 0, picture + 7, note.length),
      item(3, 1, 0, note.length),
    ]);
  };
  const picture = head.length + meta(places(0)).length + 8;
  return Buffer.concat([head, meta(places(picture)), box('mdat', text('picture'), note)]);
}

export const pdf = (): Buffer =>
  Buffer.from('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');

export const mp3 = (): Buffer =>
  Buffer.concat([text('ID3\x03\0\0\0\0\0\x04'), Buffer.alloc(4), Buffer.of(0xff, 0xfb, 0x90, 0), Buffer.alloc(413)]);

/** A photograph of exactly this many bytes: its coded picture is as long as it has to be. */
export function jpegOf(size: number): Buffer {
  const { bytes } = photoOf('large');
  const [before, after] = [bytes.subarray(0, -2), bytes.subarray(-2)];
  return Buffer.concat([before, Buffer.alloc(size - bytes.length, 0x55), after]);
}
