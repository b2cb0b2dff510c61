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
import { arrived, closed, covered, expired, routed } from './places.ts';
import { play, type Scene, step } from './scene.ts';

const YES: Guard = { value: 'known', is: 1 };
const NO: Guard = { value: 'known', is: 2 };
const UNKNOWN: Guard = { value: 'payload.outcome', is: 'fail' };
const over = (values: Record<string, GuardValue>, payloadKnown: boolean): Scope => ({
  read: (name) => values[name] ?? null,
  payloadKnown,
});
const asking = over({ known: 1 }, false);

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
  const holds = (guard: Guard): Truth => evaluate(guard, over(values, true));

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
      const told = evaluate(guard, over({ known: 1, 'payload.outcome': outcome }, true));
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
  const reads = ({ state }: Scene, ...names: string[]): GuardValue[] => names.map(scopeOf(state).read);

  test('fields, open needs, lead, holds and counts', () => {
    const names = ['area', 'needs.uncovered', 'lead', 'holds', 'count.reworks', 'requests', 'tasks', 'links'];
    expect(reads(arrived('matching'), ...names)).toEqual(['grid-1', 1, 0, 0, 0, 0, 0, 0]);
    expect(reads(covered(), ...names)).toEqual(['grid-1', 0, 1, 2, 0, 0, 0, 0]);
  });

  test('whether the catalogue names the team and none ever led', () => {
    expect(reads(arrived('matching'), 'catalogue.team')).toEqual([0]);
    expect(reads(routed(), 'catalogue.team')).toEqual([1]);
    const released = play(play(routed(), step('dispatcher', 'assign')), step('matcher', 'release'));
    expect(reads(released, 'lead', 'catalogue.team')).toEqual([0, 0]);
  });

  test('how many levels of a clock are recorded, and that the last one is', () => {
    expect(reads(closed(), 'clock.retention', 'clock.handle')).toEqual([0, null]);
    expect(reads(expired(closed()), 'clock.retention')).toEqual(['due']);
  });

  test('codes and integers of the payload, nothing nested', () => {
    const payload = { outcome: 'fail', amount: 2, evidence: [{ kind: 'photo' }] };
    const { read, payloadKnown } = scopeOf(arrived('matching').state, payload);
    const names = ['payload.outcome', 'payload.amount', 'payload.evidence', 'payload.absent'];
    expect([payloadKnown, ...names.map(read)]).toEqual([true, 'fail', 2, null, null]);
  });

  test('nothing that every object has', () => {
    const names = ['constructor', 'toString', 'count.constructor', 'payload.constructor', 'clock.constructor', '.', ''];
    expect(names.map(scopeOf(arrived('matching').state, {}).read)).toEqual(names.map(() => null));
  });
});
