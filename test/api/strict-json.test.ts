import { assert, constantFrom, jsonValue, property, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../api/problem.ts';
import { parseStrictJson } from '../../api/strict-json.ts';

function outcome(bytes: string | Buffer): unknown {
  try {
    return parseStrictJson(Buffer.from(bytes));
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
}

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('what two readers might understand differently is refused, each with its own code', () => {
  test.each<[string, string | Buffer, string]>([
    ['nothing but blanks', '  ', 'json-malformed'],
    ['a cut-off object', '{"a":1', 'json-malformed'],
    ['a trailing comma', '{"a":1,}', 'json-malformed'],
    ['a comment', '{"a":1} // x', 'json-malformed'],
    ['two values', '{} {}', 'json-malformed'],
    ['single quotes', "{'a':1}", 'json-malformed'],
    ['a leading zero', '{"a":01}', 'json-malformed'],
    ['NaN', '{"a":NaN}', 'json-malformed'],
    ['a raw line feed in a text', '{"a":"\n"}', 'json-malformed'],
    ['a byte order mark', '\uFEFF{}', 'json-byte-order-mark'],
    ['UTF-16', Buffer.from('{}', 'utf16le'), 'json-malformed'],
    ['a byte that begins nothing', Buffer.from([0x22, 0xff, 0x22]), 'json-invalid-utf8'],
    ['an overlong slash', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'json-invalid-utf8'],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'json-invalid-utf8'],
    ['a cut-off character', Buffer.from([0x22, 0xe4, 0xb8]), 'json-invalid-utf8'],
    ['a key twice', '{"a":1,"a":2}', 'json-duplicate-key'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}', 'json-duplicate-key'],
    ['a key twice, far down', '{"x":[{"y":{"b":1,"c":{},"b":2}}]}', 'json-duplicate-key'],
    ['a key twice with blanks before the colon', '{"a" :1,"a"\t:2}', 'json-duplicate-key'],
    ['an empty key twice', '{"":1,"":2}', 'json-duplicate-key'],
    ['U+0000 in a text', '{"a":"x\\u0000"}', 'json-null-character'],
    ['U+0000 in a key', '{"\\u0000":1}', 'json-null-character'],
    ['U+0000 in a list', '["\\u0000"]', 'json-null-character'],
    ['a high surrogate alone', '{"a":"\\ud83d"}', 'json-lone-surrogate'],
    ['a low surrogate alone', '{"a":"\\ude00x"}', 'json-lone-surrogate'],
    ['surrogates the wrong way round', '{"a":"\\ude00\\ud83d"}', 'json-lone-surrogate'],
    ['a surrogate alone in a key', '{"\\ud83d":1}', 'json-lone-surrogate'],
    ['33 levels', nested(33), 'json-too-deep'],
    ['a hundred thousand levels', nested(100_000), 'json-too-deep'],
    ['33 levels of objects', '{"a":'.repeat(33) + '1' + '}'.repeat(33), 'json-too-deep'],
    ['2^53', '{"a":9007199254740992}', 'json-unsafe-number'],
    ['−2^53', '{"a":-9007199254740992}', 'json-unsafe-number'],
    ['2^53 with a fraction', '{"a":9007199254740993.0}', 'json-unsafe-number'],
    ['a large number as an exponent', '{"a":1e16}', 'json-unsafe-number'],
    ['a number beyond all numbers', '{"a":-1E+999}', 'json-unsafe-number'],
    ['an unsafe number in a list', '[0,[1,92233720368547758070]]', 'json-unsafe-number'],
    ['the key __proto__', '{"__proto__":{"a":1}}', 'json-proto-key'],
    ['the key __proto__, escaped', '{"x":{"\\u005f_proto__":1}}', 'json-proto-key'],
  ])('%s', (_what, bytes, code) => expect(outcome(bytes)).toBe(code));
});

describe('what is unusual and clear is read as the engine reads it', () => {
  test.each([
    '{}',
    ' [ ] ',
    'null',
    '"x"',
    '{"a":[1,2,{"a":3}],"b":{"a":4}}',
    '{"a":"a","b":"a","c":["a","a"]}',
    '{"a":9007199254740991,"b":-9007199254740991,"c":9.007199254740991e15,"d":-0,"e":0.1}',
    '{"\\"":1,"\\\\":2,"\\\\\\"":3}',
    '{"a":"{\\"b\\":1,\\"b\\":2}"}',
    '{"a":"\\ud83d\\ude00 𠮷 \\u007f"}',
    '{"a:b":"c:d","e":":"}',
    '{"a":"1e999"}',
    nested(32),
    '{"constructor":1,"prototype":2,"toString":3}',
  ])('%s', (text) => expect(outcome(text)).toEqual(JSON.parse(text)));

  test('any value that JSON can hold, however it is spaced, comes through unchanged', () => {
    assert(
      property(jsonValue({ maxDepth: 6 }), constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        const parsed: unknown = JSON.parse(text);
        const said = outcome(text);
        if (typeof said === 'string' && said.startsWith('json-')) return; // held one of the refused things
        expect(said).toEqual(parsed);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  test('any bytes at all get a value or a code, never another error', () => {
    assert(
      property(uint8Array({ maxLength: 60 }), (bytes) => {
        outcome(Buffer.from(bytes));
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});

test.each([
  ['one long text', `{"a":"${'x'.repeat(250_000)}"}`],
  ['one long text of escapes', `{"a":"${'\\"'.repeat(125_000)}"}`],
  ['many small texts', `[${'"a",'.repeat(60_000)}"a"]`],
  ['many keys', `{${Array.from({ length: 20_000 }, (_none, at) => `"k${at}":1`).join()}}`],
])('a body of 256 KiB is examined without fail: %s', (_what, text) => {
  expect(outcome(text)).toEqual(JSON.parse(text));
});
