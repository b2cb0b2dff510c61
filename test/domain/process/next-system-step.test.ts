import { describe, expect, test } from 'vitest';
import {
  mayRest,
  type Next,
  nextSystemStep,
  type Queued,
  queuedStep,
  type Stuck,
} from '../../../domain/process/next-system-step.ts';
import { itemId } from '../../../domain/ids.ts';
import { DAY, formatInstant, instant, MINUTE, parseInstant } from '../../../domain/time.ts';
import { table } from './decide-table.ts';
import { arrived, asked, closed, covered, expired, later, passed } from './places.ts';
import { decision, order, play, type Scene, step } from './scene.ts';

const next = ({ plan, state, at }: Scene, stuck: readonly Stuck[] = []): Next =>
  nextSystemStep(plan, state, at, [], stuck);

function shown(answer: Next): string {
  if ('until' in answer) return answer.until === null ? 'nothing' : `until ${formatInstant(answer.until)}`;
  const { step: owed } = answer;
  if (owed.kind === 'level') return `level ${owed.level.level} of ${owed.level.id}`;
  return owed.kind === 'auto' && owed.activity ? `${owed.command} with ${owed.activity}` : owed.command;
}

const WARNING = 'until 2026-03-06T17:30:00+08:00';
const TOTAL = 'until 2026-04-20T00:00:00+08:00';
const APPROVE = 'until 2026-03-03T17:30:00.001+08:00';
const TWO_DAYS = 'until 2026-03-04T17:30:00.001+08:00';
const MATCHING = 'until 2026-03-05T17:30:00.001+08:00';
const REVIEW = 'until 2026-03-27T00:00:00+08:00';
const SIGN = 'until 2026-03-02T16:00:00.001+08:00';
const CONTACT = 'until 2026-03-03T10:10:00.001+08:00';
const RETENTION = 'until 2026-04-02T00:00:00.001+08:00';

/** What the system owes at each place of the decision table. */
const owed: Record<keyof typeof table, string> = {
  draft: 'nothing',
  submitted: 'nothing',
  verifying: 'nothing',
  not_accepted: RETENTION,
  redirected: RETENTION,
  merged: TOTAL,
  'merged, after the dispatch': TOTAL,
  registered: 'start-matching with find-candidates',
  'matching, nothing found yet': MATCHING,
  'matching, the catalogue names the team': 'assign',
  'matching, needs covered and a team assigned': 'dispatch',
  'matching, the lease is over': 'release',
  'matching, of public safety': MATCHING,
  'matching, of public safety and withdrawn': MATCHING,
  'pending_resource, the list is empty': 'unblock with find-candidates',
  'pending_resource, waiting for people': MATCHING,
  'pending_resource, the team goes without': 'dispatch',
  'dispatched, without what is lacking': SIGN,
  dispatched: SIGN,
  'dispatched, a return asked': SIGN,
  'dispatched, once returned before': 'until 2026-03-02T16:40:00.001+08:00',
  'dispatched, a second return asked': 'until 2026-03-02T16:40:00.001+08:00',
  'dispatched, the returns are arbitrated': 'until 2026-03-02T16:40:00.001+08:00',
  signed: CONTACT,
  contacted: 'start-work',
  in_progress: WARNING,
  'in_progress, past the limit': 'level 1 of handle',
  'in_progress, a co-task open': WARNING,
  'in_progress, a whistle blown': 'until 2026-03-05T11:18:00+08:00',
  'in_progress, a whistle answered': WARNING,
  'in_progress, in a project': REVIEW,
  'in_progress, in two projects': REVIEW,
  'in_progress, a suspension granted by one': APPROVE,
  suspended: REVIEW,
  'suspended, the review is due': 'resume',
  handled: 'draw-check',
  'checking, a checker drawn': TWO_DAYS,
  'checking, passed': 'draw-call-back',
  rework: WARNING,
  'callback, a caller drawn': 'until 2026-03-09T17:30:00.001+08:00',
  'callback, settled': 'submit-review',
  closure_review: TWO_DAYS,
  'closure_review, an explanation asked': TWO_DAYS,
  'closed, things still held': 'release',
  'closed, everything given back': RETENTION,
  'closed on the spot': RETENTION,
  'closed, a reopening asked': APPROVE,
  'closed, a reopening asked, retention over': 'nothing',
  'closed, retention over': 'archive',
  withdrawn: RETENTION,
  voided: RETENTION,
  reopened: 'start-matching with find-candidates',
  'reopened, never registered': TOTAL,
  archived: 'nothing',
};

