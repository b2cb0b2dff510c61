import { expect, test } from 'vitest';
import { light } from '../../../domain/clock/light.ts';
import { at } from './cases.ts';

const [YELLOW, DUE] = [at('2026-03-02T11:12:00'), at('2026-03-02T12:00:00')];

test.each([
  ['2026-03-02T11:11:59.999', 'green'],
  ['2026-03-02T11:12:00', 'yellow'],
  ['2026-03-02T12:00:00', 'yellow'],
  ['2026-03-02T12:00:00.001', 'red'],
  ['2026-03-02T13:00:00', 'red'],
])('at %s the light is %s', (text, colour) => {
  expect(light(at(text), YELLOW, DUE)).toBe(colour);
});

test('without a yellow share it is green up to and including the due instant', () => {
  expect(light(DUE, null, DUE)).toBe('green');
});

test('under an open pause it keeps the light that was reached', () => {
  const later = at('2026-04-02T12:00:00');
  expect([light(later, null, null), light(later, YELLOW, null)]).toEqual(['green', 'yellow']);
});
