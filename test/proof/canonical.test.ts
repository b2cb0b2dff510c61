import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../proof/canonical.ts';

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '\u0000\u001f\u007f',
    '"\\/\b\f\n\r\t',
    '\u2028\u2029',
    '诉求',
    '😀',
    '\ufb33',
    '__proto__',
    'toString',
  ),
);
const integers = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
/** What records hold: objects, arrays, well-formed texts, booleans, null, safe integers. */
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    integers,
    texts,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(texts, tie('value'), { maxKeys: 5 }),
  ),
})).value;
const settings = { seed: 42, numRuns: 1000 };

describe('canonical JSON', () => {
  test('is what the reference implementation of RFC 8785 writes', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(canonical(value)).toBe(canonicalize(value));
      }),
      settings,
    );
  });

  test('read again and written again is the same text', () => {
    fc.assert(
      fc.property(values, (value) => {
        const written = canonical(value);
        expect(canonical(JSON.parse(written))).toBe(written);
      }),
      settings,
    );
  });

  test('does not depend on the order in which members were set', () => {
    fc.assert(
      fc.property(fc.dictionary(texts, values, { maxKeys: 6 }), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonical(turned)).toBe(canonical(value));
      }),
      settings,
    );
  });

  test('sorts members by UTF-16 code units, not by code points', () => {
    expect(canonical({ '\ufb33': 1, '😀': 2, 1: 3, '': 4 })).toBe('{"":4,"1":3,"😀":2,"\ufb33":1}');
  });

  test('has no white space and writes control characters as JSON does', () => {
    expect(canonical({ b: [1, null, true], a: '\u0007"\n' })).toBe('{"a":"\\u0007\\"\\n","b":[1,null,true]}');
  });

  test('writes an object without a prototype like any other', () => {
    expect(canonical(Object.assign(Object.create(null), { b: 1 }))).toBe('{"b":1}');
  });

  test('writes minus zero as zero', () => expect(canonical([-0])).toBe('[0]'));

  test('leaves out members without a value, as JSON does', () => {
    expect(canonical({ a: undefined, b: 1 })).toBe('{"b":1}');
  });
});

describe('is refused, wherever it stands', () => {
  const wrong: [string, unknown][] = [
    ['a fraction', 0.5],
    ['a whole number beyond the safe ones', 2 ** 53],
    ['a whole number below the safe ones', -(2 ** 53)],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a high surrogate alone', 'a\ud83d'],
    ['a low surrogate alone', '\ude00b'],
    ['surrogates the wrong way round', '\ude00\ud83d'],
    ['a big integer', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
  ];
  const places: [string, (value: unknown) => unknown][] = [
    ['alone', (value) => value],
    ['in an array', (value) => [1, value]],
    ['as a member', (value) => ({ a: { b: value } })],
  ];

  test.each(wrong.flatMap(([what, value]) => places.map(([where, put]) => [what, where, put(value)] as const)))(
    '%s, %s',
    (_what, _where, value) => expect(() => canonical(value)).toThrow(TypeError),
  );

  test('nothing at all, alone and in an array', () => {
    expect(() => canonical(undefined)).toThrow(TypeError);
    expect(() => canonical([undefined])).toThrow(TypeError);
  });

  test.each<[string, unknown]>([
    ['a date', new Date(0)],
    ['a map', new Map([['a', 1]])],
    ['a set', new Set([1])],
    [
      'an object of a class',
      new (class Point {
        x = 1;
      })(),
    ],
  ])('%s, whose content would be lost', (_what, value) => {
    expect(() => canonical({ a: value })).toThrow(TypeError);
  });

  test('a list with a hole, which would not be JSON', () => {
    expect(() => canonical(Object.assign([], { 2: 'third' }))).toThrow(TypeError);
  });

  test('a lone surrogate in the name of a member', () => {
    expect(() => canonical({ '\ud83d': 1 })).toThrow(TypeError);
  });

  test('any number that is no safe integer', () => {
    const others = fc.double().filter((value) => !Number.isSafeInteger(value));
    fc.assert(
      fc.property(others, (value) => {
        expect(() => canonical(value)).toThrow(TypeError);
      }),
      settings,
    );
  });
});
