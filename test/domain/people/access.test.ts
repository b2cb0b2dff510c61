import { describe, expect, test } from 'vitest';
import { grantId, unitId, type UserId, userId } from '../../../domain/ids.ts';
import {
  type AskedGrant,
  authorityOf,
  endOf,
  type GrantFacts,
  type HeldGrant,
  judgeDecision,
  judgeEnding,
  judgeGrant,
  needsSecond,
} from '../../../domain/people/access.ts';
import { instant } from '../../../domain/time.ts';

const NOW = instant(Date.UTC(2026, 2, 2));
const at = (hours: number): ReturnType<typeof instant> => instant(NOW + hours * 3_600_000);
const [ann, bob, cleo] = ['ann', 'bob', 'cleo'].map(userId) as [UserId, UserId, UserId];
const YJ = unitId('YJ');

const grant = (more: Partial<HeldGrant>): HeldGrant => ({
  id: grantId('g1'),
  user: ann,
  role: 'caseworker',
  unit: YJ,
  from: at(-24),
  to: null,
  standsFor: null,
  ...more,
});
const asked = (more: Partial<AskedGrant> = {}): AskedGrant => ({
  user: ann,
  role: 'caseworker',
  unit: YJ,
  from: null,
  to: null,
  standsFor: null,
  ...more,
});
const facts = (more: Partial<GrantFacts> = {}): GrantFacts => ({
  user: { active: true },
  role: { code: 'caseworker', high: false },
  unit: true,
  held: [],
  principal: null,
  ...more,
});

const forBob = { standsFor: bob, from: at(1), to: at(5) };
const own = (more: Partial<HeldGrant> = {}): HeldGrant[] => [grant({ user: bob, ...more })];

/** What is asked, what is so, and the answer: the code of a refusal, or from when it holds. */
const table: [string, AskedGrant, GrantFacts, string | number][] = [
  ['from now on', asked(), facts(), NOW],
  ['from later on', asked({ from: at(3) }), facts(), at(3)],
  ['for a while', asked({ from: at(3), to: at(4) }), facts(), at(3)],
  ['to nobody', asked(), facts({ user: null }), 'unknown-user'],
  ['of no role', asked(), facts({ role: null }), 'unknown-role'],
  ['in no unit', asked(), facts({ unit: false }), 'unknown-unit'],
  ['to whoever has left', asked(), facts({ user: { active: false } }), 'account-inactive'],
  ['from before now', asked({ from: at(-1) }), facts(), 'interval-invalid'],
  ['from one millisecond before now', asked({ from: instant(NOW - 1) }), facts(), 'interval-invalid'],
  ['that ends before it begins', asked({ from: at(2), to: at(1) }), facts(), 'interval-invalid'],
  ['that ends as it begins', asked({ from: at(2), to: at(2) }), facts(), 'interval-invalid'],
  ['that is held already', asked(), facts({ held: [grant({})] }), 'already-granted'],
  ['that is held in another unit', asked(), facts({ held: [grant({ unit: unitId('CM') })] }), NOW],
  ['that was held until now', asked(), facts({ held: [grant({ to: NOW })] }), NOW],
  ['that is held only later', asked({ to: at(5) }), facts({ held: [grant({ from: at(5) })] }), NOW],
  ['that never holds, having been revoked', asked(), facts({ held: [grant({ from: at(5), to: at(5) })] }), NOW],
  ['S6: to an auditor', asked(), facts({ held: [grant({ role: 'auditor' })] }), 'separation-of-duties'],
  ['S6: of auditing to whoever acts', asked({ role: 'auditor' }), facts({ held: [grant({})] }), 'separation-of-duties'],
  [
    'S6: to whoever audits later',
    asked(),
    facts({ held: [grant({ role: 'auditor', from: at(9) })] }),
    'separation-of-duties',
  ],
  ['S6: to whoever audited until now', asked(), facts({ held: [grant({ role: 'auditor', to: NOW })] }), NOW],
  [
    'S6: that ends as auditing begins',
    asked({ to: at(9) }),
    facts({ held: [grant({ role: 'auditor', from: at(9) })] }),
    NOW,
  ],
  ['S9: for somebody', asked(forBob), facts({ principal: own() }), at(1)],
  ['S9: without an end', asked({ ...forBob, to: null }), facts({ principal: own() }), 'interval-invalid'],
  ['S9: for oneself', asked({ ...forBob, user: bob }), facts({ principal: own() }), 'principal-lacks-role'],
  ['S9: for nobody', asked(forBob), facts({ principal: [] }), 'principal-lacks-role'],
  [
    'S9: for whoever has another role',
    asked(forBob),
    facts({ principal: own({ role: 'dispatcher' }) }),
    'principal-lacks-role',
  ],
  [
    'S9: for whoever has it elsewhere',
    asked(forBob),
    facts({ principal: own({ unit: unitId('CM') }) }),
    'principal-lacks-role',
  ],
  [
    'S9: for whoever has it too late',
    asked(forBob),
    facts({ principal: own({ from: at(2) }) }),
    'principal-lacks-role',
  ],
  [
    'S9: for whoever has it not long enough',
    asked(forBob),
    facts({ principal: own({ to: at(4) }) }),
    'principal-lacks-role',
  ],
  ['S9: for whoever has it exactly as long', asked(forBob), facts({ principal: own({ to: at(5) }) }), at(1)],
  [
    'S9: for whoever stands in themselves',
    asked(forBob),
    facts({ principal: own({ standsFor: cleo, to: at(9) }) }),
    'principal-lacks-role',
  ],
  ['S9: beside a grant of one’s own', asked(forBob), facts({ held: [grant({})], principal: own() }), at(1)],
];

