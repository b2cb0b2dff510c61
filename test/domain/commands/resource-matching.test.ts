import { describe, expect, test } from 'vitest';
import { resourceId, teamId, unitId } from '../../../domain/ids.ts';
import { DAY } from '../../../domain/time.ts';
import type { Facts, ResourceFact, TeamFact } from '../../../domain/process/context.ts';
import { arrived, closed, covered, later, recorded, withdrawn } from '../process/places.ts';
import { advice, decision, given, play, resource, type Scene, type Step, step, team, told } from '../process/scene.ts';

const matching = arrived('matching');

interface Wish {
  need?: string;
  amount?: number;
  resource?: string;
  fact?: Partial<ResourceFact> | null;
}

function reserve({ need = 'n1', amount = 1, resource: id = 'pump', fact }: Wish): Step {
  const payload = { need, resource: resourceId(id), amount };
  if (fact === undefined) return step('matcher', 'reserve', { payload });
  return step('matcher', 'reserve', { payload, facts: { resource: fact && { ...resource, ...fact } } });
}

function assign(fact: Partial<TeamFact> | null, id = 'pipes'): Step {
  return step('dispatcher', 'assign', { payload: { team: teamId(id) }, facts: { team: fact && { ...team, ...fact } } });
}

describe('reserve', () => {
  test.each<[string, Wish, string]>([
    ['a need that is not listed', { need: 'n9' }, 'unknown-need'],
    ['a resource that is not there', { resource: 'crane' }, 'unknown-resource'],
    ['a resource of another kind', { fact: { kind: 'room' } }, 'resource-unsuitable'],
    ['a resource counted in another unit', { fact: { unit: 'hour' } }, 'resource-unsuitable'],
    ['a resource whose time is over', { fact: { valid: false } }, 'resource-not-valid'],
    ['a resource of another area', { fact: { inArea: false } }, 'resource-out-of-area'],
    ['more than the need has open', { amount: 3 }, 'need-exceeded'],
    ['more than is free', { amount: 2, fact: { reserved: 2 } }, 'resource-over-capacity'],
    ['exactly what is free', { amount: 2, fact: { reserved: 1 } }, '→ matching'],
    ['exactly what is open', { amount: 2 }, '→ matching'],
    ['any amount of what has no limit', { amount: 2, fact: { capacity: null, reserved: 1_000_000 } }, '→ matching'],
    ['of a resource that is already over-booked', { amount: 1, fact: { reserved: 7 } }, 'resource-over-capacity'],
  ])('%s', (_title, wish, expected) => given(matching).when(reserve(wish)).answers(expected));

  test('keeps what was reserved, for which need, under an id of its revision', () => {
    const { state } = play(matching, reserve({ amount: 1 }));
    expect(state.reservations).toEqual([{ id: `r${state.rev}`, need: 'n1', resource: 'pump', amount: 1 }]);
  });

  test('counts what the need already holds', () => {
    const half = play(matching, reserve({ amount: 1 }));
    given(half)
      .when(reserve({ amount: 2 }))
      .answers('need-exceeded');
    given(half)
      .when(reserve({ amount: 1 }))
      .answers('→ matching');
  });

  test('names how much is open and how much is free', () => {
    const exceeded = decision(matching, reserve({ amount: 5 }));
    const overbooked = decision(matching, reserve({ amount: 2, fact: { reserved: 2 } }));
    expect(exceeded.ok || exceeded.refusal.details).toEqual({ need: 'n1', open: 2 });
    expect(overbooked.ok || overbooked.refusal.details).toEqual({ resource: 'pump', free: 1 });
  });

  test('asked about without a payload is allowed to a matcher', () => {
    expect(told(advice(matching, step('matcher', 'reserve')))).toBe('→ matching');
  });

  test('judged before the resource was read still tells what the state alone shows', () => {
    const unread = { facts: { resource: undefined as never } }; // the fact is taken out of those of the commit
    given(matching)
      .when({ ...reserve({ need: 'n9' }), ...unread })
      .answers('unknown-need');
    given(matching)
      .when({ ...reserve({ amount: 3 }), ...unread })
      .answers('need-exceeded');
  });
});

