import { createHash, type Hash as Digest } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type FileType, fileTypes, MOST_BYTES } from '../../domain/files.ts';
import { type Hash, hash } from '../../domain/ids.ts';
import { CHUNK, type Piece } from '../../record/files.ts';
import { Problem } from '../problem.ts';
import { type Inspector, inspect } from './inspection.ts';
import { ENOUGH, formats, typeOf } from './types.ts';

/** Where pieces go that are too many to hold. */
export interface Depot {
  begin(): Promise<string>;
  keep(content: string, n: number, bytes: Buffer): Promise<void>;
  drop(content: string): Promise<void>;
}

export interface Received {
  sha256: Hash;
  size: number;
  type: FileType;
  shown: Piece[];
  /** The id of what is in the depot; or the bytes themselves, when they are but one piece. */
  content: string | Buffer;
}

/**
 * Takes a file as it arrives, a piece at a time: so much memory and no more, however many come at once. What it is, and
 * what of it is shown, is known when its last byte is there. When anything is wrong nothing stays in the depot.
 * @param said what the sender says it is; undefined when they do not say
 * @throws Problem naming what is wrong with it
 */
export async function receive(body: Readable, said: string | undefined, depot: Depot): Promise<Received> {
  const arrival = new Arrival(said);
  let content: string | undefined;
  let kept = 0;
  try {
    for await (const bytes of arriving(body)) {
      arrival.add(bytes);
      for (let piece = arrival.piece(); piece; piece = arrival.piece()) {
        content ??= await depot.begin();
        await depot.keep(content, kept, piece);
        kept += 1;
      }
    }
    const whole = arrival.end();
    const last = arrival.rest();
    if (content !== undefined && last.length > 0) await depot.keep(content, kept, last);
    return { ...whole, content: content ?? last };
  } catch (error) {
    if (content !== undefined) await depot.drop(content);
    throw error;
  }
}

/**
 * When somebody stops listening the rest is let run out: a sender who is stopped in the middle would neither hear the
 * answer nor be let go.
 */
async function* arriving(body: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const bytes of body.iterator({ destroyOnReturn: false })) yield bytes as Buffer; // no encoding was set
  } catch {
    throw new Problem('bad-request'); // the sender is gone, and hears nothing of it
  } finally {
    body.resume();
  }
}

/** One file on its way: counted, hashed, recognised and looked through. */
class Arrival {
  readonly #said: string | undefined;
  readonly #digest: Digest = createHash('sha256');
  #held: Buffer[] = [];
  #heldBytes = 0;
  #size = 0;
  #known: { type: FileType; inspector: Inspector } | undefined;

  constructor(said: string | undefined) {
    this.#said = said;
  }

  add(bytes: Buffer): void {
    this.#size += bytes.length;
    if (this.#size > MOST_BYTES) throw new Problem('file-too-large');
    this.#digest.update(bytes);
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#known) this.#known.inspector.push(bytes);
    else if (this.#heldBytes >= ENOUGH) this.#recognise();
  }

  /** The next piece of full length, once there is one more byte than that: a small file is handed over whole. */
  piece(): Buffer | undefined {
    if (this.#heldBytes <= CHUNK) return undefined;
    const held = Buffer.concat(this.#held);
    this.#held = [held.subarray(CHUNK)];
    this.#heldBytes = held.length - CHUNK;
    return held.subarray(0, CHUNK);
  }

  end(): Omit<Received, 'content'> {
    if (this.#size === 0) throw new Problem('file-empty');
    const { type, inspector } = this.#known ?? this.#recognise();
    return { sha256: hash(this.#digest.digest('hex')), size: this.#size, type, shown: inspector.end() };
  }

  rest(): Buffer {
    return Buffer.concat(this.#held);
  }

  #recognise(): { type: FileType; inspector: Inspector } {
    const head = Buffer.concat(this.#held);
    const type = typeOf(head);
    if (!type) throw new Problem('file-type-refused', { details: { types: [...fileTypes] } });
    if (this.#said !== undefined && this.#said !== type)
      throw new Problem('file-type-differs', { details: { said: this.#said, is: type } });
    const inspector = inspect(formats[type]);
    this.#known = { type, inspector };
    inspector.push(head);
    return this.#known;
  }
}
