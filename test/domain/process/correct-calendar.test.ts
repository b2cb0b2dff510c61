import { describe, expect, test } from 'vitest';
import type { Calendar } from '../../../domain/clock/calendar.ts';
import { dueLevels } from '../../../domain/process/clocks.ts';
import type { RunningClock } from '../../../domain/process/state.ts';
import { DAY, formatInstant, instant, parseInstant } from '../../../domain/time.ts';
import { oracle } from '../clock/oracle.ts';
import { arrived, later, suspended } from './places.ts';
import { calendar, decision, given, play, type Scene, step, told } from './scene.ts';

// dispatched on Monday 2 March, five working days: due on the 9th; eight tenths are over on the 6th
const dispatched = arrived('dispatched');

function withHolidays(version: number, ...holidays: string[]): Calendar {
  const years = calendar.years.map((year) =>
    year.year === 2026 ? { ...year, holidays: [...year.holidays, ...holidays] } : year,
  );
  return { ...calendar, version, years };
}

const corrected = withHolidays(2, '2026-03-05');
const correct = (facts: Calendar, after = 0): ReturnType<typeof step> =>
  step('system', 'correct-calendar', { after, facts: { calendar: facts } });

function handle({ state }: Scene): RunningClock {
  const clock = state.clocks.find(({ id }) => id === 'handle');
  if (!clock) throw new Error('the handling clock does not run');
  return clock;
}

const due = (scene: Scene): string => formatInstant(instant(handle(scene).due ?? 0));
const at = (scene: Scene, text: string): Scene => later(scene, parseInstant(`${text}+08:00`) - scene.at);
const owed = ({ state, at: now }: Scene): [number, number][] =>
  dueLevels(state, now)
    .filter(({ id }) => id === 'handle')
    .map(({ run, level }) => [run, level]);

describe('a corrected calendar', () => {
  test('is applied from the same start and amount, and the record names old and new (semantics 23)', () => {
    const answer = decision(dispatched, correct(corrected));
    if (!answer.ok) throw new Error('it was refused');
    const before = handle(dispatched);
    expect(answer.events).toMatchObject([
      {
        type: 'clock-corrected',
        was: { run: before.run, due: before.due, calendar: 1 },
        clock: {
          id: 'handle',
          run: dispatched.state.rev + 1,
          startedAt: before.startedAt,
          limit: before.limit,
          calendar: 2,
        },
        owed: [],
      },
    ]);
    expect([due(dispatched), due(play(dispatched, correct(corrected)))]).toEqual([
      '2026-03-09T17:30:00+08:00',
      '2026-03-10T17:30:00+08:00',
    ]);
  });

  test('is applied once: the version that is applied already changes nothing', () => {
    given(play(dispatched, correct(corrected)))
      .when(correct(corrected))
      .answers('already-recorded');
  });

  test('that leaves every instant as it was is not recorded', () => {
    given(dispatched)
      .when(correct(withHolidays(2, '2026-10-12')))
      .answers('already-recorded');
  });

  test('an older version than the one applied is not applied', () => {
    const newer = play(dispatched, correct(withHolidays(3, '2026-03-05')));
    given(newer)
      .when(correct(withHolidays(2, '2026-03-05', '2026-03-06')))
      .answers('already-recorded');
  });

  test('is nothing that people apply', () => {
    given(dispatched)
      .when(step('supervisor', 'correct-calendar', { facts: { calendar: corrected } }))
      .answers('not-permitted');
  });

  test('leaves clocks alone that ask no calendar', () => {
    const closed = arrived('closed');
    expect(closed.state.clocks.map(({ limit }) => limit.kind)).toEqual(['natural_day']);
    expect(told(decision(closed, correct(corrected)))).toBe('already-recorded');
  });

  test('takes back that a due instant is provisional once the year is published', () => {
    const december = at(arrived('matching'), '2026-12-30T09:00:00');
    const running = play(
      december,
      step('matcher', 'reserve'),
      step('dispatcher', 'assign'),
      step('system', 'dispatch'),
    );
    const published = {
      ...calendar,
      version: 2,
      years: calendar.years.map((year) => (year.year === 2027 ? { ...year, published: true } : year)),
    };
    const after = play(running, correct(published));
    expect([handle(running).provisional, handle(after).provisional]).toEqual([true, false]);
    expect(due(after)).toBe(due(running));
  });
});

