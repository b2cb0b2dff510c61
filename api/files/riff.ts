import { MOST_PIXELS } from '../../domain/files.ts';
import { lengthOf, type Piece } from '../../record/files.ts';
import { type Ask, checkSize, type Cursor, damaged, exactly, type Format, type Inspection } from './inspection.ts';

type Range = { from: number; to: number };
type Look = (name: string, range: Range, length: number) => Generator<Ask, Piece[], Buffer>;

/**
 * A form of RIFF: chunks of a name, a length and a body that is padded to an even one. Only the chunks that are named
 * are shown, and the form's own length says so. `look` reads the body of the chunks that it knows, from its first byte on.
 */
function riff(form: string, shown: readonly string[], required: readonly string[], look: Look): Format {
  return function* (cursor: Cursor): Inspection {
    const head = yield* exactly(12);
    if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8) !== form) throw damaged();
    const end = 8 + head.readUInt32LE(4);
    const pieces: Piece[] = [];
    const missing = new Set(required);
    while (cursor.at < end) {
      const from = cursor.at;
      const chunk = yield* exactly(8);
      const [name, length] = [chunk.toString('latin1', 0, 4), chunk.readUInt32LE(4)];
      const to = from + 8 + length + (length % 2);
      if (to > end) throw damaged();
      missing.delete(name.trim());
      const own = yield* look(name, { from, to }, length);
      yield { skip: to - cursor.at };
      if (shown.includes(name.trim())) pieces.push(...own);
    }
    if (missing.size === required.length) throw damaged();
    return [{ bytes: headOf(form, pieces).toString('base64') }, ...pieces];
  };
}

function headOf(form: string, pieces: Piece[]): Buffer {
  const head = Buffer.from(`RIFF\0\0\0\0${form}`, 'latin1');
  head.writeUInt32LE(4 + pieces.reduce((sum, piece) => sum + lengthOf(piece), 0), 4);
  return head;
}

/** Bits of VP8X that say that EXIF and XMP follow. */
const [EXIF, XMP] = [0x08, 0x04];

/** RFC 9649: the picture, its transparency, its movement and its colours; EXIF and XMP are not shown. */
export const webp = riff(
  'WEBP',
  ['VP8', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP'],
  ['VP8', 'VP8L', 'ANMF'],
  function* (name, { from, to }, length) {
    if (name === 'VP8X') {
      if (length !== 10) throw damaged();
      const body = yield* exactly(10);
      checkSize(1 + body.readUIntLE(4, 3), 1 + body.readUIntLE(7, 3), MOST_PIXELS);
      const flags = Buffer.of((body[0] ?? 0) & ~(EXIF | XMP)).toString('base64');
      return [{ from, to: from + 8 }, { bytes: flags }, { from: from + 9, to }];
    }
    if (name === 'VP8 ') {
      const body = yield* exactly(Math.min(length, 10));
      if (body.length < 10 || body.readUIntBE(3, 3) !== 0x9d012a) throw damaged();
      checkSize(body.readUInt16LE(6) & 0x3fff, body.readUInt16LE(8) & 0x3fff, MOST_PIXELS);
    }
    if (name === 'VP8L') {
      const body = yield* exactly(Math.min(length, 5));
      if (body.length < 5 || body[0] !== 0x2f) throw damaged();
      const sizes = body.readUInt32LE(1);
      checkSize(1 + (sizes & 0x3fff), 1 + ((sizes >>> 14) & 0x3fff), MOST_PIXELS);
    }
    return [{ from, to }];
  },
);

/** The sound and its form; who recorded it, when and with what is not shown. */
// oxlint-disable-next-line require-yield
export const wav = riff('WAVE', ['fmt', 'data', 'fact'], ['data'], function* (_name, range) {
  return [range];
});
