import { describe, expect, test } from 'vitest';
import { unitId, userId } from '../../../domain/ids.ts';
import type { ItemEvent } from '../../../domain/process/events.ts';
import { type ItemFacts, type ItemNews, itemNotices, officeNotices } from '../../../domain/process/notices.ts';
import { instant } from '../../../domain/time.ts';
import { order } from './scene.ts';

const [YJ, YX] = [unitId('YJ'), unitId('YX')];
const AT = instant(1_800_000_000_000);
const facts: ItemFacts = { plan: order, unit: YJ, tasks: [], requests: [], drawn: null };

const told = (news: Partial<ItemNews>, more: Partial<ItemFacts> = {}): unknown[] =>
  itemNotices({ from: 'signed', to: 'signed', events: [], ...news }, { ...facts, ...more }).map(
    ({ kind, to, subject }) => [kind, to, subject],
  );
const level = (number: number, id = 'handle'): ItemEvent => ({
  type: 'level-reached',
  level: { id, run: 1, limit: { kind: 'work_day', amount: 2 }, level: number, reached: AT },
});

describe('of an item', () => {
  test('its unit is told when it comes from another stage, by the roles whose work comes next there', () => {
    expect(told({ from: 'matching', to: 'dispatched' })).toEqual([
      ['assigned', { roles: ['unit_clerk'], at: YJ }, 'dispatched'],
    ]);
    expect(told({ from: 'closure_review', to: 'rework' })).toEqual([
      ['assigned', { roles: expect.arrayContaining(['caseworker']), at: YJ }, 'rework'],
    ]);
  });

  test('nobody is told of a step within a stage, of an item without a unit, or where no unit is awaited', () => {
    expect(told({ from: 'dispatched', to: 'signed' })).toEqual([]);
    expect(told({ from: 'matching', to: 'dispatched' }, { unit: null })).toEqual([]);
    expect(told({ from: null, to: 'submitted' })).toEqual([]);
    expect(told({ from: 'in_progress', to: 'checking' })).toEqual([]);
  });

  test('the person who is drawn is told', () => {
    const ann = userId('ann');
    expect(told({ events: [{ type: 'drawn', user: ann, duty: 'checker' }] })).toEqual([
      ['drawn', { user: ann }, 'checker'],
    ]);
  });

  test('those who may decide a request are told that it waits, and its asker how it was decided', () => {
    const [ann, bob] = [userId('ann'), userId('bob')];
    const request = { id: 'q9', command: 'reopen' as const, askedBy: ann };
    const asked: ItemEvent = {
      type: 'requested',
      request: { ...request, by: ['supervisor'], persons: 1, granted: [], barred: [ann], payload: {}, receivedAt: AT },
    };
    expect(told({ events: [asked] })).toEqual([['request-waits', { roles: ['supervisor'] }, 'reopen']]);
    const closed = (outcome: 'granted' | 'refused'): unknown[] =>
      told(
        { events: [{ type: 'request-closed', id: 'q9', outcome, by: bob }] },
        { requests: [{ id: 'q8', command: 'reopen', askedBy: bob }, request] },
      );
    expect(closed('granted')).toEqual([['request-granted', { user: ann }, 'reopen']]);
    expect(closed('refused')).toEqual([['request-refused', { user: ann }, 'reopen']]);
  });

  test('the asker of what lapsed is told', () => {
    const requests = [{ id: 'q9', command: 'return' as const, askedBy: userId('ann') }];
    expect(told({ events: [{ type: 'request-lapsed', id: 'q9' }] }, { requests })).toEqual([
      ['request-lapsed', { user: 'ann' }, 'return'],
    ]);
  });

  test('the unit that is asked for something is told, and the unit in charge that it was answered', () => {
    const task = { id: 't5', kind: 'whistle' as const, unit: YX };
    const opened: ItemEvent = { type: 'task-opened', task: { ...task, round: 1, answer: null, rating: null } };
    const at = { from: 'in_progress', to: 'in_progress' };
    expect(told({ ...at, events: [opened] })).toEqual([
      ['task-opened', { roles: ['dept_liaison'], at: YX }, 'whistle'],
    ]);
    const answered = { type: 'task-answered', id: 't5' } as ItemEvent; // what was answered is told to nobody
    const [[kind, to, subject] = []] = told({ ...at, events: [answered] }, { tasks: [task] }) as unknown[][];
    expect([kind, to, subject]).toEqual([
      'task-answered',
      { roles: expect.arrayContaining(['unit_clerk', 'caseworker']), at: YJ },
      'whistle',
    ]);
  });

  test('a warning goes to whoever answers for the clock: the unit, a role, the drawn person, or the unit that was asked', () => {
    const unit = { roles: expect.arrayContaining(['unit_clerk', 'caseworker']), at: YJ };
    expect(told({ events: [level(1)] })).toEqual([['clock-warning', unit, 'handle']]);
    expect(told({ events: [level(2)] })).toEqual([['clock-due', unit, 'handle']]);
    expect(told({ events: [level(1)] }, { unit: null })).toEqual([]);
    expect(told({ events: [level(1, 'retention')] })).toEqual([]);
    expect(told({ events: [level(1, 'approve.q9')] })).toEqual([['clock-due', { roles: ['supervisor'] }, 'approve']]);
    const ann = userId('ann');
    const checked = { from: 'checking', to: 'checking', events: [level(1, 'check')] };
    expect(told(checked, { drawn: ann })).toEqual([['clock-due', { user: ann }, 'check']]);
    expect(told(checked)).toEqual([['clock-due', { roles: ['inspector'] }, 'check']]);
    const tasks = [{ id: 't5', kind: 'whistle' as const, unit: YX }];
    expect(told({ from: 'in_progress', to: 'in_progress', events: [level(1, 'whistle.t5')] }, { tasks })).toEqual([
      ['clock-warning', { roles: ['dept_liaison'], at: YX }, 'whistle'],
    ]);
  });

  test('what is escalated goes to those who oversee, and up the tree of units', () => {
    const up = (unit: typeof YX | null): unknown[] =>
      told({ events: [{ type: 'escalated', id: 'milestone.m1', run: 3, unit }] });
    expect(up(YX)).toEqual([
      ['escalated', { roles: ['supervisor'] }, 'milestone'],
      ['escalated', { roles: expect.arrayContaining(['leader']), at: YX }, 'milestone'],
    ]);
    expect(up(null)).toEqual([['escalated', { roles: ['supervisor'] }, 'milestone']]);
  });
});

