import { expect, test } from 'vitest';
import { compare, TERMS_OF_A_CALENDAR } from './compare.ts';

/** A twentieth of what `npm run clocks` compares. */
const CASES = 5_000;

test('reckon and the ledger agree with a walk through every minute, under any calendar', { timeout: 120_000 }, () => {
  const calendars = CASES / TERMS_OF_A_CALENDAR;
  expect(compare(20_261_125, calendars)).toEqual({ cases: CASES, difference: null });
});
