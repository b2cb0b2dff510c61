import { describe, expect, test } from 'vitest';
import { unitId, userId } from '../../../domain/ids.ts';
import type { ItemEvent } from '../../../domain/process/events.ts';
import { type ItemFacts, type ItemNews, itemNotices, officeNotices } from '../../../domain/process/notices.ts';
import { instant } from '../../../domain/time.ts';
import { order } from './scene.ts';

const YJ = unitId('YJ');
const facts: ItemFacts = { plan: order, unit: YJ, unitRoles: ['unit_clerk', 'caseworker'], requests: [], drawn: null };

const told = (news: Partial<ItemNews>, more: Partial<ItemFacts> = {}): unknown[] =>
  itemNotices({ from: 'signed', to: 'signed', events: [], ...news }, { ...facts, ...more }).map(
    ({ kind, to, subject }) => [kind, to, subject],
  );
const level = (number: number, id = 'handle'): ItemEvent => ({
  type: 'level-reached',
  level: { id, run: 1, limit: { kind: 'work_day', amount: 2 }, level: number, reached: instant(1_800_000_000_000) },
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
    const request = { id: 'q9', command: 'reopen', by: ['supervisor'], persons: 1, askedBy: ann, granted: [] } as const;
    const asked: ItemEvent = { type: 'requested', request: { ...request, by: [...request.by], granted: [] } };
    expect(told({ events: [asked] })).toEqual([['request-waits', { roles: ['supervisor'] }, 'reopen']]);
    const closed = (outcome: 'granted' | 'refused'): unknown[] =>
      told(
        { events: [{ type: 'request-closed', id: 'q9', outcome, by: bob }] },
        { requests: [{ id: 'q8', command: 'reopen', askedBy: bob }, request] },
      );
    expect(closed('granted')).toEqual([['request-granted', { user: ann }, 'reopen']]);
    expect(closed('refused')).toEqual([['request-refused', { user: ann }, 'reopen']]);
  });

  test('a warning goes to the unit; what is due also to those who oversee, and up the tree of units', () => {
    const unit = { roles: ['unit_clerk', 'caseworker'], at: YJ };
    expect(told({ events: [level(1)] })).toEqual([['clock-warning', unit, 'handle']]);
    expect(told({ events: [level(2)] })).toEqual([
      ['clock-due', unit, 'handle'],
      ['clock-due', { roles: ['supervisor'] }, 'handle'],
      ['clock-due', { roles: ['leader', 'supervisor'], above: YJ }, 'handle'],
    ]);
    expect(told({ events: [level(1, 'retention')] })).toEqual([]);
  });

  test('a clock that a role answers for calls its holders, or the one who was drawn', () => {
    const plan = {
      ...order,
      clocks: [
        ...order.clocks,
        { id: 'check', owner: 'inspector', limit: { kind: 'work_day' as const, amount: 1 }, warnAt: [5000] },
      ],
    };
    const ann = userId('ann');
    const warned = (to: string, drawn: typeof ann | null): unknown[] =>
      told({ from: to, to, events: [level(1, 'check')] }, { plan, drawn });
    expect(warned('matching', null)).toEqual([['clock-warning', { roles: ['inspector'] }, 'check']]);
    expect(warned('checking', ann)).toEqual([['clock-warning', { user: ann }, 'check']]);
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
