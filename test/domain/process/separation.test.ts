import { describe, expect, test } from 'vitest';
import { type UserId, userId } from '../../../domain/ids.ts';
import type { ItemState } from '../../../domain/process/state.ts';
import {
  arrived,
  called,
  closed,
  covered,
  failCheck,
  passed,
  reopened,
  reworked,
  road,
  withTransition,
} from './places.ts';
import { decision, given, order, play, type Scene, type Step, step, SUIT_ALL } from './scene.ts';

const holders = ({ duties }: ItemState, duty: string): UserId[] =>
  duties.flatMap(([user, held]) => (held === duty ? [user] : []));

/** The road again, with Jack at these commands and everybody else where they were. */
function roadWithJackAt(names: string[], until: string): Scene {
  let scene = play(arrived('submitted'));
  for (const next of road.slice(1)) {
    if (scene.state.at === until) return scene;
    scene = play(scene, names.includes(next.name) ? { ...next, by: SUIT_ALL } : next);
  }
  return scene;
}

const refusedBy = (scene: Scene, next: Step): unknown => {
  const answer = decision(scene, next);
  return answer.ok ? 'allowed' : answer.refusal;
};

describe('S1 and invariant 22: whoever did this never reviews the closure', () => {
  test.each([
    ['sign', 'handler', 'S1'],
    ['contact', 'handler', 'S1'],
    ['start-work', 'handler', 'S1'],
    ['hand-in', 'handler', 'S1'],
    ['reserve', 'resource_decider', 'S1+'],
    ['assign', 'resource_decider', 'S1+'],
  ])('%s', (name, held, rule) => {
    const review = step(SUIT_ALL, 'review');
    const scene = roadWithJackAt([name], 'closure_review');
    expect(holders(scene.state, held)).toContain(SUIT_ALL);
    expect(refusedBy(scene, review)).toEqual({
      code: 'separation-of-duties',
      details: { rule, held, duty: 'closure_reviewer' },
    });
    expect(refusedBy(scene, { ...review, by: 'closure_reviewer' })).toBe('allowed');
  });

  test('check', () => {
    const scene = play(
      arrived('handled'),
      step('system', 'draw-check', { facts: { eligible: [userId(SUIT_ALL)] } }),
      step(SUIT_ALL, 'check'),
      step('system', 'draw-call-back'),
      step({ drawn: 'caller' }, 'call-back'),
      step('system', 'submit-review'),
    );
    given(scene).when(step(SUIT_ALL, 'review')).answers('separation-of-duties');
  });

  test('release while matching', () => {
    const emptied = play(covered(), step(SUIT_ALL, 'release'));
    const scene = play(emptied, ...road.slice(3, 15));
    expect(holders(scene.state, 'resource_decider')).toContain(SUIT_ALL);
    given(scene).when(step(SUIT_ALL, 'review')).answers('separation-of-duties');
  });

  test('settle on the spot, also when the item is closed a second time', () => {
    const settled = play(arrived('submitted'), step(SUIT_ALL, 'settle-on-the-spot'));
    const again = play(reopened(settled), ...road.slice(1, 15));
    expect(again.state.at).toBe('closure_review');
    given(again).when(step(SUIT_ALL, 'review')).answers('separation-of-duties');
  });

  test('neither do they send it back for rework', () => {
    given(roadWithJackAt(['sign'], 'closure_review'))
      .when(step(SUIT_ALL, 'rework'))
      .answers('separation-of-duties');
  });
});

