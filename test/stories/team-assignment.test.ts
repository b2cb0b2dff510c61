import { afterAll, beforeAll, expect, test } from 'vitest';
import { notWalked, photo, registration, startTelling, type Teller } from './teller.ts';

let story: Teller;
beforeAll(async () => {
  story = await startTelling();
  await story.appoints('lead1', 'team_lead', 'YX-YJ');
});
afterAll(async () => {
  await story.end();
});

const labels = (view: { labels: { code: string }[] }): string[] => view.labels.map(({ code }) => code);

test('D06: a manhole that nobody owns is returned twice and ruled once; the third return is not heard', async () => {
  await story.until('2026-06-20T22:15:00+08:00'); // a holiday night
  const cover = await story.brings('intake1', 'D06');
  await cover.do('intake1', 'register', registration('D06'));
  await cover.expect('matching');
  await cover.do('match1', 'reserve', { need: 'r06', resource: 'R06', amount: 2 });
  await cover.do('match1', 'reserve', { need: 'r07', resource: 'R07', amount: 300_000 });
  await cover.do('dispatch1', 'assign', { team: 'T03' });
  await cover.expect('dispatched');
  const handling = async (): Promise<string | null | undefined> =>
    (await cover.view()).clocks.find(({ id }) => id === 'handle')?.due;
  const due = await handling();

  const notOurs = { basis: 'duty_12_3', properUnit: 'X-GD', reason: '井盖权属不在本中心清单内。' };
  await cover.refused('clerk3', 'return', { ...notOurs, reason: undefined }, 'reason-missing');
  await cover.do('clerk3', 'return', notOurs);
  expect(labels(await cover.view())).toEqual(['return_review']);
  await cover.do('dispatch1', 'grant', await cover.asked());
  await cover.expect('matching');

  await cover.do('dispatch1', 'assign', { team: 'T05' });
  await cover.expect('dispatched');
  await cover.do('clerk3', 'return', { ...notOurs, properUnit: 'YX-YJ' });
  await cover.refused('dispatch1', 'grant', await cover.asked(), 'not-permitted'); // the second one is ruled
  const { request } = await cover.asked();
  await cover.do('supervise1', 'arbitrate', { request, unit: 'YX-YJ', basis: 'ruling_2026_7', reason: '会商裁定。' });
  await cover.expect('matching');

  await cover.do('dispatch1', 'assign', { team: 'T03' });
  await cover.expect('dispatched');
  await cover.refused('clerk3', 'return', notOurs, 'arbitrated');
  expect(await handling()).toBe(due); // no return has won a minute
  await cover.do('clerk1', 'sign');
  await cover.do('case1', 'contact', { means: 'visit' });
  await cover.expect('in_progress');
  await cover.reachesMilestones('case1');
  await cover.do('case1', 'hand-in', { evidence: [photo], result: '围护到位，井盖已更换。' });
  await cover.expect('checking');
  await story.close(cover);
  await cover.endsAs('D06');
});

test('a team that stands in the flood declines, and another one goes', async () => {
  const tank = await story.brings('grid1', 'D12');
  await tank.do('intake1', 'register', { ...registration('D12'), skills: [], needs: [] });
  await tank.expect('matching');
  await tank.do('dispatch1', 'assign', { team: 'T03' });
  await tank.expect('dispatched');
  await tank.refused('lead1', 'decline', {}, 'reason-missing');
  await tank.do('lead1', 'decline', { reason: '全队都在防汛一线。' });
  await tank.expect('matching');
  await tank.do('dispatch1', 'assign', { team: 'T05' });
  await tank.expect('dispatched');
});

test('every command and every state of the assignment was walked', () => {
  expect(notWalked(story, 'team-assignment')).toEqual({ commands: [], states: [] });
});
