import { describe, expect, test } from 'vitest';
import { decide } from '../../../domain/process/decide.ts';
import type { ItemEvent } from '../../../domain/process/events.ts';
import { nextSystemStep } from '../../../domain/process/next-system-step.ts';
import type { ClockLevel, RunningClock } from '../../../domain/process/state.ts';
import { DAY, formatInstant, type Instant, parseInstant } from '../../../domain/time.ts';
import { arrived, closed, expired, reopened, reworked, roadUntil, withdrawn } from './places.ts';
import { advice, commandOf, given, order, play, type Scene, step } from './scene.ts';

const clockOf = ({ state }: Scene, id: string): RunningClock | undefined =>
  state.clocks.find((clock) => clock.id === id);
const shown = (levels: readonly (Instant | null)[]): (string | null)[] =>
  levels.map((level) => (level === null ? null : formatInstant(level)));

/** The same scene, its next command given exactly at this instant when it comes without `after`. */
function at(scene: Scene, text: string): Scene {
  return { ...scene, at: parseInstant(`${text}+08:00`) };
}
const now = { after: 0 };
const FIVE_DAYS: ClockLevel['limit'] = { kind: 'work_day', amount: 5 };
const reach = (level: Partial<ClockLevel>): ReturnType<typeof step> =>
  step('system', 'reach-level', { after: 0, payload: { id: 'handle', run: 6, limit: FIVE_DAYS, level: 1, ...level } });

const DUE = '2026-03-09T17:30:00';
const LATE = '2026-03-09T17:30:00.001';
const WARNING = '2026-03-06T17:30:00';

/** Every level that the records of a scene say was reached, once for each time it was said. */
function recorded({ records }: Scene): string[] {
  return records.flatMap((events) =>
    events.flatMap((event: ItemEvent) =>
      event.type === 'level-reached' ? [`${event.level.id}.${event.level.run}:${event.level.level}`] : [],
    ),
  );
}

/** What the workflow does about clocks: it takes one level after the other until none is owed. */
function drained(scene: Scene): Scene {
  const next = nextSystemStep(scene.plan, scene.state, scene.at, [], []);
  if (!('step' in next) || next.step.kind !== 'level') return scene;
  const { id, run, limit, level } = next.step.level;
  return drained(play(scene, step('system', 'reach-level', { after: 0, payload: { id, run, limit, level } })));
}

describe('the handling clock', () => {
  test('starts at the dispatch, with the limit that was stored at the registration', () => {
    const dispatched = arrived('dispatched');
    expect(
      clockOf(
        roadUntil(({ lead }) => lead !== undefined),
        'handle',
      ),
    ).toBeUndefined();
    expect(clockOf(dispatched, 'handle')).toEqual({
      id: 'handle',
      run: dispatched.state.rev,
      startedAt: dispatched.at,
      due: parseInstant(`${DUE}+08:00`),
      limit: FIVE_DAYS,
      pauses: [],
      levels: [parseInstant(`${WARNING}+08:00`), parseInstant(`${LATE}+08:00`)],
      level: 0,
      provisional: false,
    });
  });

  test('warns after eight tenths and fires one millisecond after the due instant', () => {
    const levels = clockOf(arrived('dispatched'), 'handle')?.levels ?? [];
    expect(shown(levels)).toEqual([`${WARNING}+08:00`, `${LATE}+08:00`]);
  });

  test('runs on while the item is signed, contacted and worked on', () => {
    expect(clockOf(arrived('in_progress'), 'handle')).toEqual(clockOf(arrived('dispatched'), 'handle'));
  });

  test.each([
    ['the hand-in', arrived('handled')],
    ['a withdrawal', withdrawn()],
  ])('is stopped by %s', (_title, scene) => {
    expect(clockOf(scene, 'handle')).toBeUndefined();
  });

  test.each([
    ['a failed check', reworked()],
    ['a rework', play(arrived('closure_review'), step('closure_reviewer', 'rework'))],
  ])('starts a new run after %s', (_title, scene) => {
    expect(clockOf(scene, 'handle')).toMatchObject({ run: scene.state.rev, startedAt: scene.at, level: 0 });
  });

  test('is marked provisional when it reaches into a year that is not published', () => {
    const december = play(
      at(
        roadUntil(({ lead }) => lead !== undefined),
        '2026-12-30T09:00:00',
      ),
      step('system', 'dispatch', now),
    );
    expect(clockOf(december, 'handle')?.provisional).toBe(true);
  });

  test('does not start while somebody only asks, so that no calendar is needed', () => {
    const scene = roadUntil(({ lead }) => lead !== undefined);
    const command = commandOf(scene, step('dispatcher', 'dispatch'), false);
    expect(decide(order, scene.state, command, {})).toMatchObject({ ok: true, to: 'dispatched', events: [] });
  });

  test('starting without a calendar is a bug, not a refusal', () => {
    const scene = roadUntil(({ lead }) => lead !== undefined);
    const command = commandOf(scene, step('dispatcher', 'dispatch'));
    expect(() => decide(order, scene.state, command, {})).toThrow('no calendar was read');
  });
});

