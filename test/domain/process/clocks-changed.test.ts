import { describe, expect, test } from 'vitest';
import type { Clock, Plan } from '../../../domain/process/definition.ts';
import { nextSystemStep } from '../../../domain/process/next-system-step.ts';
import type { RunningClock } from '../../../domain/process/state.ts';
import { touches } from '../../../domain/process/touches.ts';
import { DAY, formatInstant, parseInstant } from '../../../domain/time.ts';
import { levelKey, levelsReached } from '../../support/levels.ts';
import { arrived, changed, joined, joinedTwice, later, recorded, returnAsked, reworked, suspended } from './places.ts';
import { ABOVE, decision, given, order, OTHER_UNIT, play, type Scene, step, team } from './scene.ts';

const clockOf = ({ state }: Scene, id: string): RunningClock | undefined =>
  state.clocks.find((clock) => clock.id === id);
const shown = (instants: readonly (number | null)[] = []): (string | null)[] =>
  instants.map((instant) => (instant === null ? null : formatInstant(instant as never))); // instants as the clock has them
const at = (scene: Scene, text: string): Scene => ({ ...scene, at: parseInstant(`${text}+08:00`) });
const now = { after: 0 };
const recordedLevels = ({ records }: Scene): string[] =>
  records.flat().flatMap((event) => (event.type === 'level-reached' ? [levelKey(event.level)] : []));

/** The handling clock warns at 17:30 on the 6th of March and is due at 17:30 on the 9th. */
const inWork = arrived('in_progress');
const suspend = (scene: Scene): Scene =>
  play(
    scene,
    step('unit_clerk', 'request-suspension', now),
    step('supervisor', 'grant', now),
    step('leader', 'grant', now),
  );
const extend = (scene: Scene, amount = 3): Scene =>
  play(
    scene,
    step('unit_clerk', 'request-extension', { ...now, payload: { amount } }),
    step('supervisor', 'grant', now),
  );

describe('a paused clock', () => {
  test('has no due instant and no threshold, and nothing of it fires', () => {
    const paused = suspend(inWork);
    expect(clockOf(paused, 'handle')).toMatchObject({ due: null, levels: [null, null], level: 0 });
    const after = recorded(later(paused, 20 * DAY));
    expect(recordedLevels(after).filter((key) => key.startsWith('handle'))).toEqual([]);
  });

  test('keeps what it had reached before the pause, and that is recorded once', () => {
    const warned = at(inWork, '2026-03-09T09:00:00');
    const paused = recorded(suspend(warned));
    expect(shown(clockOf(paused, 'handle')?.levels)).toEqual(['2026-03-06T17:30:00+08:00', null]);
    expect(recordedLevels(paused)).toContain('handle.6 5 work_day:1');
    const resumed = recorded(play(later(paused, DAY), step('supervisor', 'resume', now)));
    expect(recordedLevels(resumed).filter((key) => key === 'handle.6 5 work_day:1')).toHaveLength(1);
  });

  test('that was due at the very instant of the pause was used up, and its red fires', () => {
    const paused = suspend(at(inWork, '2026-03-09T17:30:00'));
    expect(shown([clockOf(paused, 'handle')?.due ?? null])).toEqual(['2026-03-09T17:30:00+08:00']);
    expect(recordedLevels(recorded(later(paused, 1)))).toContain('handle.6 5 work_day:2');
  });

  test('a millisecond before it was not', () => {
    expect(clockOf(suspend(at(inWork, '2026-03-09T17:29:59.999')), 'handle')?.due).toBeNull();
  });

  test('goes on for what was left when it is resumed, from the same start and run', () => {
    const paused = suspend(at(inWork, '2026-03-04T08:30:00'));
    const resumed = play(at(paused, '2026-03-11T08:30:00'), step('supervisor', 'resume', now));
    expect(clockOf(resumed, 'handle')).toMatchObject({
      run: clockOf(inWork, 'handle')?.run,
      startedAt: clockOf(inWork, 'handle')?.startedAt,
      pauses: [{ from: paused.at, to: resumed.at }],
      due: parseInstant('2026-03-16T17:30:00+08:00'),
    });
  });

  test('is paused once, however many projects pause it, and resumed by the last', () => {
    const twice = joinedTwice();
    expect(clockOf(twice, 'handle')?.pauses).toEqual(clockOf(joined(), 'handle')?.pauses);
    const leave = (scene: Scene, project: string): Scene =>
      play(scene, step('supervisor', 'leave-project', { payload: { project } }));
    const one = leave(twice, 'p1');
    expect([clockOf(one, 'handle')?.due, clockOf(one, 'project.p1'), clockOf(one, 'project.p2')?.level]).toEqual([
      null,
      undefined,
      0,
    ]);
    expect(clockOf(leave(one, 'p2'), 'handle')?.due).not.toBeNull();
  });

  test('is not slept for, but its review is', () => {
    const { plan, state, at: instant } = suspended();
    expect(nextSystemStep(plan, state, instant, [], [])).toEqual({ until: parseInstant('2026-03-27T00:00:00+08:00') });
  });
});