test('every place of the decision table is here', () => {
  expect(Object.keys(owed).sort()).toEqual(Object.keys(table).sort());
});

test.each(Object.entries(owed))('%s: %s', (title, expected) => {
  const scene = table[title]?.scene();
  expect(scene && shown(next(scene))).toBe(expected);
});

test.each(Object.entries(table))(
  '%s: what it owes is accepted from the system, and nothing else automatic is',
  (_title, place) => {
    const scene = place.scene();
    const answer = next(scene);
    const automatic = [...new Set(order.transitions.flatMap(({ command, auto }) => (auto ? [command] : [])))];
    const accepted = automatic.filter((name) => decision(scene, step('system', name, { after: 0 })).ok);
    const due = 'step' in answer && answer.step.kind === 'auto' ? [answer.step.command] : [];
    expect(accepted).toEqual(due);
  },
);

describe('the instant to sleep to', () => {
  test('is the next level that is not recorded', () => {
    const warned = play(
      { ...arrived('in_progress'), at: parseInstant('2026-03-06T17:30:00+08:00') },
      step('system', 'reach-level', { after: 0 }),
    );
    expect(shown(next(warned))).toBe('until 2026-03-09T17:30:00.001+08:00');
  });

  test('is one millisecond after the due instant', () => {
    const clock = arrived('signed').state.clocks.at(-1);
    expect(clock?.levels.at(-1)).toBe(Number(clock?.due) + 1);
  });
});

describe('a level', () => {
  const late = later(arrived('contacted'), 30 * DAY);

  test('comes before an automatic transition', () => {
    expect(shown(next(arrived('contacted')))).toBe('start-work');
    expect(shown(next(late))).toBe('level 1 of handle');
  });

  test('comes in order: the warning, then the due instant, then the transition', () => {
    const once = play(late, step('system', 'reach-level', { after: 0 }));
    const twice = play(once, step('system', 'reach-level', { after: 0 }));
    expect([once, twice].map((scene) => shown(next(scene)))).toEqual(['level 2 of handle', 'start-work']);
  });

  test('that is owed by a stopped clock comes first', () => {
    const handed = play(later(arrived('in_progress'), 30 * DAY), step('caseworker', 'hand-in', { after: 0 }));
    expect(handed.state.clocks.map(({ id }) => id)).toEqual(['total']);
    expect(shown(next(handed))).toBe('level 1 of handle');
  });

  test('has a key of its clock, run, limit and level, whatever happened since', () => {
    const key = 'clock:handle.6:5-work_day:1';
    const handedInMeanwhile = play(later(arrived('in_progress'), 30 * DAY), step('caseworker', 'hand-in'));
    expect([late, handedInMeanwhile].map((scene) => next(scene))).toMatchObject([{ step: { key } }, { step: { key } }]);
  });
});

describe('an automatic transition', () => {
  test('has a key of its command and the revision, so that the same move of a later round is another one', () => {
    const scene = arrived('registered');
    expect(next(scene)).toEqual({
      step: {
        kind: 'auto',
        key: `auto:start-matching:${scene.state.rev}`,
        command: 'start-matching',
        activity: 'find-candidates',
      },
    });
    expect(next(later(scene, DAY))).toEqual(next(scene));
  });

  test('that waits for nothing slow names no activity', () => {
    expect(next(covered())).toEqual({
      step: { kind: 'auto', key: `auto:dispatch:${covered().state.rev}`, command: 'dispatch' },
    });
  });
});