describe('the retention clock', () => {
  test.each([
    ['closed', arrived('closed')],
    ['withdrawn', withdrawn()],
    ['not accepted', play(arrived('submitted'), step('intake_clerk', 'refuse'))],
    ['closed on the spot', play(arrived('submitted'), step('intake_clerk', 'settle-on-the-spot'))],
  ])('runs for thirty days on an item that is %s', (_title, scene) => {
    expect(clockOf(scene, 'retention')?.limit).toEqual({ kind: 'natural_day', amount: 30 });
  });

  test('is stopped by a reopening and starts anew at the next closure', () => {
    expect(clockOf(reopened(), 'retention')).toBeUndefined();
    const again = play(reopened(), step('reporter', 'withdraw'));
    expect(clockOf(again, 'retention')?.run).toBe(again.state.rev);
  });

  test('lets the item be archived once it is over and recorded, not before', () => {
    given(closed())
      .when(step('system', 'archive', { after: 29 * DAY }))
      .answers('guard-not-met');
    given(closed())
      .when(step('system', 'archive', { after: 31 * DAY }))
      .answers('guard-not-met');
    given(expired(closed())).when(step('system', 'archive')).answers('→ archived');
  });

  test('over while things are still held does not archive', () => {
    given(expired(arrived('closed')))
      .when(step('system', 'archive'))
      .answers('guard-not-met');
  });

  test('is gone from an archived item', () => {
    expect(arrived('archived').state.clocks).toEqual([]);
  });
});

describe('reaching a level', () => {
  const inWork = arrived('in_progress');

  test('at the due instant is too early, one millisecond later is not', () => {
    const warned = play(at(inWork, WARNING), reach({ level: 1 }));
    given(at(warned, DUE))
      .when(reach({ level: 2 }))
      .answers('already-recorded');
    given(at(warned, LATE))
      .when(reach({ level: 2 }))
      .answers('→ in_progress');
  });

  test('a millisecond before the warning is too early, at the warning is not', () => {
    given(at(inWork, '2026-03-06T17:29:59.999'))
      .when(reach({ level: 1 }))
      .answers('already-recorded');
    given(at(inWork, WARNING))
      .when(reach({ level: 1 }))
      .answers('→ in_progress');
  });

  test('twice is refused', () => {
    const once = play(at(inWork, WARNING), reach({ level: 1 }));
    expect(clockOf(once, 'handle')?.level).toBe(1);
    given(once)
      .when(reach({ level: 1 }))
      .answers('already-recorded');
  });

  test.each<[string, Partial<ClockLevel>]>([
    ['another run', { run: 7 }],
    ['another clock', { id: 'retention' }],
    ['a level that the clock does not have', { level: 3 }],
  ])('of %s is refused', (_title, level) => {
    given(at(inWork, LATE)).when(reach(level)).answers('already-recorded');
  });

  test.each(['supervisor', 'jack'])('is never permitted to a person (%s)', (person) => {
    given(at(inWork, LATE))
      .when({ ...reach({ level: 1 }), by: person })
      .answers('not-permitted');
  });

  test('moves nothing and gives no duty', () => {
    const { state } = play(at(inWork, WARNING), reach({ level: 1 }));
    expect({ ...state, rev: inWork.state.rev, clocks: [] }).toEqual({ ...inWork.state, clocks: [] });
  });

  test('asked about names no level and is refused', () => {
    expect(advice(at(inWork, LATE), reach({}))).toMatchObject({ ok: false, refusal: { code: 'already-recorded' } });
  });

  test('out of order is refused, so that no warning is passed over', () => {
    const late = at(inWork, LATE);
    given(late)
      .when(reach({ level: 2 }))
      .answers('already-recorded');
    given(play(late, reach({ level: 1 })))
      .when(reach({ level: 2 }))
      .answers('→ in_progress');
  });
});

