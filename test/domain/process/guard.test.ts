import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  evaluate,
  type Guard,
  guardProblems,
  type GuardValue,
  type Scope,
  type Truth,
} from '../../../domain/process/guard.ts';
import { scopeOf } from '../../../domain/process/state.ts';
import { arrived, covered, expired, closed } from './places.ts';

const YES: Guard = { value: 'known', is: 1 };
const NO: Guard = { value: 'known', is: 2 };
const UNKNOWN: Guard = { value: 'payload.outcome', is: 'fail' };
const asking: Scope = { values: { known: 1 }, payloadKnown: false };

const truths: [Truth, Guard][] = [
  ['yes', YES],
  ['unknown', UNKNOWN],
  ['no', NO],
];
const least = (a: Truth, b: Truth): Truth =>
  a === 'no' || b === 'no' ? 'no' : a === 'yes' && b === 'yes' ? 'yes' : 'unknown';
const most = (a: Truth, b: Truth): Truth =>
  a === 'yes' || b === 'yes' ? 'yes' : a === 'no' && b === 'no' ? 'no' : 'unknown';
const pairs = truths.flatMap(([a, left]) => truths.map(([b, right]) => ({ a, b, left, right })));

describe('three values', () => {
  test.each(pairs)('$a and $b', ({ a, b, left, right }) => {
    expect(evaluate({ all: [left, right] }, asking)).toBe(least(a, b));
  });

  test.each(pairs)('$a or $b', ({ a, b, left, right }) => {
    expect(evaluate({ any: [left, right] }, asking)).toBe(most(a, b));
  });

  test.each<[Truth, Truth]>([
    ['yes', 'no'],
    ['no', 'yes'],
    ['unknown', 'unknown'],
  ])('not %s is %s', (value, expected) => {
    const guard = truths.find(([truth]) => truth === value)?.[1] ?? YES;
    expect(evaluate({ not: guard }, asking)).toBe(expected);
  });

  test('all of nothing holds, any of nothing does not', () => {
    expect([evaluate({ all: [] }, asking), evaluate({ any: [] }, asking)]).toEqual(['yes', 'no']);
  });
});

describe('a comparison', () => {
  const values: Record<string, GuardValue> = { text: 'pass', zero: 0, three: 3, nothing: null };
  const holds = (guard: Guard): Truth => evaluate(guard, { values, payloadKnown: true });

  test.each<[Guard, Truth]>([
    [{ value: 'text', is: 'pass' }, 'yes'],
    [{ value: 'text', is: 'fail' }, 'no'],
    [{ value: 'zero', is: 0 }, 'yes'],
    [{ value: 'zero', is: null }, 'no'],
    [{ value: 'absent', is: null }, 'yes'],
    [{ value: 'nothing', is: null }, 'yes'],
    [{ value: 'three', is: '3' }, 'no'],
    [{ value: 'text', in: ['fail', 'pass'] }, 'yes'],
    [{ value: 'text', in: [] }, 'no'],
    [{ value: 'absent', in: [null] }, 'yes'],
    [{ value: 'three', atLeast: 3 }, 'yes'],
    [{ value: 'three', atLeast: 4 }, 'no'],
    [{ value: 'text', atLeast: 0 }, 'no'],
    [{ value: 'absent', atLeast: 0 }, 'no'],
    [{ value: 'toString', is: null }, 'yes'],
    [{ value: 'payload.absent', is: null }, 'yes'],
  ])('%j: %s', (guard, expected) => expect(holds(guard)).toBe(expected));
});

const guards = fc.letrec<{ guard: Guard }>((tie) => ({
  guard: fc.oneof(
    { maxDepth: 4 },
    fc.record({
      value: fc.constantFrom('known', 'absent', 'payload.outcome'),
      is: fc.constantFrom<GuardValue>(1, 2, 'fail', null),
    }),
    fc.record({ not: tie('guard') }),
    fc.record({ all: fc.array(tie('guard'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('guard'), { maxLength: 3 }) }),
  ),
})).guard;

test('a guard that is decided without the payload is decided so with every payload', () => {
  fc.assert(
    fc.property(guards, fc.constantFrom('fail', 'pass', 1, 2), (guard, outcome) => {
      const advice = evaluate(guard, asking);
      const told = evaluate(guard, { values: { ...asking.values, 'payload.outcome': outcome }, payloadKnown: true });
      expect(told).not.toBe('unknown');
      if (advice !== 'unknown') expect(told).toBe(advice);
    }),
    { seed: 42, numRuns: 500 },
  );
});

describe('an automatic guard', () => {
  test.each<[string, Guard]>([
    ['alone', UNKNOWN],
    ['inside all', { all: [YES, UNKNOWN] }],
    ['inside any', { any: [YES, UNKNOWN] }],
    ['inside not', { not: UNKNOWN }],
  ])('that reads the payload %s is a problem', (_title, guard) => {
    expect(guardProblems(guard, true)).toEqual(['an automatic guard reads payload.outcome']);
    expect(guardProblems(guard, false)).toEqual([]);
  });
});

describe('what a guard may read of an item', () => {
  test('fields, open needs, lead, holds and counts', () => {
    const before = scopeOf(arrived('matching').state).values;
    const after = scopeOf(covered().state).values;
    expect(before).toMatchObject({ area: 'grid-1', 'needs.uncovered': 1, lead: 0, holds: 0, 'count.reworks': 0 });
    expect(after).toMatchObject({ 'needs.uncovered': 0, lead: 1, holds: 2 });
  });

  test('how many levels of a clock are recorded, and that the last one is', () => {
    expect(scopeOf(closed().state).values['clock.retention']).toBe(0);
    expect(scopeOf(expired(closed()).state).values['clock.retention']).toBe('due');
    expect(scopeOf(closed().state).values).not.toHaveProperty('clock.handle');
  });

  test('codes and integers of the payload, nothing nested', () => {
    const scope = scopeOf(arrived('matching').state, { outcome: 'fail', amount: 2, evidence: [{ kind: 'photo' }] });
    expect(scope).toMatchObject({ payloadKnown: true, values: { 'payload.outcome': 'fail', 'payload.amount': 2 } });
    expect(scope.values).not.toHaveProperty('payload.evidence');
  });
});
