import { MOST_PIXELS } from '../../domain/files.ts';
import type { Piece } from '../../record/files.ts';
import {
  type Ask,
  checkSize,
  type Cursor,
  damaged,
  exactly,
  type Format,
  type Inspection,
  rest,
} from './inspection.ts';

/** A box of ISO 14496-12: where it lies in the file, where its content begins, and, where it was read, its content. */
interface Box {
  name: string;
  from: number;
  content: number;
  to: number;
}
/** What is blanked: with zeros, or with the name of a box that nobody reads. */
type Range = { from: number; to: number; name?: 'free' };

/** What describes a film or a picture is held while it is read; one with more than this is not meant to be looked at. */
const MOST_HELD = 4 * 1024 * 1024;

/** Notes beside the sound and the pictures: place, device, maker. */
const NOTES = ['udta', 'meta', 'uuid'];

/** Film and sound: notes are blanked where they lie, because everything behind them is found by its place in the file. */
export const mp4: Format = isobmff('moov', (moov, bytes) => notesIn(moov, bytes));

/** A picture whose EXIF and XMP are items beside it (ISO 23008-12); their bytes are blanked where they lie. */
export const heic: Format = isobmff('meta', (meta, bytes) => {
  const inside = boxesIn(bytes, meta.content + 4, meta.to, meta.content);
  checkPictures(inside, bytes, meta.content);
  return itemsOf(inside, bytes, meta.content);
});

/** `look` is given the one box that it needs whole, with its content; it says what is to be blanked. */
function isobmff(needed: string, look: (box: Box, content: Buffer) => Range[]): Format {
  return function* (cursor: Cursor): Inspection {
    const blanked: Range[] = [];
    let found = false;
    for (;;) {
      const box = yield* nextBox(cursor);
      if (!box) break;
      if (box.name === needed && !found) {
        found = true;
        if (box.to - box.content > MOST_HELD) throw damaged();
        blanked.push(...look(box, yield* exactly(box.to - box.content)));
      } else if (box.to === Infinity) yield* rest(1);
      else {
        if (NOTES.includes(box.name)) blanked.push(...blank(box));
        yield { skip: box.to - cursor.at };
      }
    }
    if (!found) throw damaged();
    return pieces(blanked, cursor.at);
  };
}

function* nextBox(cursor: Cursor): Generator<Ask, Box | undefined, Buffer> {
  const from = cursor.at;
  const head = yield { read: 8 };
  if (head.length === 0) return undefined;
  if (head.length < 8) throw damaged();
  const [length, name] = [head.readUInt32BE(), head.toString('latin1', 4)];
  if (!/^[\x20-\x7e]{4}$/.test(name)) throw damaged();
  if (length === 0) return { name, from, content: cursor.at, to: Infinity };
  const long = length === 1 ? Number((yield* exactly(8)).readBigUInt64BE()) : length;
  const to = from + long;
  if (to < cursor.at || !Number.isSafeInteger(to)) throw damaged();
  return { name, from, content: cursor.at, to };
}

/** Boxes of a content that was read; `base` is where it begins in the file, as are all places here. */
function boxesIn(bytes: Buffer, from: number, to: number, base: number): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to;) {
    const length = bytes.readUInt32BE(at - base);
    const end = at + (length === 0 ? to - at : length);
    if (length !== 0 && (length < 8 || end > to)) throw damaged();
    boxes.push({ name: bytes.toString('latin1', at - base + 4, at - base + 8), from: at, content: at + 8, to: end });
    at = end;
  }
  return boxes;
}

/** The box stays as long as it was, and is one that is passed over. */
const blank = ({ from, content, to }: Box): Range[] => [
  { from: from + 4, to: from + 8, name: 'free' },
  { from: content, to },
];

/** Notes of the film and of each track. */
function notesIn(box: Box, bytes: Buffer, base = box.content): Range[] {
  return boxesIn(bytes, box.content, box.to, base).flatMap((inner): Range[] => {
    if (NOTES.includes(inner.name)) return blank(inner);
    return inner.name === 'trak' ? notesIn(inner, bytes, base) : [];
  });
}

