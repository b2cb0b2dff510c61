import { describe, expect, test } from 'vitest';
import { resourceId, userId } from '../../../domain/ids.ts';
import type { Facts } from '../../../domain/process/context.ts';
import type { Plan } from '../../../domain/process/definition.ts';
import { isTransient, type RefusalCode, refusalCodes } from '../../../domain/refusals.ts';
import { DAY } from '../../../domain/time.ts';
import {
  arrived,
  asked,
  called,
  changed,
  closed,
  expired,
  hastyArchive,
  passed,
  reopened,
  returnAsked,
  road,
  withTransition,
} from './places.ts';
import {
  type By,
  decision,
  given,
  order,
  play,
  resource,
  type Scene,
  type Step,
  step,
  SUIT_ALL,
  team,
  told,
} from './scene.ts';

/** A right command that can be made wrong in several independent ways, each named by the code it alone earns. */
interface Case {
  title: string;
  wrongs: RefusalCode[];
  make: (has: (code: RefusalCode) => boolean) => [Scene, Step];
}

/** Jack reviewed the first episode; in the second every act of handling or deciding on resources is closed to him. */
const jackReviewed = play(arrived('closure_review'), step(SUIT_ALL, 'review'), step('system', 'release'));
const secondMatching = play(reopened(jackReviewed), step('system', 'start-matching'));
const noGrants = (has: boolean): Facts => (has ? { grants: [] } : {});

/** A checker may contact while checking: the only way to become a handler between being drawn and acting. */
const contactWhileChecking: Plan = withTransition({
  command: 'contact',
  from: ['checking'],
  to: 'self',
  roles: ['inspector'],
  gives: 'handler',
});

const evidenceFirst = changed('hand-in', () => ({ requires: [{ evidence: 'any' }, 'result'] }));

/** A reopening is possible until the retention is over: the only guard that can fail after somebody has asked. */
const reopenInTime = changed('reopen', () => ({ when: { value: 'clock.retention', is: 0 } }));

/** Jack returns the order; of the second return a ruling is needed. */
const jacksReturn = (): [Scene, Step] => [arrived('dispatched'), step(SUIT_ALL, 'return')];
const jacksSecondReturn = (): [Scene, Step] => [
  play(returnAsked(), step('dispatcher', 'grant'), step('dispatcher', 'assign'), step('system', 'dispatch')),
  step(SUIT_ALL, 'return'),
];

const handIn =
  (plan: Plan): Case['make'] =>
  (has) => [
    has('wrong-state')
      ? arrived('signed', plan)
      : has('separation-of-duties')
        ? play(secondMatching, ...road.slice(3, 9))
        : arrived('in_progress', plan),
    step(has('separation-of-duties') ? SUIT_ALL : 'caseworker', 'hand-in', {
      facts: noGrants(has('not-permitted')),
      ...(has('reason-missing') ? { texts: [] } : {}),
      ...(has('evidence-missing') ? { payload: { evidence: [] } } : {}),
    }),
  ];

const failing = (by: By, has: (code: RefusalCode) => boolean): Step =>
  step(by, 'check', {
    payload: { outcome: 'fail' },
    texts: has('reason-missing') ? [] : ['reason'],
    facts: noGrants(has('not-permitted')),
  });

const noAnswer = (after: number): Step =>
  step({ drawn: 'caller' }, 'call-back', { payload: { reached: 'no_answer' }, after });

function callBackScene(sameDay: boolean, settled: boolean): Scene {
  if (sameDay && settled) return play(arrived('callback'), noAnswer(DAY), noAnswer(DAY), noAnswer(DAY));
  if (sameDay) return play(arrived('callback'), noAnswer(0));
  return settled ? called() : arrived('callback');
}