describe('of the office', () => {
  const data = { request: 'r', user: 'ann', role: 'supervisor', for: null };
  const kinds = (type: string, more: object = {}, askedBy: string | null = null): unknown[] =>
    officeNotices({ type, data: { ...data, ...more } }, askedBy === null ? null : userId(askedBy)).map(
      ({ kind, to }) => [kind, to],
    );

  test.each<[string, object, string | null, unknown[]]>([
    ['access-requested', {}, 'bob', [['access-waits', { roles: ['sys_admin', 'leader'] }]]],
    ['access-refused', {}, 'bob', [['access-refused', { user: 'bob' }]]],
    ['granted', {}, null, [['granted', { user: 'ann' }]]],
    [
      'granted',
      {},
      'bob',
      [
        ['granted', { user: 'ann' }],
        ['granted', { user: 'bob' }],
      ],
    ],
    [
      'granted',
      { for: 'cleo' },
      null,
      [
        ['stands-in', { user: 'ann' }],
        ['stood-in-for', { user: 'cleo' }],
      ],
    ],
    ['revoked', {}, null, [['revoked', { user: 'ann' }]]],
    ['password-reset', {}, null, [['password-reset', { user: 'ann' }]]],
    ['history-archived', {}, null, []],
  ])('%s %j, asked by %s', (type, more, askedBy, expected) => {
    expect(kinds(type, more, askedBy)).toEqual(expected);
  });
});
