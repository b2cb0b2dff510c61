import { afterAll, beforeAll, expect, test } from 'vitest';
import { notWalked, registration, startTelling, type Teller, type Told } from './teller.ts';

let story: Teller;
beforeAll(async () => {
  story = await startTelling();
});
afterAll(async () => {
  await story.end();
});

async function inMatching(code: string): Promise<Told> {
  const demand = await story.brings('grid1', code);
  await demand.do('intake1', 'register', registration(code));
  await demand.expect('matching');
  return demand;
}

test('D06: barriers are reserved, their owner confirms them, and no lease takes them away', async () => {
  const cover = await inMatching('D06');
  await story.appoints('clerk1', 'resource_owner', 'YX-YJ');
  await cover.do('match1', 'reserve', { need: 'r06', resource: 'R06', amount: 2 });
  await cover.do('match1', 'reserve', { need: 'r07', resource: 'R07', amount: 300_000 });
  const [barriers, money] = (await cover.view()).reservations;
  await cover.refused('owner1', 'confirm-reservation', { reservation: barriers?.id ?? '' }, 'not-own-resource');
  await cover.do('clerk1', 'confirm-reservation', { reservation: barriers?.id ?? '' });
  await story.days(8);
  expect((await cover.view()).reservations).toMatchObject([{ id: barriers?.id, confirmed: true }]); // the money went back
  expect((await cover.history()).slice(-2)).toEqual(['reach-level', 'release']);
  await cover.do('match1', 'reserve', { need: 'r07', resource: 'R07', amount: 300_000 });
  expect((await cover.view()).reservations.map(({ id }) => id)).not.toContain(money?.id);
  await cover.do('dispatch1', 'assign', { team: 'T03' });
  await cover.expect('dispatched');
  expect((await cover.view()).reservations.every(({ confirmed }) => confirmed)).toBe(true);
});

test('D20: the one slot of the traffic police is taken, so the crossing waits and says why; it goes on when the slot frees', async () => {
  const [first, second] = [await inMatching('D20'), await inMatching('D20')];
  await first.do('match1', 'reserve', { need: 'r25', resource: 'R25', amount: 1 });
  await second.refused('match1', 'reserve', { need: 'r25', resource: 'R25', amount: 1 }, 'resource-over-capacity');
  await second.do('match1', 'block', { blocker: 'NO_RESOURCE', reason: '交警本月的对接名额已用完。' });
  await second.expect('pending_resource');
  expect((await second.view()).labels.map(({ code }) => code)).toEqual(['NO_RESOURCE']);
  const list = (await story.api.get('match1', '/v1/cases?state=NO_RESOURCE')).json<{ items: { id: string }[] }>();
  expect(list.items.map(({ id }) => id)).toEqual([second.id]);
  await first.do('match1', 'release');
  await second.expect('matching');
  expect((await second.view()).labels).toEqual([]);
});

test('D05: neighbours who do not take part hold a case up until somebody says that they do', async () => {
  const lift = await inMatching('D05');
  await lift.refused('match1', 'block', { blocker: 'NO_PARTICIPATION' }, 'reason-missing');
  await lift.do('match1', 'block', { blocker: 'NO_PARTICIPATION', reason: '一楼住户不参加协商。' });
  await story.days(10);
  await lift.expect('pending_resource');
  await lift.do('match1', 'block', { blocker: 'NO_PLAN', reason: '住户愿意谈了，但加梯没有方案。' });
  expect((await lift.view()).labels.map(({ code }) => code)).toEqual(['NO_PLAN']);
  await lift.do('match1', 'unblock', { note: '设计单位已出方案。' });
  await lift.expect('matching');
});

test('D01: the team goes out without the lamps that are lacking, and the case says so until they come', async () => {
  const stairs = await inMatching('D01');
  await stairs.do('match1', 'block', { blocker: 'NO_RESOURCE', need: 'r05', reason: '灯具缺货，先排查线路。' });
  await stairs.do('dispatch1', 'assign', { team: 'T03' });
  await stairs.expect('dispatched');
  expect((await stairs.view()).labels.map(({ code }) => code)).toEqual(['NO_RESOURCE']);
  await stairs.do('match1', 'unblock', { note: '灯具到货。' });
  expect((await stairs.view()).labels).toEqual([]);
});

test('every command and every state of the matching was walked', () => {
  expect(notWalked(story, 'resource-matching')).toEqual({ commands: [], states: [] });
});