const cases: Case[] = [
  {
    title: 'hand-in',
    wrongs: ['wrong-state', 'not-permitted', 'separation-of-duties', 'reason-missing', 'evidence-missing'],
    make: handIn(order),
  },
  {
    title: 'hand-in of a definition that lists its requirements the other way round',
    wrongs: ['reason-missing', 'evidence-missing'],
    make: handIn(evidenceFirst),
  },
  {
    title: 'check',
    wrongs: ['wrong-state', 'not-permitted', 'not-drawn', 'guard-not-met', 'reason-missing'],
    make(has) {
      const scene = has('guard-not-met') ? passed() : arrived('checking');
      const [checker] = scene.state.drawn.map(([user]) => user);
      const other = checker === 'inspector' ? 'inspector-2' : 'inspector';
      return [
        has('wrong-state') ? play(scene, step('reporter', 'withdraw')) : scene,
        failing(has('not-drawn') ? other : { drawn: 'checker' }, has),
      ];
    },
  },
  {
    title: 'check by somebody who handled the item after being drawn',
    wrongs: ['not-permitted', 'separation-of-duties', 'reason-missing'],
    make(has) {
      const drawn = arrived('checking', contactWhileChecking);
      return [
        has('separation-of-duties') ? play(drawn, step({ drawn: 'checker' }, 'contact')) : drawn,
        failing({ drawn: 'checker' }, has),
      ];
    },
  },
  {
    title: 'call-back',
    wrongs: ['not-permitted', 'not-drawn', 'same-day-call', 'guard-not-met'],
    make(has) {
      const scene = callBackScene(has('same-day-call'), has('guard-not-met'));
      const [, caller] = scene.state.drawn.map(([user]) => user);
      const other = caller === 'callback_clerk' ? 'callback_clerk-2' : 'callback_clerk';
      return [
        scene,
        { ...noAnswer(0), by: has('not-drawn') ? other : { drawn: 'caller' }, facts: noGrants(has('not-permitted')) },
      ];
    },
  },
  {
    title: 'draw-check again',
    wrongs: ['not-permitted', 'guard-not-met', 'reason-missing', 'nobody-eligible'],
    make: (has) => [
      has('guard-not-met') ? passed() : arrived('checking'),
      step('supervisor', 'draw-check', {
        texts: has('reason-missing') ? [] : ['reason'],
        facts: {
          ...noGrants(has('not-permitted')),
          eligible: has('nobody-eligible') ? [] : [userId('inspector')],
        },
      }),
    ],
  },
  {
    title: 'reopen',
    wrongs: ['wrong-state', 'not-permitted', 'already-requested', 'reason-missing'],
    make: (has) => [
      has('wrong-state')
        ? play(expired(has('already-requested') ? asked(hastyArchive) : closed()), step('system', 'archive'))
        : has('already-requested')
          ? asked()
          : closed(),
      step('inspector', 'reopen', {
        texts: has('reason-missing') ? [] : ['reason'],
        facts: noGrants(has('not-permitted')),
      }),
    ],
  },
  {
    title: 'reopen while things are held',
    wrongs: ['not-permitted', 'guard-not-met', 'reason-missing'],
    make: (has) => [
      has('guard-not-met') ? arrived('closed') : closed(),
      step('inspector', 'reopen', {
        texts: has('reason-missing') ? [] : ['reason'],
        facts: noGrants(has('not-permitted')),
      }),
    ],
  },
  {
    title: 'reopen of a definition that allows it until the retention is over',
    wrongs: ['not-permitted', 'already-requested', 'guard-not-met', 'reason-missing'],
    make(has) {
      const scene = has('already-requested') ? asked(reopenInTime) : closed(reopenInTime);
      return [
        has('guard-not-met') ? expired(scene) : scene,
        step('inspector', 'reopen', {
          texts: has('reason-missing') ? [] : ['reason'],
          facts: noGrants(has('not-permitted')),
        }),
      ];
    },
  },
  {
    title: 'grant',
    wrongs: ['not-permitted', 'second-person-needed', 'ruling-needed'],
    make(has) {
      const open = play(...(has('ruling-needed') ? jacksSecondReturn() : jacksReturn()));
      return [
        open,
        step(has('second-person-needed') ? SUIT_ALL : has('ruling-needed') ? 'supervisor' : 'dispatcher', 'grant', {
          facts: noGrants(has('not-permitted')),
        }),
      ];
    },
  },
  {
    title: 'grant of what is allowed until the retention is over',
    wrongs: ['not-permitted', 'second-person-needed', 'guard-not-met'],
    make(has) {
      const open = play(closed(reopenInTime), step(SUIT_ALL, 'reopen'));
      return [
        has('guard-not-met') ? expired(open) : open,
        step(has('second-person-needed') ? SUIT_ALL : 'supervisor', 'grant', { facts: noGrants(has('not-permitted')) }),
      ];
    },
  },
  {
    title: 'grant by the system',
    wrongs: ['not-permitted', 'unknown-request'],
    make: (has) => [
      asked(),
      step(
        has('not-permitted') ? 'system' : 'supervisor',
        'grant',
        has('unknown-request') ? { payload: { request: 'q999' } } : {},
      ),
    ],
  },
  {
    title: 'refuse-request',
    wrongs: ['not-permitted', 'second-person-needed', 'reason-missing'],
    make: (has) => [
      play(closed(), step(SUIT_ALL, 'reopen')),
      step(has('second-person-needed') ? SUIT_ALL : 'supervisor', 'refuse-request', {
        texts: has('reason-missing') ? [] : ['reason'],
        facts: noGrants(has('not-permitted')),
      }),
    ],
  },
  {
    title: 'reserve',
    wrongs: [
      'wrong-state',
      'not-permitted',
      'separation-of-duties',
      'unknown-need',
      'unknown-resource',
      'resource-unsuitable',
      'resource-not-valid',
      'resource-out-of-area',
      'need-exceeded',
      'resource-over-capacity',
    ],
    make(has) {
      const matching = has('separation-of-duties') ? secondMatching : arrived('matching');
      return [
        has('wrong-state') ? play(matching, step('reporter', 'withdraw')) : matching,
        step(has('separation-of-duties') ? SUIT_ALL : 'matcher', 'reserve', {
          payload: {
            need: has('unknown-need') ? 'n9' : 'n1',
            resource: resourceId('pump'),
            amount: has('need-exceeded') ? 3 : 1,
          },
          facts: {
            ...noGrants(has('not-permitted')),
            resource: has('unknown-resource')
              ? null
              : {
                  ...resource,
                  kind: has('resource-unsuitable') ? 'room' : resource.kind,
                  valid: !has('resource-not-valid'),
                  inArea: !has('resource-out-of-area'),
                  reserved: has('resource-over-capacity') ? 3 : 0,
                },
          },
        }),
      ];
    },
  },
  {
    title: 'assign',
    wrongs: [
      'not-permitted',
      'separation-of-duties',
      'unknown-team',
      'team-not-active',
      'team-lacks-skill',
      'team-out-of-area',
      'team-over-capacity',
    ],
    make: (has) => [
      has('separation-of-duties') ? secondMatching : arrived('matching'),
      step(has('separation-of-duties') ? SUIT_ALL : 'dispatcher', 'assign', {
        facts: {
          ...noGrants(has('not-permitted')),
          team: has('unknown-team')
            ? null
            : {
                ...team,
                active: !has('team-not-active'),
                skills: has('team-lacks-skill') ? [] : team.skills,
                inArea: !has('team-out-of-area'),
                openLoad: has('team-over-capacity') ? team.maxOpenLoad : 0,
              },
        },
      }),
    ],
  },
  {
    title: 'release of a closed item',
    wrongs: ['not-permitted', 'guard-not-met', 'unknown-reservation'],
    make: (has) => [
      has('guard-not-met') ? closed() : arrived('closed'),
      step('matcher', 'release', {
        payload: has('unknown-reservation') ? { reservation: 'r999' } : {},
        facts: noGrants(has('not-permitted')),
      }),
    ],
  },
];

