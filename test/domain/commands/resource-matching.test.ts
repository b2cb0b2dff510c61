import { describe, expect, test } from 'vitest';
import { resourceId, teamId } from '../../../domain/ids.ts';
import type { ResourceFact, TeamFact } from '../../../domain/process/context.ts';
import { arrived, closed, covered, withdrawn } from '../process/places.ts';
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