describe('an extended clock', () => {
  test('has the longer limit from the same start, as if it had been so from the beginning', () => {
    const after = extend(at(inWork, '2026-03-05T10:00:00'));
    expect(clockOf(after, 'handle')).toMatchObject({
      startedAt: clockOf(inWork, 'handle')?.startedAt,
      run: clockOf(inWork, 'handle')?.run,
      limit: { kind: 'work_day', amount: 8 },
      due: parseInstant('2026-03-12T17:30:00+08:00'),
      level: 0,
    });
  });

  test('keeps its pauses', () => {
    const paused = suspend(at(inWork, '2026-03-03T08:30:00'));
    const resumed = play(at(paused, '2026-03-04T08:30:00'), step('supervisor', 'resume', now));
    expect(shown([clockOf(extend(resumed), 'handle')?.due ?? null])).toEqual(['2026-03-13T17:30:00+08:00']);
  });

  test('owes what the old limit had reached, and reaches each level of the new one once', () => {
    const asked = play(at(inWork, '2026-03-09T10:00:00'), step('unit_clerk', 'request-extension', now));
    const late = play(at(asked, '2026-03-10T10:00:00'), step('supervisor', 'grant', now));
    expect(late.state.owed.map(({ level, limit }) => `${limit.amount}:${level}`)).toEqual(['5:1', '5:2']);
    const end = recorded(at(late, '2026-03-20T10:00:00'));
    expect(recordedLevels(end).filter((key) => key.startsWith('handle'))).toEqual([
      'handle.6 5 work_day:1',
      'handle.6 5 work_day:2',
      'handle.6 8 work_day:1',
      'handle.6 8 work_day:2',
    ]);
    expect(recordedLevels(end).sort()).toEqual(levelsReached(end.timed, end.at).sort());
  });

  test('in another kind is extended in that kind, within what it may have together', () => {
    const registered = play(
      arrived('submitted'),
      step('intake_clerk', 'register', {
        payload: {
          category: 'water',
          urgency: 'urgent',
          limit: { kind: 'work_hour', amount: 8 },
          skills: [],
          needs: [],
        },
      }),
      step('system', 'start-matching'),
      step('dispatcher', 'assign'),
      step('system', 'dispatch'),
      step('unit_clerk', 'sign'),
    );
    const ask = (amount: number) => step('unit_clerk', 'request-extension', { payload: { amount } });
    given(registered).when(ask(106)).answers('extension-exceeded');
    given(registered).when(ask(105)).answers('asked');
    expect(clockOf(extend(registered, 105), 'handle')?.limit).toEqual({ kind: 'work_hour', amount: 113 });
  });

  test('is what a second dispatch leaves alone: it gains no time', () => {
    const back = play(returnAsked(), step('dispatcher', 'grant'));
    const again = play(later(back, DAY), step('dispatcher', 'assign'), step('system', 'dispatch'));
    expect(clockOf(again, 'handle')).toEqual(clockOf(arrived('dispatched'), 'handle'));
    expect(clockOf(again, 'sign')?.startedAt).toBe(again.at);
  });

  test('may be extended twice in each episode', () => {
    const twice = extend(extend(inWork, 1), 1);
    given(twice).when(step('unit_clerk', 'request-extension')).answers('extensions-used-up');
    const rework = { ...reworked(), state: { ...reworked().state, counts: twice.state.counts } };
    given(rework).when(step('unit_clerk', 'request-extension')).answers('extensions-used-up');
    const ended = play(
      twice,
      step('reporter', 'withdraw'),
      step('system', 'release'),
      step('reporter', 'reopen'),
      step('supervisor', 'grant'),
    );
    expect(ended.state.counts).toMatchObject({ extensions: 0, extended: 0 });
  });
});

