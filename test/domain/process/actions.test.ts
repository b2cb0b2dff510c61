import { describe, expect, test } from 'vitest';
import { commandNames } from '../../../domain/commands/vocabulary.ts';
import { userId } from '../../../domain/ids.ts';
import { type Action, actions } from '../../../domain/process/actions.ts';
import { refusalCodes } from '../../../domain/refusals.ts';
import { table } from './decide-table.ts';
import { arrived, closed, passed } from './places.ts';
import { advice, decision, grantsOf, rolesOf, type Scene, step, SUIT_ALL, told } from './scene.ts';

const people = [...rolesOf(SUIT_ALL), 'inspector-2', 'callback_clerk-2', SUIT_ALL];

function buttons(scene: Scene, person: string): Action[] {
  const asking = { actor: { kind: 'person', user: userId(person) }, at: scene.at, seed: scene.head } as const;
  return actions(scene.plan, scene.state, asking, () => ({ grants: grantsOf(person) }));
}

function button(scene: Scene, person: string, command: string): Action | undefined {
  return buttons(scene, person).find((action) => action.command === command);
}

describe.each(Object.entries(table))('%s', (_title, place) => {
  const scene = place.scene();

  test('shows every command that people give, each once, to everybody', () => {
    for (const person of people)
      expect(buttons(scene, person).map(({ command }) => command)).toEqual(
        commandNames.filter((name) => !['submit', 'absorb', 'reach-level', 'correct-calendar'].includes(name)),
      );
  });

  test('offers whatever would be accepted with the right payload', () => {
    const wrongly = people.flatMap((person) =>
      buttons(scene, person).filter(({ command, allowed }) => !allowed && decision(scene, step(person, command)).ok),
    );
    expect(wrongly).toEqual([]);
  });

  test('refuses for the reason that the command itself would be refused for', () => {
    const told = people.flatMap((person) =>
      buttons(scene, person).flatMap((action) => {
        const given = decision(scene, step(person, action.command));
        return action.refusal && !given.ok ? [[action.refusal.code, given.refusal.code]] : [];
      }),
    );
    expect(told.filter(([asked, given]) => asked !== given)).toEqual([]);
    expect(told.length).toBeGreaterThan(0);
  });

  test('says of each command either where it leads or why not, with a known code', () => {
    const all = people.flatMap((person) => buttons(scene, person));
    const states = scene.plan.states.map(({ id }) => id);
    expect(all.filter(({ allowed, to }) => allowed && !states.includes(to ?? ''))).toEqual([]);
    expect(
      all.filter(({ allowed, refusal }) => !allowed && !refusalCodes.some((code) => code === refusal?.code)),
    ).toEqual([]);
    expect(all.filter(({ allowed, refusal, to }) => (allowed ? refusal : to) !== undefined)).toEqual([]);
  });
});

test('an offered command leads where giving it leads', () => {
  const checker = String(arrived('checking').state.drawn[0]?.[0]);
  expect(button(arrived('signed'), 'caseworker', 'contact')).toMatchObject({ allowed: true, to: 'contacted' });
  expect(button(passed(), 'duty_officer', 'draw-call-back')).toMatchObject({ allowed: true, to: 'callback' });
  expect(button(arrived('checking'), checker, 'check')?.allowed).toBe(true);
});

test('names the transitions that were passed over, with their guards', () => {
  const dispatch = button(arrived('matching'), 'dispatcher', 'dispatch');
  expect(dispatch).toMatchObject({ allowed: false, refusal: { code: 'guard-not-met' } });
  expect(dispatch?.passedOver).toEqual([
    {
      to: 'dispatched',
      when: {
        all: [
          { value: 'needs.uncovered', is: 0 },
          { value: 'lead', is: 1 },
          { value: 'blocker', in: [null, 'NO_RESOURCE'] },
        ],
      },
      roles: ['dispatcher'],
    },
  ]);
});

test('names no transition as passed over while its guard depends on what will be entered', () => {
  expect(button(arrived('closure_review'), 'closure_reviewer', 'review')?.passedOver).toEqual([]);
});

test('tells a person whom the rules keep apart why, before they enter anything', () => {
  expect(told(advice(arrived('closure_review'), step(SUIT_ALL, 'review')))).toBe('→ closed');
  const reviewer = button(arrived('closure_review'), 'closure_reviewer', 'review');
  const handler = actions(
    arrived('closure_review').plan,
    arrived('closure_review').state,
    { actor: { kind: 'person', user: userId('caseworker') }, at: arrived('closure_review').at, seed: closed().head },
    () => ({ grants: grantsOf('closure_reviewer') }),
  ).find(({ command }) => command === 'review');
  expect([reviewer?.allowed, handler?.refusal?.code]).toEqual([true, 'separation-of-duties']);
});
