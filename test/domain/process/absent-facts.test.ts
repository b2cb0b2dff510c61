import { describe, expect, test } from 'vitest';
import { commandNames } from '../../../domain/commands/vocabulary.ts';
import type { Facts } from '../../../domain/process/context.ts';
import { decide } from '../../../domain/process/decide.ts';
import { table } from './decide-table.ts';
import {
  advice,
  type By,
  calendar,
  commandOf,
  given,
  order,
  rolesOf,
  type Scene,
  step,
  SUIT_ALL,
  told,
} from './scene.ts';
import { arrived } from './places.ts';

const people: By[] = [...rolesOf(SUIT_ALL), 'system', { drawn: 'checker' }, { drawn: 'caller' }];

/** Commands that are allowed with every fact at hand, each with what the same rules say when these facts are absent. */
function without(scene: Scene, facts: Facts): string[] {
  return people.flatMap((by) =>
    commandNames
      .map((name) => step(by, name))
      .filter((next) => advice(scene, next).ok)
      .map((next) => decide(scene.plan, scene.state, commandOf(scene, next, false), facts))
      .filter((answer) => !answer.ok)
      .map(told),
  );
}

describe.each(Object.entries(table))('%s', (_title, place) => {
  test('what is allowed with all facts is allowed with none of them: a rule whose fact is absent passes', () => {
    expect(without(place.scene(), {})).toEqual([]);
    expect(without(place.scene(), { calendar })).toEqual([]);
  });
});

describe('a fact that is absent is not a fact that says no', () => {
  const matching = arrived('matching');
  const reserve = commandOf(matching, step('matcher', 'reserve'));

  test.each<[string, Facts, string]>([
    ['no resource was looked for', { calendar }, '→ matching'],
    ['there is no such resource', { resource: null }, 'unknown-resource'],
    ['no grants were looked for', { calendar }, '→ matching'],
    ['there are no grants', { grants: [] }, 'not-permitted'],
  ])('%s: %s', (_title, facts, expected) => {
    expect(told(decide(order, matching.state, reserve, facts))).toBe(expected);
  });

  test('nobody was looked for and nobody is there', () => {
    const handled = arrived('handled');
    const draw = commandOf(handled, step('duty_officer', 'draw-check'));
    expect(told(decide(order, handled.state, draw, { calendar }))).toBe('→ checking');
    given(handled)
      .when(step('duty_officer', 'draw-check', { facts: { eligible: [] } }))
      .answers('nobody-eligible');
  });
});
