import type { Piece } from '../../record/files.ts';
import { Problem } from '../problem.ts';

/** What a format asks for next: bytes to look at (fewer only at the end of the file), bytes to pass over, or a byte to go to. */
export type Ask = { read: number } | { skip: number } | { find: number };
/** Reads a file of one format from its first byte on. @returns what of it is shown @throws Problem file-damaged and its like */
export type Inspection = Generator<Ask, Piece[], Buffer>;
export type Format = (cursor: Cursor) => Inspection;

/** Where in the file the next byte lies. */
export interface Cursor {
  readonly at: number;
}

export interface Inspector {
  push(bytes: Buffer): void;
  /** @throws Problem file-damaged when the format asks for more */
  end(): Piece[];
}

const NOTHING = Buffer.alloc(0);

/** Feeds a format with bytes as they arrive, so that no file is ever held whole. */
export function inspect(format: Format): Inspector {
  const cursor = { at: 0 };
  const run = format(cursor);
  let state = run.next();
  let held: Buffer = NOTHING;
  let skipped = 0;

  const take = (length: number): Buffer => {
    const bytes = held.subarray(0, length);
    held = held.subarray(length);
    cursor.at += bytes.length;
    return bytes;
  };

  /** @returns the answer to what was asked, or undefined as long as there is none */
  function answer(ask: Ask, ended: boolean): Buffer | undefined {
    if ('read' in ask) return held.length >= ask.read || ended ? take(ask.read) : undefined;
    if ('find' in ask) {
      const place = held.indexOf(ask.find);
      take(place < 0 ? held.length : place);
      return place < 0 ? undefined : NOTHING;
    }
    skipped += take(ask.skip - skipped).length;
    if (skipped < ask.skip) return undefined;
    skipped = 0;
    return NOTHING;
  }

  function goOn(ended: boolean): void {
    while (!state.done) {
      const given = answer(state.value, ended);
      if (!given) return;
      state = run.next(given);
    }
    held = NOTHING; // whatever follows the end of a picture is not shown
  }

  return {
    push(bytes) {
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      goOn(false);
    },
    end() {
      goOn(true);
      if (!state.done) throw damaged();
      return merged(state.value);
    },
  };
}

export const damaged = (): Problem => new Problem('file-damaged');

/** Exactly so many bytes. @throws Problem file-damaged when the file ends before */
export function* exactly(length: number): Generator<Ask, Buffer, Buffer> {
  const bytes = yield { read: length };
  if (bytes.length < length) throw damaged();
  return bytes;
}

/** The rest of the file as it is. @returns its last bytes, at most so many */
export function* rest(most: number): Generator<Ask, Buffer, Buffer> {
  let tail = NOTHING as Buffer;
  for (;;) {
    const bytes = yield { read: 64 * 1024 };
    tail = Buffer.concat([tail, bytes]).subarray(-most);
    if (bytes.length < 64 * 1024) return tail;
  }
}

/** Neighbouring ranges as one, empty ones as none. */
function merged(pieces: Piece[]): Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if ('from' in piece && piece.from === piece.to) continue;
    if (last && 'from' in last && 'from' in piece && last.to === piece.from) last.to = piece.to;
    else joined.push({ ...piece });
  }
  return joined;
}

/** @throws Problem image-too-large */
export function checkSize(width: number, height: number, most: number): void {
  if (width === 0 || height === 0) throw damaged();
  if (width * height > most) throw new Problem('image-too-large', { details: { width, height } });
}
