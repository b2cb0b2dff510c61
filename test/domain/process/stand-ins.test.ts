import { describe, expect, test } from 'vitest';
import { userId } from '../../../domain/ids.ts';
import type { Grant } from '../../../domain/process/context.ts';
import { arrived, closed, returnAsked } from './places.ts';
import { decision, given, grantFor, OTHER_UNIT, play, type Step, step, team } from './scene.ts';

const as = (by: string, name: Step['name'], ...grants: Grant[]): Step => step(by, name, { facts: { grants } });
const standsIn = (by: string, role: string, principal: string, more: Partial<Grant> = {}): Grant =>
  grantFor(by, role, { for: userId(principal), ...more });

describe('S9: a stand-in', () => {
  test('acts with the grant, and for whom is told with it', () => {
    const answer = decision(arrived('dispatched'), as('ann', 'sign', standsIn('ann', 'unit_clerk', 'bob')));
    expect(answer.ok && answer.by).toEqual({ role: 'unit_clerk', grant: 'ann.unit_clerk', for: 'bob' });
  });

  test('whose own grant does acts in their own right', () => {
    const grants = [standsIn('ann', 'unit_clerk', 'bob'), grantFor('ann', 'unit_clerk')];
    const answer = decision(arrived('dispatched'), as('ann', 'sign', ...grants));
    expect(answer.ok && answer.by.for).toBeNull();
  });

  test('and whom they stand in for both hold the duty, so that neither reviews', () => {
    const grants = [standsIn('ann', 'unit_clerk', 'bob')];
    const signed = play(arrived('dispatched'), as('ann', 'sign', ...grants));
    expect(signed.state.duties).toEqual(
      expect.arrayContaining([
        ['ann', 'handler'],
        ['bob', 'handler'],
      ]),
    );
  });

  test('is kept apart by what either of them did', () => {
    const review = arrived('closure_review');
    given(review)
      .when(as('ann', 'review', standsIn('ann', 'closure_reviewer', 'caseworker')))
      .answers('separation-of-duties');
    given(review)
      .when(as('caseworker', 'review', standsIn('caseworker', 'closure_reviewer', 'zoe')))
      .answers('separation-of-duties');
    given(review)
      .when(as('ann', 'review', standsIn('ann', 'closure_reviewer', 'zoe')))
      .answers('→ closed');
  });

  test('does not decide what the one they stand in for has asked, nor the other way round', () => {
    const ask = play(closed(), as('ann', 'reopen', standsIn('ann', 'inspector', 'bob')));
    for (const [by, grant] of [
      ['ann', grantFor('ann', 'supervisor')],
      ['bob', grantFor('bob', 'supervisor')],
      ['eve', standsIn('eve', 'supervisor', 'bob')],
      ['eve', standsIn('eve', 'supervisor', 'ann')],
    ] as const)
      given(ask)
        .when(as(by, 'grant', grant))
        .answers('second-person-needed');
    given(ask)
      .when(as('eve', 'grant', standsIn('eve', 'supervisor', 'zoe')))
      .answers('→ reopened');
  });

  test('is not the second of two who agree when the first agreed for the same person', () => {
    const ask = play(arrived('in_progress'), step('unit_clerk', 'request-suspension'));
    const half = play(ask, as('ann', 'grant', standsIn('ann', 'leader', 'bob')));
    given(half)
      .when(as('bob', 'grant', grantFor('bob', 'supervisor')))
      .answers('second-person-needed');
    given(half)
      .when(as('eve', 'grant', standsIn('eve', 'supervisor', 'bob')))
      .answers('second-person-needed');
    given(half)
      .when(as('eve', 'grant', grantFor('eve', 'supervisor')))
      .answers('→ suspended');
  });

  test('of a resident acts on the resident’s demand and no other', () => {
    const own = standsIn('ann', 'reporter', 'reporter');
    const other = standsIn('ann', 'reporter', 'reporter-2');
    given(arrived('submitted'))
      .when(as('ann', 'withdraw', own))
      .answers('→ withdrawn');
    given(arrived('submitted'))
      .when(as('ann', 'withdraw', other))
      .answers('not-permitted');
  });
});

describe('a grant for a unit', () => {
  const dispatched = arrived('dispatched');

  test.each([
    ['the whole office', null, '→ signed'],
    ['the unit in charge', team.unit, '→ signed'],
    ['another unit', OTHER_UNIT, 'other-unit'],
  ])('for %s', (_title, unit, expected) => {
    given(dispatched)
      .when(as('ann', 'sign', grantFor('ann', 'unit_clerk', { unit })))
      .answers(expected);
  });

  test('of several the one that does is used and told', () => {
    const grants = [
      grantFor('ann', 'unit_clerk', { unit: OTHER_UNIT }),
      grantFor('ann', 'unit_clerk', { unit: team.unit }),
    ];
    const answer = decision(dispatched, as('ann', 'sign', ...grants));
    expect(answer.ok && answer.by.role).toBe('unit_clerk');
  });

  test('counts nowhere but where the order is a unit’s: a dispatcher dispatches for all', () => {
    const grant = grantFor('ann', 'dispatcher', { unit: OTHER_UNIT });
    given(arrived('registered'))
      .when(as('ann', 'merge', grant))
      .answers('→ merged');
  });

  test.each([
    ['who belongs to the unit in charge', { home: team.unit }, 'own-unit'],
    ['whose grant is the unit’s', { unit: team.unit }, 'own-unit'],
    ['of another unit', { home: OTHER_UNIT, unit: OTHER_UNIT }, '→ matching'],
  ])('S2: a return is decided by nobody %s', (_title, more, expected) => {
    given(returnAsked())
      .when(as('ann', 'grant', grantFor('ann', 'dispatcher', more)))
      .answers(expected);
  });
});
