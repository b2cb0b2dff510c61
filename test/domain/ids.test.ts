import { describe, expect, test } from 'vitest';
import * as ids from '../../domain/ids.ts';

const { hash, isId } = ids;
const constructors = [ids.officeId, ids.itemId, ids.userId, ids.grantId, ids.teamId, ids.resourceId, ids.unitId];

describe('an id', () => {
  test.each(['a', '7', 'grid-1', 'Intake_clerk.2', 'x'.repeat(64)])('%s is one', (text) => {
    expect(isId(text)).toBe(true);
    expect(constructors.map((make) => make(text))).toEqual(constructors.map(() => text));
  });

  test.each([
    ['', 'nothing'],
    ['x'.repeat(65), 'sixty-five characters'],
    ['-a', 'a dash first'],
    ['_a', 'an underscore first'],
    ['.', 'a dot alone'],
    ['a b', 'a space'],
    ['a\n', 'a line break at its end'],
    ['a/b', 'a slash'],
    ['诉求', 'other letters'],
    ["a'", 'a quotation mark'],
  ])('%j is none: %s', (text) => {
    expect(isId(text)).toBe(false);
    for (const make of constructors) expect(() => make(text)).toThrow(RangeError);
  });
});

describe('a hash', () => {
  test('is 64 lower-case hexadecimal digits', () => expect(hash('0123456789abcdef'.repeat(4))).toHaveLength(64));

  test.each([
    ['a'.repeat(63), 'too short'],
    ['a'.repeat(65), 'too long'],
    ['A'.repeat(64), 'upper case'],
    ['g'.repeat(64), 'no hexadecimal digit'],
    [`${'a'.repeat(64)}\n`, 'a line break at its end'],
  ])('%j is none: %s', (text) => expect(() => hash(text)).toThrow(RangeError));
});

describe('the id of an item that a record begins', () => {
  const seed = hash('0123456789abcdef'.repeat(4));

  test('is of the hash before that record and a number, laid out like the ids that are drawn', () => {
    expect(ids.itemBornOf(seed, 0)).toBe('01234567-89ab-cdef-0123-456789abcd00');
    expect(ids.itemBornOf(seed, 9)).toBe('01234567-89ab-cdef-0123-456789abcd09');
  });

  test('is another one for each sister', () => {
    const born = Array.from({ length: 10 }, (_none, n) => ids.itemBornOf(seed, n));
    expect(new Set(born).size).toBe(10);
  });
});