describe('a level that passed before its clock was stopped', () => {
  const late = at(arrived('in_progress'), '2026-03-10T09:00:00');
  const handedIn = play(late, step('caseworker', 'hand-in', now));

  test('stays owed, with the limit and the instant at which it was reached', () => {
    const limit = { kind: 'work_day', amount: 5 };
    expect(handedIn.state.owed).toEqual([
      { id: 'handle', run: 6, limit, level: 1, reached: parseInstant(`${WARNING}+08:00`) },
      { id: 'handle', run: 6, limit, level: 2, reached: parseInstant(`${LATE}+08:00`) },
    ]);
  });

  test('is recorded exactly once each, in order, and then no longer owed', () => {
    const after = drained(handedIn);
    expect(recorded(after)).toEqual(['handle.6:1', 'handle.6:2']);
    expect(after.state.owed).toEqual([]);
    given(after)
      .when(reach({ level: 2 }))
      .answers('already-recorded');
  });

  test('is recorded in order too', () => {
    given(handedIn)
      .when(reach({ level: 2 }))
      .answers('already-recorded');
    given(handedIn)
      .when(reach({ level: 1 }))
      .answers('→ handled');
  });

  test('holds back no level of the next run', () => {
    const failed = play(
      handedIn,
      step('system', 'draw-check', now),
      step({ drawn: 'checker' }, 'check', { after: 0, payload: { outcome: 'fail' } }),
    );
    const run = clockOf(failed, 'handle')?.run ?? 0;
    given(at(failed, '2026-03-30T09:00:00'))
      .when(reach({ run, level: 1 }))
      .answers('→ rework');
  });

  test('and was recorded already is not owed again', () => {
    const warned = play(at(arrived('in_progress'), WARNING), reach({ level: 1 }));
    const stopped = play(at(warned, '2026-03-10T09:00:00'), step('caseworker', 'hand-in', now));
    expect(stopped.state.owed.map(({ level }) => level)).toEqual([2]);
    expect(recorded(drained(stopped))).toEqual(['handle.6:1', 'handle.6:2']);
  });

  test('is not owed when the work was handed in at the due instant', () => {
    const onTime = play(at(arrived('in_progress'), DUE), step('caseworker', 'hand-in', now));
    expect(onTime.state.owed.map(({ level }) => level)).toEqual([1]);
  });

  test('is kept apart from the levels of the next run', () => {
    const checking = play(handedIn, step('system', 'draw-check', now));
    const failed = play(checking, step({ drawn: 'checker' }, 'check', { after: 0, payload: { outcome: 'fail' } }));
    const secondLate = at(failed, '2026-03-30T09:00:00');
    const run = clockOf(failed, 'handle')?.run;
    expect(recorded(drained(secondLate))).toEqual(['handle.6:1', 'handle.6:2', `handle.${run}:1`, `handle.${run}:2`]);
  });

  test('is owed too when the item is withdrawn', () => {
    const gone = play(late, step('reporter', 'withdraw', now));
    expect(gone.state.owed).toHaveLength(2);
  });
});