describe('escalation', () => {
  const escalated = (scene: Scene): unknown[] => scene.records.flat().filter(({ type }) => type === 'escalated');

  test('names the unit above the one in charge when its clock is due, not when it warns', () => {
    const warned = recorded(at(inWork, '2026-03-07T09:00:00'));
    expect(escalated(warned).filter((event) => JSON.stringify(event).includes('handle'))).toEqual([]);
    const due = recorded(at(warned, '2026-03-10T09:00:00'));
    expect(escalated(due)).toContainEqual({ type: 'escalated', id: 'handle', run: 6, unit: ABOVE[0] });
  });

  test('of a task looks from the unit that was asked', () => {
    const asked = play(inWork, step('caseworker', 'open-task'));
    const id = `co-task.${asked.state.tasks[0]?.id}`;
    const level = { id, run: asked.state.rev, limit: { kind: 'work_day' as const, amount: 5 }, level: 2 };
    expect(touches(order, asked.state, { name: 'reach-level', payload: level }).above).toBe(OTHER_UNIT);
    expect(touches(order, asked.state, { name: 'reach-level', payload: { ...level, level: 1 } }).above).toBeUndefined();
    const handle = { ...level, id: 'handle' };
    expect(touches(order, asked.state, { name: 'reach-level', payload: handle }).above).toBe(team.unit);
  });

  test('of a clock that tells nobody is not recorded', () => {
    const clocks = order.clocks.map(({ escalates: _told, ...clock }): Clock => clock);
    const quiet: Plan = { ...order, clocks };
    expect(escalated(recorded(later(arrived('in_progress', quiet), 30 * DAY)))).toEqual([]);
  });
});

test('a clock that runs once for each thing stops for the thing that is named, else for all', () => {
  const two = play(inWork, step('caseworker', 'open-task'), step('caseworker', 'open-task'));
  const [one, other] = two.state.tasks.map(({ id }) => `co-task.${id}`);
  const payload = { task: two.state.tasks[0]?.id ?? '', answer: 'done' as const };
  const answered = play(two, step('unit_clerk', 'answer-task', { payload }));
  expect(answered.state.clocks.map(({ id }) => id).filter((id) => [one, other].includes(id))).toEqual([other]);
  const plan = changed('hand-in', () => ({}));
  const gone = play({ ...two, plan }, step('reporter', 'withdraw'));
  expect(gone.state.clocks.map(({ id }) => id)).toEqual(['retention']);
});

test('a request has a clock of its own, which ends with it', () => {
  const asked = returnAsked();
  const id = `approve.${asked.state.requests[0]?.id}`;
  expect(clockOf(asked, id)?.due).toBe(parseInstant('2026-03-03T17:30:00+08:00'));
  expect(clockOf(play(asked, step('dispatcher', 'grant')), id)).toBeUndefined();
  expect(clockOf(play(asked, step('dispatcher', 'refuse-request')), id)).toBeUndefined();
  const lapsed = play(asked, step('unit_clerk', 'sign'), step('caseworker', 'contact'), step('system', 'start-work'));
  const handed = play(lapsed, step('caseworker', 'hand-in'));
  expect([clockOf(handed, id), handed.state.requests]).toEqual([undefined, []]);
});

test('what may be asked for by days runs for so many, up to its limit', () => {
  const ask = (reviewDays: number) =>
    step('unit_clerk', 'request-suspension', { payload: { ground: 'court', reviewDays } });
  expect(decision(inWork, ask(91))).toMatchObject({ refusal: { code: 'review-too-far', details: { most: 90 } } });
  const scene = play(inWork, ask(7), step('supervisor', 'grant', now), step('leader', 'grant', now));
  expect(clockOf(scene, 'review')?.limit).toEqual({ kind: 'natural_day', amount: 7 });
});
