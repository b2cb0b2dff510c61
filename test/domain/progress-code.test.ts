import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { officeId } from '../../domain/ids.ts';
import { progressCode, readProgressCode, SECRET_BYTES } from '../../domain/progress-code.ts';

const secret = fc.uint8Array({ minLength: SECRET_BYTES, maxLength: SECRET_BYTES });
const office = fc.constantFrom('YX', 'yunxi-2', 'A.b_c');

test('a code is its office and five groups of four, without letters that are taken for others', () => {
  fc.assert(
    fc.property(secret, office, (bytes, of) => {
      const code = progressCode(officeId(of), bytes);
      expect(code.slice(0, of.length)).toBe(of);
      expect(code.slice(of.length)).toMatch(/^(?:-[0-9A-HJKMNP-TV-Z]{4}){5}$/);
      expect(readProgressCode(code)).toEqual({ office: of, code });
    }),
  );
});

test('every bit that is used makes another code: 95 of them, beyond guessing', () => {
  const codes = Array.from({ length: 95 }, (_, bit) => {
    const bytes = new Uint8Array(SECRET_BYTES);
    bytes[Math.floor(bit / 8)] = 128 >> (bit % 8);
    return progressCode(officeId('YX'), bytes);
  });
  expect(new Set([...codes, progressCode(officeId('YX'), new Uint8Array(SECRET_BYTES))]).size).toBe(96);
});

describe('as people write it down', () => {
  const code = progressCode(
    officeId('YX'),
    Uint8Array.from({ length: SECRET_BYTES }, (_, n) => n * 21),
  );

  test('small letters, blanks for dashes, O for 0 and I and L for 1 are read as they were meant', () => {
    const [of = '', ...groups] = code.split('-');
    const written = groups.join('-').toLowerCase();
    for (const text of [
      `${of}-${written}`,
      `${of} ${groups.join(' ')}`,
      ` ${of}-${groups.join('')} `.replace(groups.join(''), groups.join('-')),
      `${of}-${written.replaceAll('0', 'o').replaceAll('1', 'l')}`,
      `${of}-${written.replaceAll('1', 'I')}`,
    ])
      expect([text, readProgressCode(text)?.code]).toEqual([text, code]);
  });

  test('one wrong symbol anywhere is noticed', () => {
    const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    const wrong = Array.from(code).flatMap((right, at) =>
      at < 3 || right === '-'
        ? []
        : Array.from(symbols).flatMap((other) =>
            other === right ? [] : [`${code.slice(0, at)}${other}${code.slice(at + 1)}`],
          ),
    );
    expect(wrong.length).toBe(20 * 31);
    expect(wrong.filter((text) => readProgressCode(text))).toEqual([]);
  });

  test.each([
    '',
    'YX',
    code.slice(3),
    `${code}-1`,
    code.slice(0, -1),
    code.replace('YX', ''),
    `${code}U`,
    `../${code}`,
    '🙂',
  ])('%j is none', (text) => expect(readProgressCode(text)).toBeUndefined());

  test('no text makes reading it fail', () => {
    fc.assert(fc.property(fc.string({ maxLength: 60, unit: 'grapheme' }), (text) => void readProgressCode(text)));
  });
});
