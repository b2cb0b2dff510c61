import { MOST_PIXELS } from '../../domain/files.ts';
import type { Piece } from '../../record/files.ts';
import { checkSize, type Cursor, damaged, exactly, type Inspection } from './inspection.ts';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** The picture, its colours and its movement; texts, EXIF, times and whatever else there may be are not shown. */
const SHOWN = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD hIST pHYs acTL fcTL fdAT'.split(' '),
);

/** W3C PNG, third edition. */
export function* png(cursor: Cursor): Inspection {
  if (!(yield* exactly(8)).equals(SIGNATURE)) throw damaged();
  const pieces: Piece[] = [{ from: 0, to: 8 }];
  let [sized, pictured] = [false, false];
  for (;;) {
    const from = cursor.at;
    const head = yield* exactly(8);
    const [length, name] = [head.readUInt32BE(), head.toString('latin1', 4)];
    if (length > 0x7fffffff || !/^[A-Za-z]{4}$/.test(name)) throw damaged();
    if ((name === 'IHDR') === sized) throw damaged(); // first, and once
    if (name === 'IHDR') {
      if (length !== 13) throw damaged();
      const header = yield* exactly(13);
      checkSize(header.readUInt32BE(), header.readUInt32BE(4), MOST_PIXELS);
      sized = true;
      yield* exactly(4);
    } else yield { skip: length + 4 };
    pictured ||= name === 'IDAT';
    if (SHOWN.has(name)) pieces.push({ from, to: cursor.at });
    if (name !== 'IEND') continue;
    if (!pictured) throw damaged();
    return pieces;
  }
}
