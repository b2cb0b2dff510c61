import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decision } from '../../../domain/process/decide.ts';
import { type Hash, hash, type UserId, userId } from '../../../domain/ids.ts';
import { holds, separated } from '../../../domain/process/permission.ts';
import { arrived, passed, reworked } from './places.ts';
import { advice, commandOf, decision, given, order, play, rolesOf, type Scene, step, SUIT_ALL, told } from './scene.ts';
import { decide } from '../../../domain/process/decide.ts';

const people = (...names: string[]): UserId[] => names.map(userId);

function drawnFrom(scene: Scene, eligible: UserId[]): UserId | string {
  const answer = decision(scene, step('system', 'draw-check', { facts: { eligible } }));
  if (!answer.ok) return answer.refusal.code;
  return answer.events.flatMap((event) => (event.type === 'drawn' ? [event.user] : []))[0] ?? 'nobody';
}

const withSeed = (scene: Scene, seed: Hash): Scene => ({ ...scene, head: seed });
const seeds = fc
  .array(fc.integer({ min: 0, max: 15 }), { minLength: 64, maxLength: 64 })
  .map((digits) => hash(digits.map((digit) => digit.toString(16)).join('')));
const crowds = fc
  .uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 12 })
  .map((numbers) => people(...numbers.sort((a, b) => a - b).map((number) => `person-${number}`)));

describe('a draw', () => {
  const handled = arrived('handled');

  test('falls on one of those who are eligible', () => {
    fc.assert(
      fc.property(seeds, crowds, (seed, crowd) => {
        expect(crowd).toContain(drawnFrom(withSeed(handled, seed), crowd));
      }),
      { seed: 42 },
    );
  });

  test('is the person whom the first 48 bits of the seed name, so that anybody can draw again', () => {
    fc.assert(
      fc.property(seeds, crowds, (seed, crowd) => {
        const again = crowd[Number(BigInt(`0x${seed.slice(0, 12)}`) % BigInt(crowd.length))];
        expect(drawnFrom(withSeed(handled, seed), crowd)).toBe(again);
      }),
      { seed: 42 },
    );
  });

  test('depends on seed and people only: neither the hour nor who asks for it matters', () => {
    const byHand = decision(handled, step('duty_officer', 'draw-check', { after: 86_400_000 }));
    const bySystem = decision(handled, step('system', 'draw-check'));
    const drawn = (answer: Decision): unknown => answer.ok && answer.events.filter(({ type }) => type === 'drawn');
    expect(drawn(byHand)).toEqual(drawn(bySystem));
    expect(bySystem.ok).toBe(true);
  });

  test('reaches everybody over many seeds', () => {
    const crowd = people('a', 'b', 'c');
    const found = fc.sample(seeds, { seed: 42, numRuns: 100 }).map((seed) => drawnFrom(withSeed(handled, seed), crowd));
    expect([...new Set(found)].sort()).toEqual(crowd);
  });

  test('never falls on somebody whom the rules keep apart, whatever the seed', () => {
    const crowd = people('caseworker', 'inspector', 'unit_clerk');
    const found = fc.sample(seeds, { seed: 42, numRuns: 50 }).map((seed) => drawnFrom(withSeed(handled, seed), crowd));
    expect(new Set(found)).toEqual(new Set(['inspector']));
  });

  test('is refused when nobody is eligible', () => {
    given(handled)
      .when(step('system', 'draw-check', { facts: { eligible: [] } }))
      .answers('nobody-eligible');
  });

  test('is refused when everybody eligible is kept apart', () => {
    given(handled)
      .when(step('system', 'draw-check', { facts: { eligible: people('caseworker', 'unit_clerk') } }))
      .answers('nobody-eligible');
  });

  test('made again by the supervisor replaces the person drawn before', () => {
    const again = play(
      arrived('checking'),
      step('supervisor', 'draw-check', { facts: { eligible: people('inspector-9') } }),
    );
    expect(again.state.drawn).toEqual([['inspector-9', 'checker']]);
  });

  test('for the call-back leaves the drawn checker on the item', () => {
    const { drawn } = arrived('callback').state;
    expect(drawn.map(([, duty]) => duty)).toEqual(['checker', 'caller']);
  });

  test('gives no duty: only acting does', () => {
    expect(arrived('checking').state.duties).toEqual(handled.state.duties);
  });
});

describe('asked about, without the people at hand', () => {
  test('a draw is allowed, because the fact is absent', () => {
    const scene = arrived('handled');
    const command = commandOf(scene, step('duty_officer', 'draw-check'), false);
    expect(told(decide(order, scene.state, command, {}))).toBe('→ checking');
  });

  test('a draw that could fall on nobody is refused beforehand', () => {
    const nobody = { facts: { eligible: [] } };
    expect(told(advice(arrived('handled'), step('duty_officer', 'draw-check', nobody)))).toBe('nobody-eligible');
  });
});

test('a checker who failed the work may be drawn for its second check', () => {
  const [first] = reworked().state.drawn;
  const again = play(reworked(), step('caseworker', 'start-work'), step('caseworker', 'hand-in'));
  expect(first && holds(again.state, first[0], 'checker')).toBe(true);
  expect(drawnFrom(again, first ? [first[0]] : [])).toBe(first?.[0]);
});

test('holding every role does not keep anybody from a duty: only what they did on this item does', () => {
  expect(rolesOf(SUIT_ALL).length).toBeGreaterThan(10);
  expect(separated(order, passed().state, userId(SUIT_ALL), 'closure_reviewer')).toBeUndefined();
});
