import { describe, expect, test } from 'vitest';
import { inspect } from '../../../api/files/inspection.ts';
import { formats, typeOf } from '../../../api/files/types.ts';
import type { FileType } from '../../../domain/files.ts';
import { lengthOf, type Piece } from '../../../record/files.ts';
import { photoOf } from '../../../stack/photo.ts';
import * as made from '../../support/files.ts';

function shownOf(type: FileType, bytes: Buffer, step = bytes.length): Piece[] {
  const inspector = inspect(formats[type]);
  for (let at = 0; at < bytes.length; at += step) inspector.push(bytes.subarray(at, at + step));
  return inspector.end();
}

function render(bytes: Buffer, pieces: Piece[]): Buffer {
  return Buffer.concat(
    pieces.map((piece) => {
      if ('from' in piece) return bytes.subarray(piece.from, piece.to);
      return 'bytes' in piece ? Buffer.from(piece.bytes, 'base64') : Buffer.alloc(piece.zeros);
    }),
  );
}

const kinds: [FileType, Buffer][] = [
  ['image/jpeg', made.jpegWithNotes()],
  ['image/png', made.pngWithNotes()],
  ['image/webp', made.webpWithNotes()],
  ['image/heic', made.heicWithNotes()],
  ['video/mp4', made.mp4WithNotes()],
  ['audio/mp4', made.mp4WithNotes('M4A ')],
  ['audio/wav', made.wavWithNotes()],
  ['application/pdf', made.pdf()],
  ['audio/mpeg', made.mp3()],
];

describe.each(kinds)('%s', (type, bytes) => {
  test('is known by its first bytes', () => expect(typeOf(bytes.subarray(0, 64))).toBe(type));

  test('is shown without what stands beside it, and that is a whole file of the same type', () => {
    const shown = render(bytes, shownOf(type, bytes));
    expect(shown.includes(made.CANARY)).toBe(false);
    expect(typeOf(shown.subarray(0, 64))).toBe(type);
    expect(render(shown, shownOf(type, shown)).equals(shown)).toBe(true);
  });

  test('is read the same however it arrives, to the single byte', () => {
    const whole = shownOf(type, bytes);
    for (const step of [1, 7, 64]) expect([step, shownOf(type, bytes, step)]).toEqual([step, whole]);
    expect(whole.reduce((sum, piece) => sum + lengthOf(piece), 0)).toBeGreaterThan(0);
  });

  test('cut off anywhere before its own end, it is damaged', () => {
    const wholeFrom = type === 'image/jpeg' ? bytes.lastIndexOf(Buffer.of(0xff, 0xd9)) + 2 : bytes.length;
    const taken: number[] = [];
    for (let length = 12; length < wholeFrom; length += 1)
      try {
        shownOf(type, bytes.subarray(0, length));
        taken.push(length);
      } catch (error) {
        expect(error).toMatchObject({ name: 'Problem', code: 'file-damaged' });
      }
    expect(taken.every((length) => lengthThatWillDo(type, bytes, length))).toBe(true);
  });
});

/** Sound ends anywhere between two frames, a film between two boxes, a PDF after it has said that it ends. */
function lengthThatWillDo(type: FileType, bytes: Buffer, length: number): boolean {
  const lastBox = made.box('uuid', Buffer.from(made.CANARY)).length;
  if (type === 'audio/mpeg') return length >= 18;
  if (type === 'application/pdf') return length >= bytes.lastIndexOf('%%EOF') + 5;
  return type.endsWith('mp4') && length === bytes.length - lastBox;
}

describe('a photograph', () => {
  test('keeps its colours, its density and which side is up', () => {
    const bytes = made.jpegWithNotes(6);
    const shown = render(bytes, shownOf('image/jpeg', bytes));
    expect(shown.includes('JFIF')).toBe(true);
    expect(shown.includes('ICC_PROFILE')).toBe(true);
    const at = shown.indexOf('Exif');
    expect(shown.readUInt16BE(at + 24)).toBe(6);
    const upright = made.jpegWithNotes(1);
    expect(render(upright, shownOf('image/jpeg', upright)).includes('Exif')).toBe(false);
  });

  test('that has nothing beside it but a comment loses that alone', () => {
    const { bytes } = photoOf('name');
    expect(render(bytes, shownOf('image/jpeg', bytes)).length).toBe(bytes.length - 8);
  });
});

test.each<[string, FileType, Buffer]>([
  ['png', 'image/png', made.png({ width: 100_000, height: 100_000 })],
  ['webp', 'image/webp', made.webpWithNotes({ width: 16_000_000, height: 16_000_000 })],
  ['heic', 'image/heic', made.heicWithNotes({ width: 2 ** 31, height: 2 ** 31 })],
])('a %s that says it is huge is not taken', (_name, type, bytes) => {
  expect(() => shownOf(type, bytes)).toThrow(expect.objectContaining({ code: 'image-too-large' }));
});
