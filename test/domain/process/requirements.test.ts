import { describe, expect, test } from 'vitest';
import { guardAllows, transitionsFrom } from '../../../domain/process/transition.ts';
import { table } from './decide-table.ts';
import { arrived, called, changed, closed, covered, later, placesOf, reworked } from './places.ts';
import {
  advice,
  type By,
  commandOf,
  decision,
  given,
  order,
  play,
  type Scene,
  type Step,
  step,
  told,
} from './scene.ts';

const scenes = Object.values(table).map(({ scene }) => scene());
const demanding = order.transitions.flatMap((transition) =>
  (transition.requires ?? []).map((required) => ({ transition, required })),
);

/** Payloads that make the guards of the shipped definition choose one transition of several that ask for something. */
const choosing: Record<string, (scene: Scene) => object[]> = {
  check: () => [{ outcome: 'fail' }, { outcome: 'cannot_check' }],
  review: () => [{ closureType: 'explained' }],
  'rate-whistle': ({ state }) => [{ task: state.tasks.at(-1)?.id ?? '', rating: 'poor', again: 'yes' }],
};

/** Which of the transitions of a command is the one that is taken. */
function chosen(scene: Scene, given: Step): unknown {
  const command = commandOf(scene, given);
  const possible = transitionsFrom(scene.plan, scene.state, given.name);
  return possible.find((transition) => guardAllows(transition, scene.state, command));
}

function orders(transition: (typeof demanding)[number]['transition']): { scene: Scene; complete: Step }[] {
  const by: By = transition.drawn ? { drawn: transition.drawn } : (transition.roles[0] ?? 'system');
  return scenes
    .filter(({ state }) => placesOf(transition).includes(state.at))
    .flatMap((scene) => {
      const payloads = choosing[transition.command]?.(scene) ?? [undefined];
      return payloads.map((payload) => {
        const complete = { ...step(by, transition.command), ...(payload ? { payload: payload as never } : {}) }; // fits the command
        return { scene, complete };
      });
    })
    .filter(({ scene, complete }) => decision(scene, complete).ok && chosen(scene, complete) === transition);
}

describe.each(demanding)('$transition.command → $transition.to requires $required', ({ transition, required }) => {
  const isText = typeof required === 'string';
  const code = isText ? 'reason-missing' : 'evidence-missing';
  const lacking: Partial<Step> = isText ? { texts: ['aside'] } : { payload: { evidence: [] } };

  test('and is refused without it', () => {
    const answers = orders(transition).map(({ scene, complete }) => told(decision(scene, { ...complete, ...lacking })));
    expect(new Set(answers)).toEqual(new Set([code]));
  });

  test('and does not ask for it while somebody only asks whether they may', () => {
    const answers = orders(transition).map(({ scene, complete }) => advice(scene, { ...complete, texts: [] }).ok);
    expect(new Set(answers)).toEqual(new Set([true]));
  });
});

test('the refusal names what is missing', () => {
  const answer = decision(arrived('in_progress'), step('caseworker', 'hand-in', { texts: ['reason'] }));
  expect(answer.ok || answer.refusal.details).toEqual({ text: 'result' });
  const bare = decision(arrived('in_progress'), step('caseworker', 'hand-in', { payload: { evidence: [] } }));
  expect(bare.ok || bare.refusal.details).toEqual({ kind: 'any' });
});

test('a kind of evidence that is asked for by name is not replaced by another kind', () => {
  const plan = changed('hand-in', () => ({ requires: [{ evidence: 'receipt' }] }));
  const sha256 = 'ab'.repeat(32);
  const inWork = arrived('in_progress', plan);
  const bring = (kind: string): Step => step('caseworker', 'hand-in', { payload: { evidence: [{ kind, sha256 }] } });
  given(inWork).when(bring('photo')).answers('evidence-missing');
  given(inWork).when(bring('receipt')).answers('→ handled');
});