describe('release', () => {
  const [held] = covered().state.reservations;

  test('gives back one reservation and keeps the team', () => {
    const after = play(covered(), step('matcher', 'release', { payload: { reservation: held?.id ?? '' } }));
    expect(after.state.reservations).toEqual([]);
    expect(after.state.lead?.active).toBe(true);
  });

  test('without a reservation gives back everything and ends the lead', () => {
    const { state } = play(covered(), step('matcher', 'release'));
    expect([state.reservations, state.lead?.active]).toEqual([[], false]);
  });

  test('of a reservation that is not held is refused', () => {
    given(covered())
      .when(step('matcher', 'release', { payload: { reservation: 'r999' } }))
      .answers('unknown-reservation');
  });

  test.each([
    ['closed', closed()],
    ['withdrawn', withdrawn()],
  ])('has left nothing held on a %s item', (_title, { state }) => {
    expect([state.reservations, state.lead?.active]).toEqual([[], false]);
  });

  test('tells which resource each reservation was of, for whoever keeps the amounts', () => {
    const answer = decision(covered(), step('matcher', 'release'));
    expect(answer.ok && answer.events).toEqual([
      { type: 'released', id: held?.id, resource: 'pump' },
      { type: 'lead-ended', team: 'pipes' },
      { type: 'duty-held', user: 'matcher', duty: 'resource_decider' },
    ]);
  });

  test('of a matching that holds nothing, yet or any more, is refused', () => {
    const emptied = play(covered(), step('matcher', 'release'));
    for (const scene of [matching, emptied]) given(scene).when(step('matcher', 'release')).answers('guard-not-met');
  });

  test('is possible as soon as one thing is held: a reservation or a team', () => {
    for (const next of [reserve({}), assign({})])
      given(play(matching, next)).when(step('matcher', 'release')).answers('→ matching');
  });
});

describe('assign', () => {
  test.each<[string, Step, string]>([
    ['a team that is not there', assign(null), 'unknown-team'],
    ['a closed team', assign({ active: false }), 'team-not-active'],
    ['a team without the skill', assign({ skills: ['digging'] }), 'team-lacks-skill'],
    ['a team of another area', assign({ inArea: false }), 'team-out-of-area'],
    ['a team that carries all it may', assign({ openLoad: 5 }), 'team-over-capacity'],
    ['a team with one place left', assign({ openLoad: 4 }), '→ matching'],
  ])('%s', (_title, next, expected) => given(matching).when(next).answers(expected));

  test('names the skills that are lacking', () => {
    const answer = decision(matching, assign({ skills: [] }));
    expect(answer.ok || answer.refusal.details).toEqual({ team: 'pipes', lacking: ['plumbing'] });
  });

  test('of the team that already leads does not count its own place against it', () => {
    given(covered())
      .when(assign({ openLoad: 5 }))
      .answers('→ matching');
  });

  test('of another team ends the first lead, so that its place is given back', () => {
    const before: Scene = covered();
    const answer = decision(before, assign({ id: teamId('drains') }, 'drains'));
    expect(answer.ok && answer.events.slice(0, 2)).toEqual([
      { type: 'lead-ended', team: 'pipes' },
      { type: 'lead-assigned', team: 'drains', unit: 'waterworks' },
    ]);
  });

  test('after everything was released takes a place like any first assignment', () => {
    given(play(covered(), step('matcher', 'release')))
      .when(assign({ openLoad: 5 }))
      .answers('team-over-capacity');
  });
});

describe('start-matching', () => {
  const candidates = {
    resources: [{ need: 'n1', resource: resourceId('pump'), free: 3 }],
    teams: [{ team: teamId('pipes'), free: 3 }],
  };

  test('keeps what the search found', () => {
    const { state } = play(arrived('registered'), step('system', 'start-matching', { payload: { candidates } }));
    expect(state.candidates).toEqual(candidates);
  });

  test('by hand goes on without any', () => {
    const { state } = play(arrived('registered'), step('matcher', 'start-matching'));
    expect([state.at, state.candidates]).toEqual(['matching', undefined]);
  });
});

