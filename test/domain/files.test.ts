import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BRINGERS, endings, fileTypes, nameFault, nameOf, ORIGINAL_READERS } from '../../domain/files.ts';

const at = (point: number): string => String.fromCodePoint(point);

test.each<[string, ReturnType<typeof nameFault>]>([
  ['楼道夜间.jpg', undefined],
  ['before..after (1).jpg', undefined],
  ['.hidden', undefined],
  ['', 'empty'],
  ['   ', 'empty'],
  ['.', 'empty'],
  ['..', 'empty'],
  ['a/b.jpg', 'path'],
  ['a\\b.jpg', 'path'],
  ['C:a.jpg', 'path'],
  ['x'.repeat(255), undefined],
  ['x'.repeat(256), 'too-long'],
  ['名'.repeat(85), undefined],
  ['名'.repeat(86), 'too-long'],
  ['🙂'.repeat(64), 'too-long'],
  [`a${at(0)}b`, 'control'],
  ['a\nb', 'control'],
  [`a${at(0x7f)}`, 'control'],
  [`a${at(0x85)}`, 'control'],
  [`a${at(0xd800)}`, 'control'],
  [`a${at(0x202e)}gpj.exe`, 'bidi'],
  [`a${at(0x2066)}b`, 'bidi'],
  [`a${at(0x200f)}b`, 'bidi'],
  [`a${at(0x200b)}b`, 'bidi'],
  [`a${at(0xfeff)}b`, 'bidi'],
  [`a${at(0x2028)}b`, 'bidi'],
])('the name %j: %s', (name, fault) => expect(nameFault(name)).toBe(fault));

describe('the name under which a file is handed out', () => {
  test.each([
    ['a.jpg', 'a.jpg'],
    ['a.JPEG', 'a.JPEG'],
    ['a', 'a.jpg'],
    ['a.exe', 'a.exe.jpg'],
    ['a.', 'a..jpg'],
  ])('%s is %s', (name, handed) => expect(nameOf(name, 'image/jpeg')).toBe(handed));

  test('ends as one of its type, for every type', () => {
    for (const type of fileTypes)
      expect(endings[type].some((end) => nameOf('x.svg', type).endsWith(`.svg.${end}`))).toBe(true);
  });
});

test('every role that is named here is one of the office', () => {
  const file = new URL('../../prisma/sample/roles.json', import.meta.url);
  const known = (JSON.parse(readFileSync(file, 'utf8')) as { code: string }[]).map(({ code }) => code); // our own sample
  expect([...BRINGERS, ...ORIGINAL_READERS].filter((role) => !known.includes(role))).toEqual([]);
  expect(BRINGERS).not.toContain('auditor');
  expect(BRINGERS).not.toContain('sys_admin');
});
