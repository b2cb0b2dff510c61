import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Calendar, validateCalendar } from '../../../domain/clock/calendar.ts';
import { reckon, type Terms } from '../../../domain/clock/due.ts';
import { anyTerms, calendar } from './cases.ts';
import { oracle } from './oracle.ts';

function agreement(version: Calendar): (terms: Terms) => void {
  const slow = oracle(version);
  return (terms) => {
    const { due, thresholds } = reckon(terms, version);
    expect([...thresholds, due]).toEqual(slow(terms));
  };
}

test('reckon agrees with a walk through every minute', () => {
  fc.assert(fc.property(anyTerms, agreement(calendar)), { seed: 20_260_216, numRuns: 2000 });
});

test('reckon agrees with the walk for other office hours, up to midnight and without a break', () => {
  const hours = [
    { from: 0, to: 61 },
    { from: 540, to: 600 },
    { from: 600, to: 777 },
    { from: 1300, to: 1440 },
  ];
  const other = { ...calendar, hours };
  expect(validateCalendar(other)).toEqual([]);
  fc.assert(fc.property(anyTerms, agreement(other)), { seed: 20_261_001, numRuns: 400 });
});
