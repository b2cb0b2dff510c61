import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../proof/canonical.ts';
import {
  type ChainVerdict,
  contentHash,
  GENESIS,
  recordHash,
  sha256,
  type StoredRecord,
  verifyChain,
} from '../../proof/record.ts';

const digest = (text: string): string => createHash('sha256').update(Buffer.from(text, 'utf8')).digest('hex');

/** Links records by themselves, with the hash made here, so that nothing of ours is tested with itself. */
function chain(contents: readonly object[]): StoredRecord[] {
  const links: StoredRecord[] = [];
  for (const [at, content] of contents.entries()) {
    const bytes = canonical({ ...content, seq: at + 1, prev: links.at(-1)?.hash ?? '0'.repeat(64) });
    links.push({ seq: at + 1, bytes, hash: digest(`four-lists/record/v1\n${bytes}`) });
  }
  return links;
}

const five = chain(
  ['submit', 'register', 'start-matching', 'reserve', 'assign'].map((type, at) => ({ type, at: 1000 + at })),
);
const [first, second, third, fourth, fifth] = five as [
  StoredRecord,
  StoredRecord,
  StoredRecord,
  StoredRecord,
  StoredRecord,
]; // five were made
const head = fifth.hash;

describe('a hash', () => {
  test('of bytes is SHA-256 in lower-case hexadecimal', () => {
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(sha256(new Uint8Array([0xe8, 0xaf, 0x89]))).toBe(sha256('诉'));
  });

  test('of a record is that of its bytes behind the name of what they are', () => {
    fc.assert(
      fc.property(fc.string(), (bytes) => {
        expect(recordHash(bytes)).toBe(digest(`four-lists/record/v1\n${bytes}`));
      }),
      { seed: 42 },
    );
  });

  test('of a record is not the hash of its bytes alone', () => {
    expect(recordHash('{}')).not.toBe(sha256('{}'));
  });

  test('of a value is that of its canonical JSON', () => {
    expect(contentHash({ b: 1, a: '诉求' })).toBe(digest('{"a":"诉求","b":1}'));
  });

  test('before the first record is sixty-four zeros', () => expect(GENESIS).toBe('0'.repeat(64)));
});

describe('an untouched chain', () => {
  test('is intact, and its head is the hash of the last record', () => {
    expect(verifyChain(five)).toEqual({ intact: true, head });
  });

  test('of no record is intact and ends where every chain begins', () => {
    expect(verifyChain([])).toEqual({ intact: true, head: GENESIS });
  });

  test('of anything that records may hold is intact', () => {
    const contents = fc.array(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.maxSafeInteger(), fc.boolean())), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(contents, (records) => {
        expect(verifyChain(chain(records)).intact).toBe(true);
      }),
      { seed: 42 },
    );
  });

  test('shortened at its end is intact by itself: only its head tells', () => {
    expect(verifyChain(five.slice(0, 4))).toEqual({ intact: true, head: fourth.hash });
  });
});

/** A record with a forged content whose own hash was made again, as somebody with write access would. */
function forged(record: StoredRecord, change: object): StoredRecord {
  const said: unknown = JSON.parse(record.bytes);
  const bytes = canonical({ ...(said as object), ...change }); // our own bytes from above
  return { ...record, bytes, hash: digest(`four-lists/record/v1\n${bytes}`) };
}
const withBytes = (record: StoredRecord, bytes: string): StoredRecord => ({ ...record, bytes });

const fault = (seq: number, reason: string): ChainVerdict => ({ intact: false, seq, reason });
const WRONG_HASH = 'its hash is not the hash of its bytes';
const NO_LINK = 'it does not name its predecessor';
const NOT_DENSE = 'its number is not dense';

