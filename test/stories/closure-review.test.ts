import { afterAll, beforeAll, expect, test } from 'vitest';
import { notWalked, photo, startTelling, type Teller, type Told } from './teller.ts';

let story: Teller;
beforeAll(async () => {
  story = await startTelling();
});
afterAll(async () => {
  await story.end();
});

async function checked(demand: Told, outcome = 'pass'): Promise<void> {
  const reason = outcome === 'pass' ? {} : { reason: '现场情况另附说明。' };
  await demand.do(await demand.drawn('checker'), 'check', { outcome, ...reason });
}

async function called(demand: Told, answer: object): Promise<void> {
  await demand.expect('callback');
  await demand.do(await demand.drawn('caller'), 'call-back', answer);
}

const content = { reached: 'reached', solved: 'yes', satisfied: 'very' };

test('D12: the tank is emptied on a holiday; the old pipe behind it becomes a demand of its own', async () => {
  await story.until('2026-10-02T07:50:00+08:00');
  const tank = await story.brings('intake1', 'D12', { reporterName: '孙某某', reporterPhone: '13600002222' });
  await story.work(tank, 'D12');
  await checked(tank);
  await called(tank, { reached: 'reached', solved: 'partly', satisfied: 'basically' });
  await tank.expect('closure_review');
  await tank.refused('review1', 'review', { closureType: 'solved' }, 'closure-unfit');
  await tank.refused('review1', 'review', { closureType: 'partly_solved' }, 'remainder-missing');
  await tank.do('review1', 'review', { closureType: 'partly_solved', remainder: '8栋旁老化管网更换' });
  await tank.endsAs('D12');
  const [pipe] = await story.born(tank, 'remainderOf');
  if (!pipe) throw new Error('the pipe was forgotten');
  await pipe.expect('submitted');
  expect((await pipe.view()).texts).toMatchObject({ title: '8栋旁老化管网更换', reporterName: '孙**' });
});

test('D18: what the law does not give is explained, and a second reviewer agrees', async () => {
  const fees = await story.brings('intake1', 'D18');
  await story.work(fees, 'D18', 'T04');
  await checked(fees, 'cannot_check');
  await called(fees, { reached: 'reached', solved: 'no', satisfied: 'no' });
  await fees.expect('closure_review');
  await fees.refused('review1', 'review', { closureType: 'explained' }, 'reason-missing');
  await fees.do('review1', 'review', { closureType: 'explained', reason: '物业费纠纷属民事范围，已引导调解和诉讼。' });
  await fees.refused('review1', 'grant', await fees.asked(), 'second-person-needed');
  await fees.do('review2', 'grant', await fees.asked());
  await fees.endsAs('D18');
});

test('a claim that cannot be met is called unreasonable by two reviewers, or not at all', async () => {
  const claim = await story.brings('reporter2', 'D18', { title: '要求政府代缴物业费' });
  await story.work(claim, 'D18', 'T04');
  await checked(claim);
  await called(claim, { reached: 'refused' });
  await claim.expect('closure_review');
  await claim.do('review1', 'review', { closureType: 'unreasonable', reason: '没有任何依据。' });
  await claim.do('review2', 'refuse-request', { ...(await claim.asked()), reason: '宜再解释一次。' });
  await claim.do('review1', 'rework', { reason: '请当面再解释一次。' });
  await claim.expect('rework');
  await claim.do('case3', 'start-work');
  await claim.do('case3', 'hand-in', { evidence: [photo], result: '已当面解释。' });
  await claim.expect('checking');
  await checked(claim, 'fail');
  await claim.expect('rework');
});

test('nobody answers on three different days: that is kept, and is never called satisfied', async () => {
  const lamps = await story.brings('grid1', 'D13');
  await story.work(lamps, 'D13', null);
  await lamps.do('supervise1', 'draw-check', { reason: '核查员请假' });
  await checked(lamps);
  await lamps.expect('callback');
  await lamps.do('supervise1', 'draw-call-back', { reason: '回访员请假' });
  const caller = await lamps.drawn('caller');
  const silence = { reached: 'no_answer' };
  await lamps.do(caller, 'call-back', silence);
  await lamps.refused(caller, 'call-back', silence, 'same-day-call');
  for (const day of [2, 3]) {
    await story.days(1);
    await lamps.do(caller, 'call-back', { ...silence, note: `第${day}天无人接听` });
  }
  await lamps.expect('closure_review');
  const { fields } = await lamps.view();
  expect([fields['callback'], fields['satisfied'], fields['solved']]).toEqual(['unreached', undefined, undefined]);
  await lamps.do('review1', 'review', { closureType: 'solved' });
  await lamps.expect('closed');
});

test('a second call about one matter closes as merged, after a call-back of its own', async () => {
  const [first, second] = [await story.brings('grid1', 'D01'), await story.brings('reporter1', 'D01')];
  await story.work(first, 'D01');
  await second.do('intake1', 'register', {
    category: 'municipal',
    urgency: 'ordinary',
    limit: { kind: 'work_day', amount: 2 },
    skills: [],
    needs: [],
  });
  await second.expect('matching');
  await second.do('dispatch1', 'merge', { into: first.id, reason: '同一栋楼的灯。' });
  await checked(first);
  await called(first, content);
  await first.expect('closure_review');
  await first.refused('review1', 'review', { closureType: 'merged' }, 'closure-unfit');
  await first.do('review1', 'review', { closureType: 'solved' });
  await called(second, content);
  await second.expect('closure_review');
  await second.do('review2', 'review', { closureType: 'merged' });
  await second.expect('closed');
  expect((await second.view()).fields['closureType']).toBe('merged');
});

test('D19: closed, and asked for again within thirty days: a new episode; later it is a new demand', async () => {
  const lights = await story.brings('intake1', 'D13');
  await story.work(lights, 'D13', null);
  await checked(lights);
  await called(lights, content);
  await lights.expect('closure_review');
  await lights.do('review1', 'review', { closureType: 'solved' });
  await lights.expect('closed');
  await story.days(20);
  await lights.do('inspect1', 'reopen', { reason: '抽查发现问题复发。' });
  await lights.refused('inspect1', 'reopen', { reason: '再次申请' }, 'already-requested');
  await lights.do('supervise1', 'grant', await lights.asked());
  await lights.expect('matching');
  expect(await lights.view()).toMatchObject({ episode: 2 });
  expect((await lights.history()).filter((type) => type === 'review')).toHaveLength(1); // the earlier closure stays visible

  await lights.do('duty1', 'force-close', { reason: '诉求人多次拒绝配合，现场已无法核实。' });
  await lights.refused('supervise1', 'grant', await lights.asked(), 'not-permitted');
  await lights.do('leader1', 'grant', await lights.asked());
  await lights.expect('closed');
  expect((await lights.view()).fields['closureType']).toBe('forced');
  await story.days(31);
  await lights.expect('archived');
  await lights.refused('inspect1', 'reopen', { reason: '又复发' }, 'wrong-state');
});

test('withdrawn, voided and reopened cases were told with the demand list; here the rest was walked', () => {
  const left = notWalked(story, 'closure-review');
  expect(left).toEqual({ commands: [], states: ['withdrawn', 'voided'] });
});