const first = (codes: RefusalCode[]): RefusalCode | undefined => refusalCodes.find((code) => codes.includes(code));

describe.each(cases)('$title', ({ wrongs, make }) => {
  test('is accepted when nothing is wrong', () => {
    expect(decision(...make(() => false)).ok).toBe(true);
  });

  test.each(wrongs.map((code) => [code]))('is refused for %s alone', (wrong) => {
    const [scene, next] = make((code) => code === wrong);
    given(scene).when(next).answers(wrong);
  });

  const pairs = wrongs.flatMap((one, at) =>
    wrongs.slice(at + 1).map((other): [RefusalCode, RefusalCode] => [one, other]),
  );
  test.each(pairs)('with %s and %s is told the one that comes first', (one, other) => {
    const [scene, next] = make((code) => code === one || code === other);
    given(scene)
      .when(next)
      .answers(String(first([one, other])));
  });

  test('is told the very first when everything is wrong at once', () => {
    expect(told(decision(...make((code) => wrongs.includes(code))))).toBe(first(wrongs));
  });
});

describe('the list of codes', () => {
  test('names each once, in kebab case', () => {
    expect(new Set(refusalCodes).size).toBe(refusalCodes.length);
    expect(refusalCodes.filter((code) => !/^[a-z]+(-[a-z]+)*$/.test(code))).toEqual([]);
  });

  test('calls transient only what may pass without anybody changing the command', () => {
    expect(refusalCodes.filter(isTransient)).toEqual([
      'guard-not-met',
      'resource-over-capacity',
      'team-over-capacity',
      'nobody-eligible',
      'no-candidate',
    ]);
  });
});
