import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { advance } from '../../api/simulation.ts';
import { type ItemId, officeId } from '../../domain/ids.ts';
import { parseInstant } from '../../domain/time.ts';
import { markStuck } from '../../record/debt.ts';
import { withOffice } from '../../record/office.ts';
import { violations } from '../support/invariants.ts';
import { codeOf, create, give, REGISTER, walkTo } from './cases.ts';
import { drive } from './driven.ts';
import { type Api, createApi } from './harness.ts';
import { createSecondOffice } from './second-office.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi({ simulation: true });
});
afterAll(async () => {
  expect(await violations(api.db.admin)).toEqual([]);
  await api.end();
});

interface Advanced {
  now: string;
  fired: number;
  instants: number;
}

/** With the worker at work only meanwhile, so that people's steps before it are theirs alone. */
async function advanceTo(to: string, user = 'sysadmin1'): Promise<Advanced> {
  api.onWake = (office, item) => void drive(api.db.store, office, item);
  const answer = await api.post(user, '/v1/simulation/advance', { to });
  api.onWake = () => undefined;
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return answer.json<Advanced>();
}

async function types(id: string): Promise<string[]> {
  const { items } = (await api.get('audit1', `/v1/cases/${id}/history`)).json<{ items: { type: string }[] }>();
  return items.map(({ type }) => type);
}

describe('a simulation', () => {
  test('says so in every answer, and tells its own time', async () => {
    const answer = await api.get('audit1', '/v1/me');
    expect(answer.headers['simulation']).toBe('true');
    expect(answer.json()).toMatchObject({ simulation: true, now: expect.stringMatching(/^2026-03-02T09:0/) });
    expect((await api.inject({ method: 'GET', url: '/nothing' })).headers['simulation']).toBe('true');
  });

  test('stops at each instant at which something falls due, in order', async () => {
    const one = await walkTo(api, 'dispatch');
    const two = await walkTo(api, 'sign');
    const { fired, instants, now } = await advanceTo('2026-03-05T08:00:00+08:00');
    expect(now).toMatch(/^2026-03-05T08:00:0/);
    expect(await types(one)).toEqual((await types(two)).filter((type) => type !== 'sign'));
    expect((await types(one)).slice(-2)).toEqual(['reach-level', 'reach-level']);
    // one is signed too late, the other one contacted too late; both began on one day, so that both are warned and both are late at once
    expect([fired, instants]).toEqual([6, 4]);
    const { clocks } = (await api.get('clerk1', `/v1/cases/${one}/clocks`)).json<{
      clocks: { light: string; due: string }[];
    }>();
    expect(clocks).toContainEqual(
      expect.objectContaining({ id: 'handle', light: 'red', due: '2026-03-04T17:30:00+08:00' }),
    );
    const { items } = (await api.get('audit1', `/v1/cases/${one}/history`)).json<{
      items: { at: string; type: string }[];
    }>();
    const levels = items.filter(({ type }) => type === 'reach-level').map(({ at }) => at);
    expect(levels[2]).toMatch(/^2026-03-04T17:30:00\.\d+\+08:00$/);
  });

  test('archives a refused demand thirty days later, and is answered only when that is done', async () => {
    const { id } = await create(api);
    await give(api, 'intake1', id, 'refuse', { ground: 'no_substance', reason: '没有具体事项', told: '已告知' });
    await advanceTo('2026-04-30T09:00:00+08:00', 'process1');
    expect(await types(id)).toEqual(['submit', 'refuse', 'reach-level', 'archive']);
  });

  test('goes past what is stuck', async () => {
    const { id } = await create(api);
    await give(api, 'intake1', id, 'register', REGISTER);
    await withOffice(api.db.app, officeId('YX'), async (tx) => {
      await markStuck(tx, id as ItemId, 'start-matching', 'NO_TEAM', tx.seen);
    });
    const { now } = (await api.get('audit1', '/v1/me')).json<{ now: string }>();
    const { instants } = await advanceTo(new Date(Date.parse(now) + 30_000).toISOString());
    expect(instants).toBe(0);
    expect(await types(id)).toEqual(['submit', 'register']);
    await advanceTo(new Date(Date.parse(now) + 120_000).toISOString());
    expect(await types(id)).toEqual(['submit', 'register', 'start-matching']);
  });

  test('leaves the items of other offices to their own', async () => {
    const clerk = await createSecondOffice(api.db);
    const theirs = await create(api, clerk);
    const before = api.woken.length;
    await give(api, clerk, theirs.id, 'register', REGISTER);
    const own = api.woken.slice(before);
    expect(own).toEqual([{ office: 'QS', item: theirs.id }]);
    await advanceTo('2026-06-01T09:00:00+08:00');
    expect(api.woken.slice(before + 1).filter(({ office }) => office === 'QS')).toEqual([]);
  });

  test('gives up when nobody drives what is due', async () => {
    const { id } = await create(api);
    await give(api, 'intake1', id, 'refuse', { ground: 'no_substance', reason: '没有具体事项', told: '已告知' });
    const lost = advance(
      { pool: api.db.app, wake: () => undefined },
      officeId('YX'),
      parseInstant('2026-09-01T09:00:00+08:00'),
      3,
    );
    await expect(lost).rejects.toMatchObject({ code: 'workflows-behind' });
    await advanceTo('2026-09-01T09:00:00+08:00');
    expect((await types(id)).at(-1)).toBe('archive');
  });

  test.each<[string, string, unknown, number, string]>([
    ['into the past', 'sysadmin1', { to: '2026-01-01T00:00:00+08:00' }, 422, 'time-in-past'],
    ['by somebody else', 'intake1', { to: '2026-12-01T00:00:00+08:00' }, 403, 'not-permitted'],
    ['without an offset', 'sysadmin1', { to: '2026-12-01T00:00:00' }, 400, 'shape-invalid'],
    ['to no day', 'sysadmin1', { to: '2026-02-30T00:00:00Z' }, 400, 'shape-invalid'],
    ['beyond the calendar', 'sysadmin1', { to: '2100-01-02T00:00:00Z' }, 400, 'shape-invalid'],
    ['to a number', 'sysadmin1', { to: 1_800_000_000_000 }, 400, 'shape-invalid'],
  ])('is not set %s', async (_what, user, body, status, code) => {
    const answer = await api.post(user, '/v1/simulation/advance', body);
    expect([answer.statusCode, codeOf(answer)]).toEqual([status, code]);
  });
});

test('the clock of a real office is not set by anybody', async () => {
  const real = await createApi();
  try {
    const answer = await real.post('sysadmin1', '/v1/simulation/advance', { to: '2099-01-01T00:00:00Z' });
    expect([answer.statusCode, codeOf(answer)]).toEqual([409, 'not-a-simulation']);
    expect(answer.headers['simulation']).toBeUndefined();
  } finally {
    await real.end();
  }
});
