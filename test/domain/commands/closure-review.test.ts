import { describe, expect, test } from 'vitest';
import type { CallBackPayload } from '../../../domain/commands/closure-review.ts';
import { DAY, HOUR } from '../../../domain/time.ts';
import { itemBornOf } from '../../../domain/ids.ts';
import { arrived, called, closed, failCheck, joined, reopened, road } from '../process/places.ts';
import { decision, given, grantFor, play, type Scene, type Step, step } from '../process/scene.ts';

const callback = arrived('callback');
const call = (payload: CallBackPayload, after = HOUR): Step =>
  step({ drawn: 'caller' }, 'call-back', { payload, after });
const noAnswer = (after = DAY): Step => call({ reached: 'no_answer' }, after);

describe('call-back', () => {
  test('keeps what the resident said', () => {
    const { fields } = play(callback, call({ reached: 'reached', solved: 'partly', satisfied: 'basically' })).state;
    expect(fields).toMatchObject({ callback: 'reached', solved: 'partly', satisfied: 'basically' });
  });

  test('keeps a refusal to answer as such, without an opinion', () => {
    const { fields } = play(callback, call({ reached: 'refused' })).state;
    expect(fields['callback']).toBe('refused');
    expect(fields).not.toHaveProperty('satisfied');
  });

  test('without an answer is counted and settles nothing', () => {
    const { state } = play(callback, noAnswer());
    expect([state.counts.callTries, state.fields['callback']]).toEqual([1, undefined]);
    given(play(callback, noAnswer())).when(step('system', 'submit-review')).answers('guard-not-met');
  });

  test('is refused a second time on the day of a call without an answer', () => {
    const once = play(callback, noAnswer());
    given(once).when(noAnswer(HOUR)).answers('same-day-call');
    given(once)
      .when(call({ reached: 'reached', solved: 'yes' }, HOUR))
      .answers('same-day-call');
  });

  test('counts days in Shanghai: midnight there begins another day', () => {
    const evening = play(callback, noAnswer(14 * HOUR));
    const untilMidnight = DAY - ((evening.at + 8 * HOUR) % DAY);
    given(evening)
      .when(noAnswer(untilMidnight - 1))
      .answers('same-day-call');
    given(evening).when(noAnswer(untilMidnight)).answers('→ callback');
  });

  test('without an answer on three different days is settled as unreached', () => {
    const twice = play(callback, noAnswer(), noAnswer());
    expect(twice.state.fields['callback']).toBeUndefined();
    const thrice = play(twice, noAnswer());
    expect([thrice.state.counts.callTries, thrice.state.fields['callback']]).toEqual([3, 'unreached']);
    given(thrice).when(step('system', 'submit-review')).answers('→ closure_review');
  });

  test('without an answer never counts as satisfied, whatever the caller ticks', () => {
    const ticked = call({ reached: 'no_answer', solved: 'yes', satisfied: 'very' }, DAY);
    const { fields } = play(callback, ticked, ticked, ticked).state;
    expect(fields['callback']).toBe('unreached');
    expect(fields).not.toHaveProperty('satisfied');
    expect(fields).not.toHaveProperty('solved');
  });

  test('that is answered at the third try is reached', () => {
    const { fields } = play(callback, noAnswer(), noAnswer(), call({ reached: 'reached', solved: 'no' }, DAY)).state;
    expect(fields).toMatchObject({ callback: 'reached', solved: 'no' });
  });

  test('goes on counting when another caller is drawn', () => {
    const redrawn = play(callback, noAnswer(), step('supervisor', 'draw-call-back'));
    expect(redrawn.state.counts.callTries).toBe(1);
    given(redrawn).when(noAnswer(HOUR)).answers('same-day-call');
  });

  test('is not made again once it is settled', () => {
    given(called())
      .when(call({ reached: 'reached' }, DAY))
      .answers('guard-not-met');
  });
});

