import { MOST_PIXELS } from '../../domain/files.ts';
import type { Piece } from '../../record/files.ts';
import { type Ask, checkSize, type Cursor, damaged, exactly, type Inspection } from './inspection.ts';

const [SOI, EOI, SOS, APP0, APP1, APP2, APP14] = [0xd8, 0xd9, 0xda, 0xe0, 0xe1, 0xe2, 0xee];
const isSize = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const isBare = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
const isAside = (marker: number): boolean => (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;

/**
 * ITU T.81. Of what cameras write beside the picture, the density, the colours and which side is up are shown; EXIF
 * with its place and device, XMP, IPTC, thumbnails, further pictures and comments are not.
 */
export function* jpeg(cursor: Cursor): Inspection {
  const pieces: Piece[] = [{ from: 0, to: 2 }];
  let [sized, scanned] = [false, false];
  if ((yield* exactly(2)).readUInt16BE() !== 0xff00 + SOI) throw damaged();
  let marker = yield* nextMarker();
  for (;;) {
    const from = cursor.at - 2;
    if (marker === EOI) {
      if (!sized || !scanned) throw damaged();
      return [...pieces, { from, to: cursor.at }];
    }
    if (!isBare(marker)) {
      const length = (yield* exactly(2)).readUInt16BE() - 2;
      if (length < 0) throw damaged();
      if (isAside(marker)) {
        const body = yield* exactly(length);
        pieces.push(...shownAside(marker, body, { from, to: cursor.at }));
        marker = yield* nextMarker();
        continue;
      }
      if (isSize(marker)) sized = yield* size(length);
      else yield { skip: length };
      if (marker === SOS) {
        scanned = true;
        marker = yield* endOfScan();
        pieces.push({ from, to: cursor.at - 2 });
        continue;
      }
    }
    pieces.push({ from, to: cursor.at });
    marker = yield* nextMarker();
  }
}

function* nextMarker(): Generator<Ask, number, Buffer> {
  const bytes = yield* exactly(2);
  if (bytes[0] !== 0xff) throw damaged();
  return yield* afterFill(bytes[1] ?? 0);
}

/** Any number of 0xff may stand before a marker. */
function* afterFill(first: number): Generator<Ask, number, Buffer> {
  let marker = first;
  while (marker === 0xff) marker = (yield* exactly(1)).readUInt8();
  if (marker === 0) throw damaged();
  return marker;
}

/** The coded picture runs to the next marker that is neither stuffing nor a restart. */
function* endOfScan(): Generator<Ask, number, Buffer> {
  for (;;) {
    yield { find: 0xff };
    let second = (yield* exactly(2)).readUInt8(1);
    while (second === 0xff) second = (yield* exactly(1)).readUInt8();
    if (second !== 0 && !isBare(second)) return second;
  }
}

function* size(length: number): Generator<Ask, boolean, Buffer> {
  if (length < 6) throw damaged();
  const frame = yield* exactly(length);
  checkSize(frame.readUInt16BE(3), frame.readUInt16BE(1), MOST_PIXELS);
  return true;
}

function shownAside(marker: number, body: Buffer, whole: { from: number; to: number }): Piece[] {
  const begins = (name: string): boolean => body.subarray(0, name.length).toString('latin1') === name;
  switch (marker) {
    case APP0: // with no thumbnail in it
      return begins('JFIF\0') && body.length === 14 ? [whole] : [];
    case APP2:
      return begins('ICC_PROFILE\0') ? [whole] : [];
    case APP14: // without it some colours turn into others
      return begins('Adobe') ? [whole] : [];
    case APP1:
      return begins('Exif\0\0') ? sideUp(orientationOf(body.subarray(6))) : [];
    default:
      return [];
  }
}

/** An EXIF that says nothing but which side is up. */
function sideUp(orientation: number): Piece[] {
  if (orientation < 2 || orientation > 8) return [];
  const exif = Buffer.from('ffe100224578696600004d4d002a00000008000101120003000000010000000000000000', 'hex');
  exif.writeUInt16BE(orientation, 28);
  return [{ bytes: exif.toString('base64') }];
}

/** Tag 0x0112 of the first directory of a TIFF; 1 where there is none. */
function orientationOf(tiff: Buffer): number {
  const little = tiff.subarray(0, 2).toString('latin1') === 'II';
  const short = (at: number): number =>
    at + 2 > tiff.length ? 0 : little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at);
  const long = (at: number): number =>
    at + 4 > tiff.length ? 0 : little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at);
  const directory = long(4);
  for (let entry = 0; entry < short(directory); entry += 1) {
    const at = directory + 2 + entry * 12;
    if (short(at) === 0x0112) return short(at + 8);
  }
  return 1;
}
