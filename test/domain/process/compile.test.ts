import { describe, expect, test } from 'vitest';
import { compile } from '../../../domain/process/compile.ts';
import type { Clock, Definition, DefinedTransition } from '../../../domain/process/definition.ts';

const words = { zh: '词', en: 'word' };

/** Small, whole and without a fault; each test spoils one thing. */
const sound: Definition = {
  id: 'small',
  kind: 'case',
  version: 1,
  engine: 1,
  title: words,
  start: 'draft',
  states: [
    { id: 'draft', stage: 'demand-list', title: words },
    { id: 'closed', stage: 'closure-review', title: words, terminal: true },
  ],
  transitions: [
    { command: 'submit', from: ['draft'], to: 'closed', roles: ['reporter'], clocks: { start: ['retention'] } },
    { command: 'archive', from: ['closed'], to: 'self', roles: [], auto: {}, when: { value: 'holds', is: 0 } },
  ],
  clocks: [{ id: 'retention', owner: 'system', limit: { kind: 'natural_day', amount: 30 }, warnAt: [5000, 8000] }],
  separation: [],
};

function problems(definition: Definition): string[] {
  const compiled = compile(definition);
  return compiled.ok ? [] : compiled.problems;
}

const withFirst = (change: object): Definition => ({
  ...sound,
  transitions: sound.transitions.map((transition, at) => (at === 0 ? { ...transition, ...change } : transition)),
});
const withAuto = (change: Partial<DefinedTransition>): Definition => ({
  ...sound,
  transitions: sound.transitions.map((transition) => (transition.auto ? { ...transition, ...change } : transition)),
});
const withClock = (change: Partial<Clock>): Definition => ({
  ...sound,
  clocks: sound.clocks.map((clock) => ({ ...clock, ...change })),
});

test('a sound definition compiles', () => expect(problems(sound)).toEqual([]));

test('the plan is the definition without the words for people, its places by their position', () => {
  const compiled = compile(sound);
  const { title: _title, ...rest } = sound;
  const states = [
    { id: 'draft', stage: 'demand-list' },
    { id: 'closed', stage: 'closure-review', terminal: true },
  ];
  const [submit, archive] = sound.transitions.map(({ from: _names, to: _name, ...transition }) => transition);
  const transitions = [
    { ...submit, from: [0], to: 'closed' },
    { ...archive, from: [1] },
  ];
  expect(compiled).toEqual({ ok: true, plan: { ...rest, states, transitions } });
  expect(JSON.stringify(compiled)).not.toContain(words.zh);
});

describe('each fault is told, and nothing else', () => {
  test.each<[string, Definition]>([
    ['state draft is defined twice', { ...sound, states: [...sound.states, ...sound.states.slice(0, 1)] }],
    [
      'state nowhere: no stage',
      { ...sound, states: [...sound.states, { id: 'nowhere', stage: 'attic' as never, title: words }] }, // what JSON may hold
    ],
    ['start: no state dawn', { ...sound, start: 'dawn' }],
    ['transition 1 (teleport): unknown command', withFirst({ command: 'teleport' })],
    ['transition 1 (toString): unknown command', withFirst({ command: 'toString' })],
    ['transition 1 (submit): no state limbo', withFirst({ from: ['limbo'] })],
    ['transition 1 (submit): no state limbo', withFirst({ to: 'limbo' })],
    ['transition 1 (submit): no clock sundial', withFirst({ clocks: { start: ['sundial'] } })],
    ['transition 1 (submit): no clock sundial', withFirst({ clocks: { stop: ['sundial'] } })],
    ['transition 2 (archive): unknown activity dream', withAuto({ auto: { activity: 'dream' as never } })], // what JSON may hold
    [
      'transition 2 (archive): an automatic guard reads payload.kind',
      withAuto({ when: { not: { value: 'payload.kind', is: 1 } } }),
    ],
    ['clock retention: warnAt must be whole numbers that rise between 1 and 9999', withClock({ warnAt: [0] })],
    ['clock retention: warnAt must be whole numbers that rise between 1 and 9999', withClock({ warnAt: [10_000] })],
    ['clock retention: warnAt must be whole numbers that rise between 1 and 9999', withClock({ warnAt: [8000, 8000] })],
    ['clock retention: warnAt must be whole numbers that rise between 1 and 9999', withClock({ warnAt: [8000, 5000] })],
    ['clock retention: warnAt must be whole numbers that rise between 1 and 9999', withClock({ warnAt: [Number.NaN] })],
    ['clock retention: warnAt must be whole numbers that rise between 1 and 9999', withClock({ warnAt: [0.5] })],
  ])('%# %s', (problem, spoilt) => expect(problems(spoilt)).toEqual([problem]));

  test('and all of them at once, in the order of the definition', () => {
    const spoilt = { ...withFirst({ to: 'limbo', clocks: { start: ['sundial'] } }), start: 'dawn' };
    expect(problems(spoilt)).toEqual([
      'start: no state dawn',
      'transition 1 (submit): no state limbo',
      'transition 1 (submit): no clock sundial',
    ]);
  });
});

describe('what is no fault', () => {
  test('a transition that stays where it is', () => expect(problems(withFirst({ to: 'self' }))).toEqual([]));

  test('a guard over the payload where a person acts', () =>
    expect(problems(withFirst({ when: { value: 'payload.kind', is: 'idea' } }))).toEqual([]));

  test('a clock without a warning', () => expect(problems(withClock({ warnAt: [] }))).toEqual([]));
});
