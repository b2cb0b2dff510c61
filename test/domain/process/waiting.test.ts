import { describe, expect, test } from 'vitest';
import { answering, awaitedIn, byHand, openPlaces, rolesOfUnit } from '../../../domain/process/waiting.ts';
import { order } from './scene.ts';

const roles = (place: string): string[] => {
  const { roles: anywhere, unitRoles } = awaitedIn(order, place);
  return [...anywhere, ...unitRoles];
};

describe('whom an item waits for', () => {
  test.each([
    ['submitted', ['intake_clerk']],
    ['matching', ['matcher', 'dispatcher']],
    ['dispatched', ['unit_clerk']],
    ['closure_review', ['closure_reviewer']],
  ])('%s: whoever takes the next step', (place, expected) => {
    expect(roles(place)).toEqual(expect.arrayContaining(expected));
  });

  test('the unit in charge, by the roles whose work is its unit’s', () => {
    expect(awaitedIn(order, 'dispatched')).toMatchObject({ roles: [], unitRoles: ['unit_clerk'] });
    expect(awaitedIn(order, 'signed')).toMatchObject({ roles: [], unitRoles: ['caseworker'] });
    expect(rolesOfUnit(order)).toEqual(expect.arrayContaining(['unit_clerk', 'caseworker']));
  });

  test('only the drawn person, where somebody was drawn: not those who may draw anew', () => {
    expect(awaitedIn(order, 'checking')).toEqual({ roles: [], unitRoles: [], drawn: 'checker' });
    expect(awaitedIn(order, 'callback')).toEqual({ roles: [], unitRoles: [], drawn: 'caller' });
  });

  test('nobody, where the system goes on by itself', () => {
    for (const place of ['contacted', 'handled']) expect([place, roles(place)]).toEqual([place, []]);
  });

  test('nobody, where the episode is over: a reopening is somebody’s own idea', () => {
    for (const { id, terminal } of order.states)
      if (terminal) expect([id, awaitedIn(order, id)]).toEqual([id, { roles: [], unitRoles: [], drawn: null }]);
  });

  test('nobody because they might withdraw or merge it', () => {
    expect(roles('dispatched')).not.toContain('reporter');
    expect(roles('registered')).not.toContain('dispatcher');
  });
});

test('a step of the system may be taken by hand by its roles', () => {
  expect(byHand(order, 'handled')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ command: 'draw-check', roles: expect.arrayContaining(['duty_officer']) }),
    ]),
  );
  expect(byHand(order, 'dispatched')).toEqual([]);
});

test('a task is answered by the roles of the unit that was asked', () => {
  expect(answering(order, 'in_progress', 'whistle')).toEqual(['dept_liaison']);
  expect(answering(order, 'in_progress', 'co-task')).toContain('unit_clerk');
  expect(answering(order, 'dispatched', 'whistle')).toEqual([]);
});

test('the open places are those that go on, without the one before the beginning', () => {
  const open = openPlaces(order).map(({ id }) => id);
  expect(open).toEqual(expect.arrayContaining(['submitted', 'merged', 'checking', 'reopened']));
  for (const over of ['draft', 'closed', 'archived', 'withdrawn']) expect(open).not.toContain(over);
});