describe('a stuck step', () => {
  const scene = arrived('handled');
  const retryAt = instant(scene.at + 5 * MINUTE);
  const stuck = [{ step: 'draw-check', retryAt }];

  test('is passed over until its time', () => {
    expect(next(scene, stuck)).toEqual({ until: retryAt });
    expect(next({ ...scene, at: instant(retryAt - 1) }, stuck)).toEqual({ until: retryAt });
  });

  test('is tried again at its time', () => {
    expect(shown(next({ ...scene, at: retryAt }, stuck))).toBe('draw-check');
  });

  test('of another command holds nothing back', () => {
    expect(shown(next(scene, [{ step: 'archive', retryAt }]))).toBe('draw-check');
  });

  test('does not hold back a level', () => {
    const late = play(later(arrived('in_progress'), 30 * DAY), step('caseworker', 'hand-in', { after: 0 }));
    expect(shown(next(late, [{ step: 'draw-check', retryAt: instant(late.at + DAY) }]))).toBe('level 1 of handle');
  });

  test('lets the item sleep to a level that comes before its time', () => {
    const contacted = arrived('contacted');
    const [warning] = contacted.state.clocks.find(({ id }) => id === 'handle')?.levels ?? [];
    const far = [{ step: 'start-work', retryAt: instant(contacted.at + 30 * DAY) }];
    const near = [{ step: 'start-work', retryAt: instant(contacted.at + MINUTE) }];
    expect(next(contacted, far)).toEqual({ until: warning });
    expect(next(contacted, near)).toEqual({ until: instant(contacted.at + MINUTE) });
  });

  test('that is no longer next is not waited for', () => {
    const checking = play(scene, step('duty_officer', 'draw-check'));
    expect(shown(next(checking, stuck))).toBe('until 2026-03-04T17:30:00.001+08:00');
  });
});

describe('a run may rest', () => {
  const rests = (scene: Scene): boolean => {
    const answer = next(scene);
    return 'until' in answer && mayRest(scene.plan, scene.state, scene.at, answer.until);
  };

  test.each<[string, Scene, boolean]>([
    ['while people work', arrived('in_progress'), false],
    ['while people have to match', arrived('matching'), false],
    ['a month before the archive', closed(), true],
    ['six days before the archive', later(closed(), 24 * DAY), false],
    ['when it is archived', arrived('archived'), true],
  ])('%s: %s', (_title, scene, expected) => expect(rests(scene)).toBe(expected));

  test('never while it owes a step', () => {
    expect([passed(), expired(closed())].map(rests)).toEqual([false, false]);
  });
});

test('an item whose retention ended while a reopening was asked is archived as soon as that is refused', () => {
  const waiting = expired(asked());
  expect(next(waiting)).toEqual({ until: null });
  expect(shown(next(play(waiting, step('supervisor', 'refuse-request'))))).toBe('archive');
});

test('a closed item comes to its archive by the system alone', () => {
  let scene = arrived('closed');
  const taken: string[] = [];
  for (let turn = 0; turn < 10; turn += 1) {
    const answer = next(scene);
    if ('until' in answer && answer.until === null) break;
    if ('until' in answer) scene = { ...scene, at: answer.until ?? scene.at };
    else {
      taken.push(answer.step.command);
      scene = play(scene, step('system', answer.step.command, { after: 0 }));
    }
  }
  expect([scene.state.at, taken]).toEqual(['archived', ['release', 'reach-level', 'archive']]);
});

describe('what other items asked for', () => {
  const asks = (id: string, source: string): Queued => ({ id, source: itemId(source), name: 'absorb' });
  const queued = [asks('1', 'a'), asks('2', 'a'), asks('3', 'b'), asks('4', 'b')];
  const scene = arrived('registered');
  const waits = (...ids: string[]): Stuck[] =>
    ids.map((id) => ({ step: queuedStep(id), retryAt: instant(scene.at + MINUTE) }));
  const taken = (stuck: readonly Stuck[], from = scene): string => {
    const answer = nextSystemStep(from.plan, from.state, from.at, queued, stuck);
    return 'step' in answer ? answer.step.key : shown(answer);
  };

  test('comes in its order, before what the item needs by itself', () => expect(taken([])).toBe('1'));

  test('holds back only later ones of the same source when it has to wait', () => expect(taken(waits('1'))).toBe('3'));

  test('keeps nothing else from being done when all of it has to wait', () =>
    expect(taken(waits('1', '3'))).toBe('auto:start-matching:2'));

  test('is tried again when its time has come', () => expect(taken(waits('1'), later(scene, MINUTE))).toBe('1'));

  test('is waited for where nothing else is owed', () => {
    const idle = arrived('submitted');
    const stuck = ['1', '3'].map((id) => ({ step: queuedStep(id), retryAt: instant(idle.at + MINUTE) }));
    expect(nextSystemStep(idle.plan, idle.state, idle.at, queued, stuck)).toEqual({ until: idle.at + MINUTE });
  });

  test('comes after a level that a clock has reached', () => {
    expect(taken([], later(arrived('in_progress'), 30 * DAY))).toMatch(/^clock:handle/);
  });
});