describe('a guard over the payload', () => {
  const review = arrived('closure_review');
  const solved = step('closure_reviewer', 'review', { payload: { closureType: 'solved' }, texts: [] });
  const explained = step('closure_reviewer', 'review', { payload: { closureType: 'explained' }, texts: [] });

  test('chooses the transition: solved needs no reason, explained does', () => {
    given(review).when(solved).answers('→ closed');
    given(review).when(explained).answers('reason-missing');
  });

  test('is unknown to somebody who only asks, and unknown is not no', () => {
    expect(told(advice(review, explained))).toBe('→ closed');
    expect(told(advice(arrived('checking'), step({ drawn: 'checker' }, 'check')))).not.toBe('guard-not-met');
  });

  test('does not hide that the rest of the guard already fails', () => {
    const done = play(arrived('checking'), step({ drawn: 'checker' }, 'check'));
    expect(told(advice(done, step({ drawn: 'checker' }, 'check')))).toBe('guard-not-met');
  });
});

describe('a guard over the state', () => {
  test.each<[string, Scene, Step, string]>([
    ['nothing reserved and nobody assigned', arrived('matching'), step('dispatcher', 'dispatch'), 'guard-not-met'],
    [
      'reserved, nobody assigned',
      play(arrived('matching'), step('matcher', 'reserve')),
      step('dispatcher', 'dispatch'),
      'guard-not-met',
    ],
    [
      'assigned, one need half covered',
      play(
        arrived('matching'),
        step('dispatcher', 'assign'),
        step('matcher', 'reserve', { payload: { need: 'n1', resource: 'pump' as never, amount: 1 } }), // an id of the cast
      ),
      step('dispatcher', 'dispatch'),
      'guard-not-met',
    ],
    ['everything there', covered(), step('dispatcher', 'dispatch'), '→ dispatched'],
    [
      'everything released again',
      play(covered(), step('matcher', 'release')),
      step('dispatcher', 'dispatch'),
      'guard-not-met',
    ],
  ])('dispatch, %s', (_title, scene, next, expected) => given(scene).when(next).answers(expected));

  test('what a guard refuses changes nothing later on either: the same command is accepted once it holds', () => {
    given(arrived('callback')).when(step('duty_officer', 'submit-review')).answers('guard-not-met');
    given(called()).when(step('duty_officer', 'submit-review')).answers('→ closure_review');
  });
});

describe('counts, clears and episodes', () => {
  test('a failed check and a rework each count one', () => {
    expect(reworked().state.counts.reworks).toBe(1);
    expect(play(arrived('closure_review'), step('closure_reviewer', 'rework')).state.counts.reworks).toBe(1);
    expect(called().state.counts.reworks).toBe(0);
  });

  test('a new draw forgets what the round before it said', () => {
    const again = play(
      reworked(),
      step('caseworker', 'start-work'),
      step('caseworker', 'hand-in'),
      step('system', 'draw-check'),
    );
    expect(reworked().state.fields['check']).toBe('fail');
    expect(again.state.fields).not.toHaveProperty('check');
  });

  test('a reopening begins a new episode and forgets how the old one ended', () => {
    const before = closed();
    const after = play(before, step('reporter', 'reopen'), step('supervisor', 'grant'));
    expect([before.state.episode, after.state.episode]).toEqual([1, 2]);
    expect(before.state.fields).toMatchObject({ closureType: 'solved', callback: 'reached', check: 'pass' });
    expect(Object.keys(after.state.fields).sort()).toEqual(
      [
        'area',
        'category',
        'channel',
        'contactMeans',
        'kind',
        'limitAmount',
        'limitKind',
        'peopleAffected',
        'receivedAt',
        'urgency',
      ].sort(),
    );
  });

  test('a field that is not there is not cleared: no event says so', () => {
    const answer = decision(arrived('handled'), step('system', 'draw-check'));
    expect(answer.ok && answer.events.map(({ type }) => type)).toEqual(['drawn', 'clock-started', 'moved']);
  });
});

test('time alone changes nothing about who may do what', () => {
  given(later(arrived('signed'), 90 * 86_400_000))
    .when(step('caseworker', 'contact'))
    .answers('→ contacted');
});