describe('a tampered chain names the first record that does not hold', () => {
  test.each<[string, StoredRecord[], ChainVerdict]>([
    [
      'a changed value',
      [first, second, withBytes(third, third.bytes.replace('1002', '1003')), fourth, fifth],
      fault(3, WRONG_HASH),
    ],
    ['a changed hash', [first, { ...second, hash: third.hash }, third, fourth, fifth], fault(2, WRONG_HASH)],
    ['a removed record', [first, second, fourth, fifth], fault(4, NOT_DENSE)],
    ['a removed first record', [second, third, fourth, fifth], fault(2, NOT_DENSE)],
    ['two swapped records', [first, third, second, fourth, fifth], fault(3, NOT_DENSE)],
    ['a record twice', [first, second, second, third, fourth, fifth], fault(2, NOT_DENSE)],
    ['a number changed beside its bytes', [first, second, { ...third, seq: 4 }, fourth, fifth], fault(4, NOT_DENSE)],
    [
      'a removed record, the others renumbered beside their bytes',
      [first, second, { ...fourth, seq: 3 }, { ...fifth, seq: 4 }],
      fault(3, 'its bytes give another number'),
    ],
    [
      'a removed record, the next renumbered and hashed anew',
      [first, second, forged({ ...fourth, seq: 3 }, { seq: 3 })],
      fault(3, NO_LINK),
    ],
    [
      'a middle record forged and hashed anew',
      [first, forged(second, { type: 'refuse' }), third, fourth, fifth],
      fault(3, NO_LINK),
    ],
    ['a first record that names a predecessor', [forged(first, { prev: second.hash })], fault(1, NO_LINK)],
    [
      'a record of another chain',
      [first, ...chain([{ type: 'submit' }, { type: 'refuse' }]).slice(1)],
      fault(2, NO_LINK),
    ],
    [
      'bytes that say the same in other words, hashed anew',
      [{ ...first, bytes: ` ${first.bytes}`, hash: recordHash(` ${first.bytes}`) }],
      fault(1, 'its bytes are not canonical'),
    ],
    [
      'a member twice, hashed anew',
      [first.bytes.replace('{', '{"at":1000,')].map((bytes) => ({ seq: 1, bytes, hash: recordHash(bytes) })),
      fault(1, 'its bytes are not canonical'),
    ],
  ])('%s', (_title, records, verdict) => expect(verifyChain(records)).toEqual(verdict));

  test('whichever byte of whichever record is changed', () => {
    const changes = fc.tuple(fc.nat(4), fc.nat(10_000), fc.integer({ min: 1, max: 127 }));
    fc.assert(
      fc.property(changes, ([index, at, by]) => {
        const tampered = five.map((record, place) => {
          if (place !== index) return record;
          const bytes = Buffer.from(record.bytes, 'ascii');
          const where = at % bytes.length;
          bytes[where] = (Number(bytes[where]) + by) % 128;
          return withBytes(record, bytes.toString('ascii'));
        });
        expect(verifyChain(tampered)).toMatchObject({ intact: false, seq: index + 1 });
      }),
      { seed: 42, numRuns: 300 },
    );
  });

  test.each([
    ['no JSON', '{"seq":1'],
    ['a lone value', 'null'],
    ['a fraction', first.bytes.replace('1000', '1000.5')],
    ['a number too large', first.bytes.replace('1000', '99999999999999999')],
    ['half a character', first.bytes.replace('submit', '\\ud83d')],
    ['in another order', `{"type":"submit","at":1000,"prev":"${GENESIS}","seq":1}`],
  ])('bytes that are %s, hashed anew, are named as not canonical, and no crash', (_title, bytes) => {
    expect(verifyChain([{ seq: 1, bytes, hash: recordHash(bytes) }])).toEqual(fault(1, 'its bytes are not canonical'));
  });

  test('a list in place of a record gives no number', () => {
    const listed = { seq: 1, bytes: '[]', hash: recordHash('[]') };
    expect(verifyChain([listed])).toEqual(fault(1, 'its bytes give another number'));
  });
});

test('forging every record after the first leaves a chain that holds, with another head: so heads are published', () => {
  const contents = five.map(({ bytes }) => JSON.parse(bytes) as object); // our own bytes from above
  const rewritten = chain(contents.map((content, at) => (at === 1 ? { ...content, type: 'refuse' } : content)));
  const verdict = verifyChain(rewritten);
  expect(verdict.intact).toBe(true);
  expect(verdict.intact && verdict.head).not.toBe(head);
});
