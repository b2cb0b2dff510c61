import { afterAll, beforeAll, expect, test } from 'vitest';
import { notWalked, photo, startTelling, type Teller, type Told } from './teller.ts';

let story: Teller;
beforeAll(async () => {
  story = await startTelling();
});
afterAll(async () => {
  await story.end();
});

async function clock(told: Told, id: string): Promise<string | null | undefined> {
  return (await told.view()).clocks.find((running) => running.id === id)?.due;
}

const labels = async (told: Told): Promise<string[]> => (await told.view()).labels.map(({ code }) => code);

async function handedIn(told: Told): Promise<void> {
  await told.do('case3', 'hand-in', { evidence: [photo], result: '已办理。' });
  await told.expect('checking');
}

test('stairs without light: more time is asked before the limit, another unit helps, and the last lamp is lit', async () => {
  await story.until('2026-03-03T09:20:00+08:00');
  const stairs = await story.brings('grid1', 'D01');
  await story.begin(stairs, 'D01');
  await stairs.do('case3', 'report-progress', { note: '三楼以下已更换。' });
  const due = await clock(stairs, 'handle');
  await stairs.do('clerk3', 'request-extension', { amount: 3, reason: '配件到货需三天，已告知诉求人。' });
  expect(await labels(stairs)).toEqual(['extension_review']);
  expect(await clock(stairs, 'handle')).toBe(due); // asking stops nothing
  await stairs.refused('clerk3', 'grant', await stairs.asked(), 'not-permitted');
  await stairs.do('supervise1', 'grant', await stairs.asked());
  expect(Date.parse((await clock(stairs, 'handle')) ?? '')).toBeGreaterThan(Date.parse(due ?? ''));

  await stairs.do('case3', 'open-task', { unit: 'YX-PA', reason: '施工时需要维持楼道秩序。' });
  await stairs.refused('case3', 'hand-in', { evidence: [photo], result: '已更换。' }, 'open-tasks');
  const [task] = (await stairs.view()).tasks;
  await stairs.do('clerk3', 'answer-task', { task: task?.id ?? '', answer: 'done', result: '已安排队员到场。' });
  await handedIn(stairs);
  await story.close(stairs);
});

test('the limit has passed by a weekend: asking is too late, and only the leader may let it be asked all the same', async () => {
  const hole = await story.brings('reporter1', 'D07');
  await story.begin(hole, 'D07', 'T08');
  await story.days(14);
  await hole.refused('clerk3', 'request-extension', { amount: 2, reason: '人手不足' }, 'asked-too-late');
  await hole.do('clerk3', 'override', { rule: 'asked-too-late', reason: '连日暴雨，现场无法施工。' });
  await hole.do('leader1', 'grant', await hole.asked());
  await hole.do('clerk3', 'request-extension', { amount: 2, reason: '连日暴雨。' });
  await hole.do('supervise1', 'grant', await hole.asked());
  const { items } = (await story.api.get('audit1', '/v1/overrides')).json<{ items: { item: string }[] }>();
  expect(items.map(({ item }) => item)).toContain(hole.id); // named, reasoned, and listed
  await handedIn(hole);
});

test('D03: no bus before the new timetable: two persons let it hang, and it comes back by its date', async () => {
  const bus = await story.brings('reporter2', 'D03');
  await story.begin(bus, 'D03', 'T10');
  const ask = { ground: 'season', reviewDays: 60, reason: '须待新时刻表发布。' };
  await bus.refused('clerk3', 'request-suspension', { ...ask, reviewDays: 91 }, 'review-too-far');
  await bus.do('clerk3', 'request-suspension', ask);
  expect(await labels(bus)).toEqual(['suspension_review']);
  await bus.do('supervise1', 'grant', await bus.asked());
  await bus.do('leader1', 'grant', await bus.asked());
  await bus.expect('suspended');
  expect(await clock(bus, 'handle')).toBeNull();
  await story.days(61);
  await bus.expect('in_progress');
  expect((await bus.history()).slice(-2)).toEqual(['reach-level', 'resume']);
  expect(await clock(bus, 'handle')).not.toBeNull();
  await bus.do('clerk3', 'request-suspension', { ...ask, reviewDays: 30 });
  await bus.do('supervise1', 'grant', await bus.asked());
  await bus.do('supervise2', 'grant', await bus.asked());
  await bus.expect('suspended');
  await bus.do('supervise1', 'resume', { reason: '时刻表已发布。' });
  await bus.expect('in_progress');
  await handedIn(bus);
});

test('D02: the power company is whistled for, twice, and judged by those who whistled; then a project takes over', async () => {
  const power = await story.brings('intake1', 'D02');
  await story.begin(power, 'D02', 'T07');
  await power.do('dispatch1', 'whistle', { unit: 'X-GD', ground: 'public_complaint', reason: '街道无权处置。' });
  expect(await labels(power)).toEqual(['escalated']);
  const [task] = (await power.view()).tasks;
  const named = { task: task?.id ?? '' };
  await power.refused('liaison1', 'answer-whistle', { ...named, answer: 'done', result: '已到场' }, 'other-unit');
  await power.do('liaison2', 'answer-whistle', { ...named, answer: 'partly', result: '临时并网。' });
  await power.do('dispatch1', 'rate-whistle', { ...named, rating: 'poor', again: 'yes', reason: '仍在跳闸。' });
  await power.do('liaison2', 'answer-whistle', { ...named, answer: 'done', result: '变压器已增容。' });
  await power.do('dispatch1', 'rate-whistle', { ...named, rating: 'good' });
  expect(await labels(power)).toEqual([]);

  await power.do('clerk3', 'join-project', { project: 'P03', part: 'lamps', reviewDays: 60, reason: '纳入改造项目。' });
  await power.do('supervise1', 'grant', await power.asked());
  expect(await labels(power)).toEqual(['in_project']);
  expect(await clock(power, 'handle')).toBeNull();
  await power.do('supervise1', 'leave-project', { project: 'P03', reason: '本段另行办理。' });
  expect(await clock(power, 'handle')).not.toBeNull();
  await handedIn(power);
  await power.do(await power.drawn('checker'), 'check', { outcome: 'fail', reason: '夜间仍有闪断。' });
  await power.expect('rework');
  await power.do('case3', 'start-work');
  await handedIn(power);
});

test('every command and every state of the work was walked', () => {
  expect(notWalked(story, 'action-project')).toEqual({ commands: [], states: [] });
});