describe('duties are held over the whole history', () => {
  const secondRound = (first: Scene, from = 2): Scene => play(reopened(first), ...road.slice(from, 15));

  test.each(['sign', 'reserve', 'hand-in'])(
    'a %s before the reopening still excludes from the review after it',
    (name) => {
      const first = play(roadWithJackAt([name], 'closed'), step('system', 'release'));
      const scene = secondRound(first);
      expect(scene.state.episode).toBe(2);
      given(scene).when(step(SUIT_ALL, 'review')).answers('separation-of-duties');
      given(scene).when(step('closure_reviewer-2', 'review')).answers('→ closed');
    },
  );

  test('a handler of a first attempt never checks the second', () => {
    const inWork = play(reworked(), step(SUIT_ALL, 'start-work'), step(SUIT_ALL, 'hand-in'));
    given(inWork)
      .when(step('system', 'draw-check', { facts: { eligible: [userId(SUIT_ALL)] } }))
      .answers('nobody-eligible');
  });

  test.each([
    ['work taken up', arrived('contacted')],
    ['rework taken up', reworked()],
  ])('%s by hand makes a handler, who is never drawn to check it', (_title, scene) => {
    const inWork = play(scene, step(SUIT_ALL, 'start-work'));
    expect(holders(inWork.state, 'handler')).toContain(SUIT_ALL);
    const draw = (...people: string[]): Step =>
      step('system', 'draw-check', { facts: { eligible: people.map(userId) } });
    const handedIn = play(inWork, step('caseworker', 'hand-in'));
    given(handedIn).when(draw(SUIT_ALL)).answers('nobody-eligible');
    expect(play(handedIn, draw(SUIT_ALL, 'inspector-9')).state.drawn).toContainEqual(['inspector-9', 'checker']);
  });

  test('work that the system started makes nobody a handler', () => {
    expect(arrived('in_progress').state.duties).toEqual(arrived('contacted').state.duties);
  });

  test('giving back what a closed item holds decides on no resource any more', () => {
    const byHand = play(arrived('closed'), step(SUIT_ALL, 'release'));
    expect(byHand.state.duties).toEqual(arrived('closed').state.duties);
  });

  test('a reviewer who sent the item back for rework may review it again', () => {
    const back = play(arrived('closure_review'), step('closure_reviewer', 'rework'));
    const again = play(back, step('caseworker', 'start-work'), ...road.slice(9, 15));
    given(again).when(step('closure_reviewer', 'review')).answers('→ closed');
  });
});

describe('the other way round', () => {
  const jackReviewed = play(roadWithJackAt(['review'], 'closed'), step('system', 'release'));
  const jacksSecond = play(reopened(jackReviewed), step('system', 'start-matching'));

  test.each<[string, Scene, Step]>([
    ['reserve', jacksSecond, step(SUIT_ALL, 'reserve')],
    ['release', play(jacksSecond, ...road.slice(3, 4)), step(SUIT_ALL, 'release')],
    ['assign', jacksSecond, step(SUIT_ALL, 'assign')],
    ['sign', play(jacksSecond, ...road.slice(3, 6)), step(SUIT_ALL, 'sign')],
    ['contact', play(jacksSecond, ...road.slice(3, 7)), step(SUIT_ALL, 'contact')],
    ['start-work', play(jacksSecond, ...road.slice(3, 8)), step(SUIT_ALL, 'start-work')],
    ['hand-in', play(jacksSecond, ...road.slice(3, 9)), step(SUIT_ALL, 'hand-in')],
  ])('a closure reviewer of the first episode is refused %s in the second', (_name, scene, next) => {
    given(scene).when(next).answers('separation-of-duties');
  });

  test('whoever was drawn to check and handled in between is refused the check', () => {
    const plan = withTransition({
      command: 'contact',
      from: ['checking'],
      to: 'self',
      roles: ['inspector'],
      gives: 'handler',
    });
    const scene = play(arrived('checking', plan), step({ drawn: 'checker' }, 'contact'));
    given(scene)
      .when(step({ drawn: 'checker' }, 'check'))
      .answers('separation-of-duties');
  });
});

describe('S5', () => {
  test('a handler is never drawn to call back, and nobody else being there is told', () => {
    const facts = { eligible: [userId('caseworker')] };
    given(passed())
      .when(step('system', 'draw-call-back', { facts }))
      .answers('nobody-eligible');
  });

  test('a checker may be drawn to call back: that is no rule of ours', () => {
    const checker = passed().state.drawn.map(([user]) => user);
    given(passed())
      .when(step('system', 'draw-call-back', { facts: { eligible: checker } }))
      .answers('→ callback');
  });
});

test('one person may hold one duty twice', () => {
  const once = arrived('contacted');
  const twice = play(roadWithJackAt(['sign', 'contact', 'hand-in'], 'handled'));
  expect(holders(once.state, 'handler')).toEqual(['unit_clerk', 'caseworker']);
  expect(holders(twice.state, 'handler')).toEqual([SUIT_ALL]);
});

test('asking for a reopening gives no duty, so the asker is separated from nothing', () => {
  const asker = play(closed(), step('inspector', 'reopen'));
  expect(asker.state.duties).toEqual(closed().state.duties);
});

test('no duty is held by the system', () => {
  const held = [covered(), called(), closed()].flatMap(({ state }) => state.duties.map(([user]) => user));
  expect(held).not.toContain('system');
});

test('every duty that a separation names is given by some transition or draw', () => {
  const duties = order.transitions.flatMap(({ gives, draws }) => [gives, draws?.duty]);
  expect(order.separation.flatMap(({ duties }) => duties).filter((duty) => !duties.includes(duty))).toEqual([]);
});

test('a failed check counts as having checked', () => {
  const scene = play(arrived('checking'), failCheck);
  expect(holders(scene.state, 'checker')).toHaveLength(1);
});
