import { describe, expect, test } from 'vitest';
import { userId } from '../../../domain/ids.ts';
import { decide } from '../../../domain/process/decide.ts';
import type { Transition } from '../../../domain/process/definition.ts';
import { guardAllows, transitionsFrom } from '../../../domain/process/transition.ts';
import { table } from './decide-table.ts';
import { arrived, closed, expired, failCheck, placesOf, reopened, settled } from './places.ts';
import {
  calendar,
  commandOf,
  decision,
  given,
  grantsOf,
  order,
  primary,
  play,
  rolesOf,
  type Scene,
  step,
  SUIT_ALL,
  told,
} from './scene.ts';

const scenes = Object.values(table).map(({ scene }) => scene());
const allRoles = rolesOf(SUIT_ALL);

/** The same command is taken by itself as things stand, by another transition. */
const isOpenToSystem =
  (state: Scene['state']) =>
  (transition: Transition): boolean =>
    transition.auto !== undefined && guardAllows(transition, state, {});

/** The command of this transition given in each of its states, with a payload that makes its guard hold. */
function triesOf(transition: Transition): Scene[] {
  return placesOf(transition).flatMap((from) => scenes.filter(({ state }) => state.at === from));
}

const named = order.transitions.map(
  (transition, at) => [`${at + 1} ${transition.command} → ${transition.to ?? 'self'}`, transition] as const,
);

describe.each(named)('transition %s', (_name, transition) => {
  test('is tried from every state it leads out of', () => {
    expect([...new Set(triesOf(transition).map(({ state }) => state.at))]).toEqual(placesOf(transition));
  });

  test('is not permitted to anybody without one of its roles', () => {
    const others = allRoles.filter((role) => !transition.roles.includes(role));
    const answers = triesOf(transition).flatMap((scene) =>
      others.map((role) => decision(scene, step(role, transition.command))),
    );
    expect(new Set(answers.map(told))).toEqual(new Set(['not-permitted']));
  });

  test('is not permitted to somebody without any grant', () => {
    const answers = triesOf(transition).map((scene) =>
      told(decision(scene, step('nobody', transition.command, { facts: { grants: [] } }))),
    );
    expect(new Set(answers)).toEqual(new Set(['not-permitted']));
  });

  if (!transition.auto)
    test('is not permitted to the system by itself, because it is not automatic', () => {
      const alone = step('system', transition.command, { source: null });
      const answers = triesOf(transition)
        .filter(({ plan, state }) => !transitionsFrom(plan, state, transition.command).some(isOpenToSystem(state)))
        .map((scene) => told(decision(scene, alone)));
      expect(answers).toContain('not-permitted'); // or the guard of one that is automatic does not hold
      expect(answers.filter((answer) => answer !== 'not-permitted' && answer !== 'guard-not-met')).toEqual([]);
    });

  if (transition.auto)
    test('is taken by the system somewhere, because it is automatic', () => {
      const answers = triesOf(transition).map((scene) => decision(scene, step('system', transition.command)));
      expect(answers.some(({ ok }) => ok)).toBe(true);
    });

  const asked = step('system', transition.command, { source: primary.id });
  if (transition.queued)
    test('is taken where another item asks for it', () => {
      expect(triesOf(transition).some((scene) => decision(scene, asked).ok)).toBe(true);
    });

  if (!transition.queued)
    test('is not taken because another item asks for it', () => {
      const answers = triesOf(transition).filter((scene) => decision(scene, asked).ok);
      const others = answers.filter(
        ({ plan, state }) => !transitionsFrom(plan, state, transition.command).some(({ queued }) => queued),
      );
      expect(others).toEqual([]);
    });

  if (transition.roles.length > 0)
    test('is open to each of its roles somewhere', () => {
      const open = transition.roles.filter((role) =>
        triesOf(transition).some((scene) => {
          const by = transition.drawn ? { drawn: transition.drawn } : role;
          return decision(scene, step(by, transition.command)).ok;
        }),
      );
      expect(open).toEqual(transition.roles);
    });
});