describe('the lease', () => {
  const half = play(matching, reserve({ amount: 1 }));
  const [held] = half.state.reservations;

  test('confirms what is named, or all of it, and never twice', () => {
    const both = play(half, reserve({ amount: 1 }));
    const one = play(both, step('matcher', 'confirm-reservation', { payload: { reservation: held?.id ?? '' } }));
    expect(one.state.reservations.map(({ confirmed }) => confirmed)).toEqual([true, undefined]);
    const all = play(both, step('matcher', 'confirm-reservation', { payload: {} }));
    expect(all.state.reservations.map(({ confirmed }) => confirmed)).toEqual([true, true]);
    given(all).when(step('matcher', 'confirm-reservation')).answers('already-confirmed');
  });

  test.each([
    ['of the owner’s unit', resource.owner, '→ matching'],
    ['of another unit', unitId('elsewhere'), 'not-own-resource'],
  ])('is confirmed by an owner for what is %s', (_title, owner, expected) => {
    const facts = { resource: { ...resource, owner } };
    given(half)
      .when(step('resource_owner', 'confirm-reservation', { facts }))
      .answers(expected);
  });

  test('that is over gives back what is not confirmed, and leaves the team and the rest', () => {
    const scene = play(
      half,
      step('matcher', 'confirm-reservation'),
      reserve({ amount: 1 }),
      step('dispatcher', 'assign', { payload: { team: team.id } }),
    );
    const over = recorded(later(scene, 9 * DAY));
    const { state } = play(over, step('system', 'release'));
    expect(state.reservations).toEqual([{ ...held, confirmed: true }]);
    expect(state.lead?.active).toBe(true);
    given(over)
      .when(step('system', 'release', { payload: {} }))
      .answers('→ matching');
  });

  test('that is over gives nothing back where everything is confirmed', () => {
    const over = recorded(later(play(half, step('matcher', 'confirm-reservation')), 9 * DAY));
    given(over).when(step('system', 'release')).answers('not-permitted'); // a matcher may, the system has no reason to
    expect(play(over, step('matcher', 'release')).state.reservations).toEqual([]);
  });
});

describe('block', () => {
  const block = (payload: object, lacking: Facts['lacking'] = null): Step =>
    step('matcher', 'block', { payload: payload as never, facts: { lacking } }); // shaped like the command's

  test.each<[string, Facts['lacking'], object, unknown]>([
    ['finds it empty too', 'NO_TEAM', { blocker: 'NO_TEAM' }, 'NO_TEAM'],
    ['finds another one empty', 'NO_RESOURCE', { blocker: 'NO_TEAM' }, undefined],
    ['finds something', null, { blocker: 'NO_RESOURCE' }, undefined],
    ['is not asked about people', 'NO_RESOURCE', { blocker: 'NO_PARTICIPATION' }, undefined],
    ['finds it empty, and the need is given up', 'NO_RESOURCE', { blocker: 'NO_RESOURCE', need: 'n1' }, undefined],
  ])('waits for its list by itself where the search %s', (_title, lacking, payload, awaits) => {
    expect(play(matching, block(payload, lacking)).state.fields['awaits']).toBe(awaits);
  });

  test('gives a need up until the matching begins afresh', () => {
    const without = play(matching, block({ blocker: 'NO_RESOURCE', need: 'n1' }));
    expect(without.state.blocked).toEqual(['n1']);
    const afresh = play(without, step('matcher', 'unblock'));
    expect([afresh.state.at, afresh.state.blocked, afresh.state.fields['blocker']]).toEqual([
      'matching',
      undefined,
      undefined,
    ]);
  });

  test('is over with the dispatch where nothing was given up', () => {
    const scene = play(covered(), block({ blocker: 'NO_RESOURCE' }), step('dispatcher', 'dispatch'));
    expect(scene.state.fields).not.toHaveProperty('blocker');
  });
});