describe('the call-back of a second round', () => {
  const unreached = play(callback, noAnswer(), noAnswer(), noAnswer(), step('system', 'submit-review'));
  const rounds: [string, Scene][] = [
    [
      'after a rework',
      play(
        unreached,
        step('closure_reviewer', 'rework'),
        step('caseworker', 'start-work', { after: DAY }),
        ...road.slice(9, 13),
      ),
    ],
    [
      'after a reopening',
      play(
        reopened(play(unreached, step('closure_reviewer', 'review'), step('system', 'release'))),
        ...road.slice(2, 13),
      ),
    ],
  ];

  test.each(rounds)('%s has forgotten what the first one said', (_title, scene) => {
    expect(scene.state.at).toBe('callback');
    expect(scene.state.fields).not.toHaveProperty('callback');
  });

  test.each(rounds)('%s again takes three days without an answer to be unreached', (_title, scene) => {
    expect(play(scene, noAnswer()).state.fields['callback']).toBeUndefined();
  });
});

describe('check', () => {
  test('that fails goes back for rework and is remembered until the next draw', () => {
    const { state } = play(arrived('checking'), failCheck);
    expect([state.at, state.fields['check']]).toEqual(['rework', 'fail']);
  });

  test('that passes stays until a caller is drawn', () => {
    const { state } = play(arrived('checking'), step({ drawn: 'checker' }, 'check'));
    expect([state.at, state.fields['check']]).toEqual(['checking', 'pass']);
  });
});

describe('review', () => {
  const review = (by: string, payload: object, texts: string[] = ['reason']): Step =>
    step(by, 'review', { payload: payload as never, texts }); // shaped like the command's
  const explained = { closureType: 'explained' };

  test('keeps the closure type', () => {
    expect(closed().state.fields['closureType']).toBe('solved');
  });

  test('of what is explained is asked by one reviewer and granted by another; both hold the duty', () => {
    const scene = play(arrived('closure_review'), review('closure_reviewer', explained));
    expect(scene.state.duties).toContainEqual(['closure_reviewer', 'closure_reviewer']);
    const { state } = play(scene, step('closure_reviewer-2', 'grant'));
    expect([state.at, state.fields['closureType']]).toEqual(['closed', 'explained']);
    expect(state.duties).toContainEqual(['closure_reviewer-2', 'closure_reviewer']);
  });

  test('invariant 22: is not even asked for by somebody who handled the item', () => {
    const grants = [grantFor('caseworker', 'closure_reviewer')];
    given(arrived('closure_review'))
      .when({ ...review('caseworker', explained), facts: { grants } })
      .answers('separation-of-duties');
  });

  test('of a partial solution begins what is left, under the title that it was given', () => {
    const scene = arrived('closure_review');
    const left = decision(scene, review('closure_reviewer', { closureType: 'partly_solved' }, ['remainder']));
    expect(left.ok && left.effects).toMatchObject([
      { item: itemBornOf(scene.head, 0), name: 'submit', payload: { origin: { as: 'remainder', title: 'remainder' } } },
    ]);
  });

  test.each([
    ['in a project that serves the item', 'p1', '→ closed'],
    ['in one that does not', 'p9', 'not-linked'],
  ])('of a partial solution whose rest is done %s', (_title, project, expected) => {
    const served = play(joined(), ...road.slice(9, 15));
    given(served)
      .when(review('closure_reviewer', { closureType: 'partly_solved', project }, []))
      .answers(expected);
  });
});

describe('force-close', () => {
  test('sends what was merged into it to its own call-back', () => {
    const scene = play(arrived('in_progress'), step('system', 'absorb'), step('duty_officer', 'force-close'));
    const answer = decision(scene, step('leader', 'grant'));
    expect(answer.ok && answer.effects).toEqual([{ item: 'secondary', name: 'draw-call-back', payload: {} }]);
    expect(play(scene, step('leader', 'grant')).state.fields['closureType']).toBe('forced');
  });
});

test('a voided item sends what was merged into it back', () => {
  const scene = play(arrived('in_progress'), step('system', 'absorb'), step('duty_officer', 'void'));
  const answer = decision(scene, step('duty_officer-2', 'grant'));
  expect(answer.ok && answer.effects).toEqual([{ item: 'secondary', name: 'unmerge', payload: {} }]);
});