describe('the role under which somebody acts', () => {
  test('is the first of their grants that opens the transition, and its grant is told', () => {
    const answer = decision(arrived('submitted'), step(SUIT_ALL, 'withdraw'));
    expect(answer.ok && answer.by).toEqual({ role: 'intake_clerk', grant: `${SUIT_ALL}.intake_clerk`, for: null });
  });

  test('is the system, without a grant, when the system moves', () => {
    const answer = decision(arrived('registered'), step('system', 'start-matching'));
    expect(answer.ok && answer.by).toEqual({ role: 'system', grant: null, for: null });
  });
});

describe('a reporter', () => {
  test('withdraws the own demand', () =>
    given(arrived('submitted')).when(step('reporter', 'withdraw')).answers('→ withdrawn'));

  test("never withdraws another's demand", () =>
    given(arrived('submitted')).when(step('reporter-2', 'withdraw')).answers('not-permitted'));

  test("never asks that another's demand is reopened", () =>
    given(closed()).when(step('reporter-2', 'reopen')).answers('not-permitted'));

  test('who also is an intake clerk acts on any demand as the clerk', () => {
    const both = [...grantsOf('reporter'), ...grantsOf('intake_clerk')];
    given(arrived('submitted'))
      .when(step('reporter-2', 'withdraw', { facts: { grants: both } }))
      .answers('→ withdrawn');
  });
});

describe('a person who was drawn', () => {
  const checking = arrived('checking');
  const [drawn] = checking.state.drawn;
  const other = drawn?.[0] === userId('inspector') ? 'inspector-2' : 'inspector';

  test('acts', () =>
    given(checking)
      .when(step({ drawn: 'checker' }, 'check'))
      .answers('→ checking'));

  test('is the only one of the role who may act', () =>
    given(checking).when(step(other, 'check')).answers('not-drawn'));

  test('no longer acts when the role was taken back', () =>
    given(checking)
      .when(step({ drawn: 'checker' }, 'check', { facts: { grants: [] } }))
      .answers('not-permitted'));

  test('gives way to whoever is drawn after them', () => {
    const again = play(checking, step('supervisor', 'draw-check', { facts: { eligible: [userId(other)] } }));
    given(again)
      .when(step({ drawn: 'checker' }, 'check'))
      .answers('→ checking');
    given(again)
      .when(step(String(drawn?.[0]), 'check'))
      .answers('not-drawn');
  });

  test('for the check is not thereby drawn for the call-back', () => {
    const grants = [...grantsOf('inspector'), ...grantsOf('callback_clerk')];
    given(arrived('callback'))
      .when(step({ drawn: 'checker' }, 'call-back', { facts: { grants } }))
      .answers('not-drawn');
  });
});

test('without grants at hand nobody is refused for a role: the fact is absent', () => {
  const scene = arrived('submitted');
  const command = commandOf(scene, step('auditor', 'register'));
  expect(told(decide(order, scene.state, command, { calendar }))).toBe('→ registered');
  expect(told(decide(order, scene.state, command, { grants: grantsOf('auditor'), calendar }))).toBe('not-permitted');
});

test('a failed check sends the item back to those who did the work', () =>
  given(arrived('checking')).when(failCheck).answers('→ rework'));

test('an item that was never registered is registered after its reopening, and only then matched', () => {
  const back = reopened(settled());
  given(back).when(step('matcher', 'start-matching')).answers('guard-not-met');
  given(play(back, step('intake_clerk', 'register')))
    .when(step('matcher', 'start-matching'))
    .answers('→ matching');
});

test('only the system archives', () => {
  given(expired(closed())).when(step(SUIT_ALL, 'archive')).answers('not-permitted');
  given(expired(closed())).when(step('system', 'archive')).answers('→ archived');
});