describe('a grant', () => {
  test.each(table)('%s', (_title, wanted, known, answer) => {
    const judged = judgeGrant(wanted, known, NOW);
    expect('code' in judged ? judged.code : judged.from).toBe(answer);
  });

  test('of several reasons the refusal tells the one that comes first in the list of codes', () => {
    const held = [grant({ role: 'auditor' })];
    const all = { user: null, role: null, unit: false, held, principal: [] };
    const judged = (more: Partial<GrantFacts>): unknown =>
      judgeGrant(asked({ ...forBob, from: at(-1) }), { ...all, ...more }, NOW);
    expect(judged({})).toMatchObject({ code: 'unknown-user' });
    expect(judged({ user: { active: false } })).toMatchObject({ code: 'separation-of-duties' });
    expect(judged({ user: { active: false }, held: [] })).toMatchObject({ code: 'unknown-role' });
  });
});

describe('invariant 23: a second person', () => {
  test.each([
    ['a high role', true, bob, true],
    ['a plain role', false, bob, false],
    ['a plain role for oneself', false, ann, true],
  ])('%s: %s, asked by %s → %s', (_title, high, asker, needed) => {
    expect(needsSecond({ code: 'x', high }, ann, asker)).toBe(needed);
  });

  test.each([
    ['another', cleo, 'granted', undefined],
    ['another', cleo, 'refused', undefined],
    ['who asked', bob, 'granted', 'second-person-needed'],
    ['who asked', bob, 'refused', 'second-person-needed'],
    ['whom it is for', ann, 'granted', 'second-person-needed'],
    ['whom it is for', ann, 'refused', undefined],
  ] as const)('%s (%s) decides: %s → %s', (_who, decider, outcome, code) => {
    expect(judgeDecision({ askedBy: bob, user: ann }, decider, outcome)?.code).toBe(code);
  });
});

describe('ending grants', () => {
  const manager = (id: string, more: Partial<HeldGrant> = {}): HeldGrant =>
    grant({ id: grantId(id), role: 'sys_admin', ...more });

  test.each<[string, HeldGrant[], HeldGrant[], string | undefined]>([
    ['anything but the last manager', [grant({})], [], undefined],
    ['one of two managers', [manager('a')], [manager('a'), manager('b')], undefined],
    ['the last manager', [manager('a')], [manager('a')], 'last-administrator'],
    ['both managers at once', [manager('a'), manager('b')], [manager('a'), manager('b')], 'last-administrator'],
    [
      'the last but for one to come',
      [manager('a')],
      [manager('a'), manager('b', { from: at(1) })],
      'last-administrator',
    ],
    [
      'the last but for one that is over',
      [manager('a')],
      [manager('a'), manager('b', { to: NOW })],
      'last-administrator',
    ],
  ])('%s → %s', (_title, ending, managers, code) => {
    expect(judgeEnding(ending, managers, NOW)?.code).toBe(code);
  });

  test('a grant that runs ends now; one that has not begun never holds', () => {
    expect([endOf({ from: at(-1) }, NOW), endOf({ from: at(3) }, NOW)]).toEqual([NOW, at(3)]);
  });
});

test('whoever holds none of the roles is told which', () => {
  const held = [{ id: grantId('g'), role: 'sys_admin' }];
  expect(authorityOf(held, ['leader', 'sys_admin'])).toEqual({ role: 'sys_admin', grant: 'g' });
  expect(authorityOf(held, ['leader'])).toEqual({ code: 'not-permitted', details: { roles: ['leader'] } });
});