/** Every size that a picture names for itself and its parts. */
function checkPictures(inside: Box[], bytes: Buffer, base: number): void {
  const within = (boxes: Box[], name: string): Box[] =>
    boxes.filter((box) => box.name === name).flatMap(({ content, to }) => boxesIn(bytes, content, to, base));
  for (const { name, content, to } of within(within(inside, 'iprp'), 'ipco')) {
    if (name !== 'ispe') continue;
    if (to - content < 12) throw damaged();
    checkSize(bytes.readUInt32BE(content - base + 4), bytes.readUInt32BE(content - base + 8), MOST_PIXELS);
  }
}

/** Where the items lie that are no picture. */
function itemsOf(inside: Box[], bytes: Buffer, base: number): Range[] {
  const one = (name: string): Box | undefined => inside.find((box) => box.name === name);
  const [infos, places] = [one('iinf'), one('iloc')];
  if (!infos || !places) throw damaged();
  const wanted = notes(infos, bytes, base);
  const data = one('idat');
  try {
    return extents(bytes.subarray(places.content - base, places.to - base), wanted, data?.content);
  } catch (error) {
    if (error instanceof RangeError) throw damaged(); // a read beyond the box
    throw error;
  }
}

/** Ids of the items that hold EXIF, XMP or an address. */
function notes(infos: Box, bytes: Buffer, base: number): Set<number> {
  const wide = bytes[infos.content - base] !== 0;
  const ids = boxesIn(bytes, infos.content + (wide ? 8 : 6), infos.to, base).flatMap(({ content, to }) => {
    const at = content - base;
    const version = bytes[at] ?? 0;
    const kind = at + (version < 3 ? 8 : 10);
    if (version < 2 || kind + 4 > to - base) return [];
    const id = version < 3 ? bytes.readUInt16BE(at + 4) : bytes.readUInt32BE(at + 4);
    return ['Exif', 'mime', 'uri '].includes(bytes.toString('latin1', kind, kind + 4)) ? [id] : [];
  });
  return new Set(ids);
}

/** The item location box, version 0 to 2: an extent lies in the file, or in the data of the box beside it. */
function extents(iloc: Buffer, wanted: Set<number>, data: number | undefined): Range[] {
  let at = 4;
  const next = (length: number): number => {
    at += length;
    if (at > iloc.length) throw new RangeError('beyond the box');
    if (length === 0) return 0;
    return length === 8 ? Number(iloc.readBigUInt64BE(at - 8)) : iloc.readUIntBE(at - length, length);
  };
  const version = iloc[0] ?? 0;
  const sizes = next(2);
  const [offsets, lengths, bases] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexes = version > 0 ? sizes & 15 : 0;
  const ranges: Range[] = [];
  for (let items = next(version < 2 ? 2 : 4); items > 0; items -= 1) {
    const id = next(version < 2 ? 2 : 4);
    const within = version > 0 ? next(2) & 15 : 0;
    next(2);
    const origin = next(bases) + (within === 1 ? (data ?? 0) : 0);
    for (let count = next(2); count > 0; count -= 1) {
      next(indexes);
      const from = origin + next(offsets);
      const to = from + next(lengths);
      if (wanted.has(id)) ranges.push({ from, to });
    }
  }
  return ranges;
}

/** Everything but the blanked ranges, which stay as long as they were. @throws Problem file-damaged when one lies outside */
function pieces(blanked: Range[], size: number): Piece[] {
  const all: Piece[] = [];
  let at = 0;
  for (const { from, to, name } of blanked.sort((a, b) => a.from - b.from)) {
    if (to > size) throw damaged();
    if (to <= at) continue;
    const begin = Math.max(from, at);
    const instead = name && begin === from ? { bytes: Buffer.from(name).toString('base64') } : { zeros: to - begin };
    all.push({ from: at, to: begin }, instead);
    at = to;
  }
  return [...all, { from: at, to: size }];
}
