import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { violations } from '../support/invariants.ts';
import { walkTo } from './cases.ts';
import { beginFlow, type Flow, IN_PROGRESS, type Told } from './flow.ts';
import { setTime } from './stopped-clock.ts';

let flow: Flow;
beforeAll(async () => {
  flow = await beginFlow();
});
beforeEach(async () => await setTime(flow.api, '2026-03-02T09:00'));
afterEach(async () => expect(await violations(flow.api.db.admin)).toEqual([]));
afterAll(async () => await flow.api.end());

describe('join-project and leave-project', () => {
  const join = async (id: string, project = 'P03', user = 'clerk1', reviewDays = 60): Promise<Told> =>
    await flow.does(user, id, 'join-project', { project, part: 'lighting', reviewDays, reason: '纳入改造' });

  test('the supervisor’s grant links it, pauses the handling clock and sets the review; leaving resumes it', async () => {
    const id = await walkTo(flow.api, 'start-work');
    expect(await join(id)).toEqual(IN_PROGRESS);
    expect(await flow.clockOf(id, 'handle')).toMatchObject({ paused: false });
    expect(await flow.decide('clerk3', id)).toEqual([403, 'not-permitted']);
    expect(await flow.decide('supervise1', id)).toEqual(IN_PROGRESS);
    expect(await flow.viewOf(id)).toMatchObject({
      labels: [{ code: 'in_project' }],
      links: [{ project: 'P03', part: 'lighting' }],
    });
    expect(await flow.clockOf(id, 'handle')).toMatchObject({ due: null, paused: true });
    expect((await flow.clockOf(id, 'project.P03'))?.due).toBe('2026-05-02T00:00:00+08:00');
    expect(await join(id)).toEqual([409, 'already-linked']);
    expect(
      await flow.does('clerk1', id, 'request-suspension', { ground: 'court', reviewDays: 9, reason: 'x' }),
    ).toEqual([409, 'guard-not-met']);
    await setTime(flow.api, '2026-03-03T08:30');
    expect(await flow.does('supervise1', id, 'leave-project', { project: 'P99', reason: 'x' })).toEqual([
      422,
      'not-linked',
    ]);
    expect(await flow.does('supervise1', id, 'leave-project', { project: 'P03', reason: 'x' })).toEqual(IN_PROGRESS);
    expect(await flow.clockOf(id, 'handle')).toMatchObject({ due: '2026-03-04T17:30:00+08:00', paused: false });
    expect(await flow.clockOf(id, 'project.P03')).toBeUndefined();
  });

  test('of two projects, leaving one leaves the handling clock paused', async () => {
    const id = await walkTo(flow.api, 'start-work');
    for (const project of ['P03', 'P04']) {
      await join(id, project);
      await flow.decide('supervise1', id);
    }
    await flow.does('supervise1', id, 'leave-project', { project: 'P03', reason: 'x' });
    expect(await flow.clockOf(id, 'handle')).toMatchObject({ paused: true });
    expect(await flow.clockOf(id, 'project.P04')).toBeDefined();
    await flow.does('supervise1', id, 'leave-project', { project: 'P04', reason: 'x' });
    expect(await flow.clockOf(id, 'handle')).toMatchObject({ paused: false });
    expect(await flow.does('supervise1', id, 'leave-project', { project: 'P04', reason: 'x' })).toEqual([
      409,
      'guard-not-met',
    ]);
  });

  test('with a review too far away is refused', async () => {
    const id = await walkTo(flow.api, 'start-work');
    expect(await join(id, 'P03', 'clerk1', 91)).toEqual([422, 'review-too-far']);
    expect(await join(id, 'P03', 'case1')).toEqual([403, 'not-permitted']);
  });
});
