import { describe, expect, test } from 'vitest';
import { resourceId, teamId } from '../../../domain/ids.ts';
import { touches } from '../../../domain/process/touches.ts';
import { arrived, asked, changed, closed, covered } from './places.ts';
import { order, resource, team } from './scene.ts';

const nothing = { teams: [], resources: [], calendar: false };

test('a command that reads nothing outside the item touches nothing', () => {
  expect(touches(order, arrived('contacted').state, { name: 'start-work', payload: {} })).toEqual(nothing);
});

test('a reservation touches its resource', () => {
  const payload = { need: 'n1', resource: resource.id, amount: 1 };
  expect(touches(order, arrived('matching').state, { name: 'reserve', payload })).toEqual({
    ...nothing,
    resources: ['pump'],
    resource: 'pump',
    calendar: true,
  });
});

describe('an assignment', () => {
  test('touches the team', () => {
    const found = touches(order, arrived('matching').state, { name: 'assign', payload: { team: team.id } });
    expect(found).toEqual({ ...nothing, teams: ['pipes'], team: 'pipes' });
  });

  test('touches the team before it too, whose place is given back', () => {
    const found = touches(order, covered().state, { name: 'assign', payload: { team: teamId('drains') } });
    expect(found).toEqual({ ...nothing, teams: ['pipes', 'drains'], team: 'drains' });
  });
});

describe('a release', () => {
  test('touches everything that is held', () => {
    expect(touches(order, covered().state, { name: 'release', payload: {} })).toEqual({
      ...nothing,
      teams: ['pipes'],
      resources: [resourceId('pump')],
    });
  });

  test('of one reservation touches its resource only', () => {
    const { state } = covered();
    const found = touches(order, state, { name: 'release', payload: { reservation: 'r999' } });
    expect(found.resources).toEqual([]);
  });

  test('after everything was given back touches nothing', () => {
    expect(touches(order, closed().state, { name: 'release', payload: {} })).toEqual(nothing);
  });
});

test.each([
  ['dispatch', covered()],
  ['withdraw', arrived('signed')],
  ['review', arrived('closure_review')],
] as const)('%s may start a clock and so needs the calendar', (name, scene) => {
  expect(touches(order, scene.state, { name }).calendar).toBe(true);
});

test.each([
  ['draw-check', arrived('handled'), 'inspector'],
  ['draw-call-back', arrived('callback'), 'callback_clerk'],
] as const)('%s draws among those who hold the role', (name, scene, role) => {
  expect(touches(order, scene.state, { name }).draws).toBe(role);
});

test('a grant touches what the asked transition touches', () => {
  const withCalendar = changed('reopen', () => ({ clocks: { start: ['retention'] } }));
  expect(touches(withCalendar, asked().state, { name: 'grant' }).calendar).toBe(true);
  expect(touches(withCalendar, closed().state, { name: 'grant' }).calendar).toBe(false);
});