describe('levels of a clock that is corrected (invariant 26)', () => {
  const warned = (text: string): Scene => {
    const scene = at(dispatched, text);
    const level = dueLevels(scene.state, scene.at).find(({ id }) => id === 'handle');
    if (!level) throw new Error('no level is reached');
    const payload = { id: level.id, run: level.run, limit: level.limit, level: level.level };
    return play(scene, step('system', 'reach-level', { after: 0, payload }));
  };

  test('a warning that was announced too early is announced again when the new calendar reaches it', () => {
    const scene = play(warned('2026-03-06T17:30:00'), correct(corrected));
    expect(owed(scene)).toEqual([]);
    expect(owed(at(scene, '2026-03-09T17:30:00'))).toEqual([[scene.state.rev, 1]]);
  });

  test('a warning that both calendars have reached is announced once', () => {
    const shorter = { ...withHolidays(2), years: madeUp('2026-03-07') };
    const scene = play(warned('2026-03-06T17:30:00'), correct(shorter));
    expect(due(scene)).toBe('2026-03-07T17:30:00+08:00');
    expect(owed(scene)).toEqual([]);
  });

  test('what the old calendar reached and nobody has recorded stays owed, in the run in which it was reached', () => {
    const late = at(dispatched, '2026-03-09T17:30:00.001');
    const scene = play(late, correct(corrected));
    const old = handle(dispatched).run;
    expect(owed(scene)).toEqual([
      [old, 1],
      [old, 2],
    ]);
    expect(owed(at(scene, '2026-03-10T17:30:00.001'))).toEqual([
      [old, 1],
      [old, 2],
      [handle(scene).run, 2],
    ]);
  });

  test('a level that the new calendar has reached already is owed at once', () => {
    const shorter = { ...withHolidays(2), years: madeUp('2026-03-07') };
    const scene = play(at(dispatched, '2026-03-08T09:00:00'), correct(shorter));
    expect(owed(scene).map(([, level]) => level)).toEqual([1, 2]);
  });
});

function madeUp(day: string): Calendar['years'] {
  return calendar.years.map((year) =>
    year.year === 2026 ? { ...year, makeUpWorkdays: [...year.makeUpWorkdays, day] } : year,
  );
}

test('a holiday that is added after a pause takes away its office time once, wherever it lies', () => {
  const hung = suspended();
  const back = play(later(hung, 2 * DAY), step('supervisor', 'resume'));
  const { limit, startedAt: start, pauses } = handle(back);
  const day = (at: number): string => formatInstant(instant(at)).slice(0, 10);
  const [began, ended] = [pauses[0]?.from ?? 0, pauses[0]?.to ?? 0];
  const places = { start, 'in the pause': began + DAY, 'as it ends': ended, after: ended + DAY };
  const dues = Object.entries(places).map(([where, at]) => {
    const added = withHolidays(2, day(at));
    const after = told(decision(back, correct(added))) === 'already-recorded' ? back : play(back, correct(added));
    expect([where, handle(after).due]).toEqual([where, oracle(added)({ limit, start, pauses, shares: [] }).at(-1)]);
    expect(handle(after).pauses).toEqual(pauses);
    return handle(after).due;
  });
  expect(new Set(dues).size).toBeGreaterThan(1);
});

test('a clock that is paused owes no correction: it has no due instant, and is resumed by the calendar in force', () => {
  given(suspended()).when(correct(corrected)).answers('already-recorded');
  const back = play(later(suspended(), DAY), step('supervisor', 'resume', { facts: { calendar: corrected } }));
  const { limit, startedAt: start, pauses, calendar: version } = handle(back);
  expect([version, handle(back).due]).toEqual([2, oracle(corrected)({ limit, start, pauses, shares: [] }).at(-1)]);
});
