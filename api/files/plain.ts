import { type Cursor, damaged, exactly, type Inspection, rest } from './inspection.ts';

/** How near to its end a PDF says that it ends. */
const NEAR_THE_END = 1024;

/** ISO 32000. Shown as it is: what it says of its maker is part of the document. */
export function* pdf(cursor: Cursor): Inspection {
  const head = yield* exactly(8);
  if (!/^%PDF-[12]\.\d$/.test(head.toString('latin1'))) throw damaged();
  if (!(yield* rest(NEAR_THE_END)).includes('%%EOF')) throw damaged();
  return [{ from: 0, to: cursor.at }];
}

/** Frames of MPEG audio behind a tag or none; shown as it is. */
export function* mp3(cursor: Cursor): Inspection {
  const head = yield* exactly(10);
  if (head.toString('latin1', 0, 3) === 'ID3') {
    const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((head[at] ?? 0) & 0x7f), 0);
    yield { skip: size };
    if (!isFrame(yield* exactly(4))) throw damaged();
  }
  yield* rest(1);
  return [{ from: 0, to: cursor.at }];
}

/** Layer III with a bit rate and a sample rate that exist. */
export function isFrame(bytes: Buffer): boolean {
  const [first = 0, second = 0, third = 0] = bytes;
  const [version, layer] = [(second >> 3) & 3, (second >> 1) & 3];
  return (
    first === 0xff && second >> 5 === 7 && version !== 1 && layer === 1 && third >> 4 !== 15 && ((third >> 2) & 3) !== 3
  );
}
