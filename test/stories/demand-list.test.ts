import { afterAll, beforeAll, expect, test } from 'vitest';
import { photo, notWalked, registration, startTelling, type Teller } from './teller.ts';

let story: Teller;
beforeAll(async () => {
  story = await startTelling();
});
afterAll(async () => {
  await story.end();
});

test('D13: asked at the counter how a pension is transferred, answered at once, and closed on the spot', async () => {
  const demand = await story.brings('intake1', 'D13');
  await demand.do('intake1', 'settle-on-the-spot', { evidence: [photo], note: '当场讲清所需材料。' });
  await demand.endsAs('D13');
  expect((await demand.view()).fields).toMatchObject({ onTheSpot: 1 });
});

test('D25: an anonymous report without a fact is not taken; where else to go is said and kept', async () => {
  const demand = await story.brings('intake2', 'D25');
  await demand.refused('intake2', 'refuse', { ground: 'no_substance', reason: '无具体事实' }, 'reason-missing');
  await demand.do('intake2', 'refuse', {
    ground: 'no_substance',
    reason: '无地点、无事实、无联系人。',
    told: '可向纪检渠道实名反映。',
  });
  await demand.endsAs('D25');
  await story.days(31);
  await demand.expect('archived');
  await demand.refused('inspect1', 'reopen', { reason: '有了新线索' }, 'wrong-state'); // nothing leaves the archive
});

test('somebody is sent to look whether the hole is there; what is found decides', async () => {
  const hole = await story.brings('reporter1', 'D07');
  await hole.do('intake1', 'verify', { note: '请到现场看看。' });
  await hole.expect('verifying');
  await hole.refused('intake1', 'verify', { outcome: 'exists', result: '应该有' }, 'not-permitted');
  await hole.do('grid2', 'verify', { outcome: 'does_not_exist', result: '现场没有这家店。' });
  await hole.do('intake1', 'refuse', { ground: 'not_found', reason: '查无此事。', told: '已电话告知核实结果。' });
  await hole.expect('not_accepted');
});

test('what belongs before a court is shown the way there', async () => {
  const demand = await story.brings('intake1', 'D18');
  await demand.do('intake1', 'redirect', { channel: 'court', told: '物业费纠纷可先调解，调解不成可起诉。' });
  await demand.expect('redirected');
  expect((await demand.view()).fields['redirectedTo']).toBe('court');
});

test('D02: one call, two matters: the transformer stays, the lamps become a case of their own', async () => {
  const call = await story.brings('intake1', 'D02', { reporterName: '赵某某', reporterPhone: '13700001111' });
  await call.do('intake1', 'split', {
    parts: [
      { title: '南塘村变压器过载停电', kind: 'help', peopleAffected: 1200 },
      { title: '巷子里路灯太少', kind: 'suggestion', peopleAffected: 300 },
    ],
    reason: '一次来电反映两件事，承办单位不同。',
  });
  const [lamps] = await story.born(call, 'splitOf');
  if (!lamps) throw new Error('the lamps were lost');
  await lamps.expect('submitted');
  const seen = await lamps.view();
  expect(seen.texts).toMatchObject({ title: '巷子里路灯太少', reporterName: '赵**' });
  expect((await call.view()).parts).toEqual([lamps.id]);
  await lamps.do('intake1', 'amend', { area: 'NT-G1', place: '南塘村老巷', reason: '回电确认了地点。' });
  expect((await lamps.view()).texts['place']).toBe('南塘村老巷');
  await lamps.refused('intake1', 'amend', { area: 'NT-G1', reason: '再改一次' }, 'nothing-amended');
  await lamps.refused('intake1', 'amend', { area: 'NOWHERE', reason: '改错' }, 'unknown-area');
});

test('D21: a tree falls and two people call: one case goes into the other, and each of them is called back', async () => {
  const first = await story.brings('reporter1', 'D21');
  const second = await story.brings('intake1', 'D21', { title: '同一棵树' });
  for (const demand of [first, second]) {
    await demand.do('intake1', 'register', registration('D21'));
    await demand.expect('matching');
  }
  await second.do('dispatch1', 'merge', { into: first.id, reason: '同一棵树' });
  await second.expect('merged');
  await second.do('dispatch1', 'unmerge', { reason: '再核对一下位置' });
  await second.expect('matching');
  await second.do('dispatch1', 'merge', { into: first.id, reason: '确是同一棵树' });
  await second.expect('merged');
  await first.do('match1', 'reserve', { need: 'r09', resource: 'R09', amount: 2 });
  await first.do('dispatch1', 'assign', { team: 'T03' });
  await first.expect('dispatched');
  expect((await first.view()).absorbed).toEqual([second.id]);
});

test('a wrong registration is voided by two people', async () => {
  const demand = await story.brings('grid1', 'D09');
  await demand.do('intake1', 'register', registration('D13'));
  await demand.do('duty1', 'void', { reason: '误将演练当作诉求登记。' });
  await demand.refused('duty1', 'grant', await demand.asked(), 'second-person-needed');
  await demand.do('duty2', 'grant', await demand.asked());
  await demand.expect('voided');
  expect((await demand.view()).fields['closureType']).toBe('void');
});

test('D09: hanging wires concern everybody’s safety: who reported them may withdraw, and the office goes on', async () => {
  const wires = await story.brings('reporter2', 'D09');
  await wires.do('intake1', 'register', registration('D09'));
  await wires.expect('matching');
  await wires.do('reporter2', 'withdraw', { voluntary: 'in_doubt', reason: '邻居让我别再提了。' });
  await wires.expect('matching');
  expect((await wires.view()).fields).toMatchObject({ proactive: 1, voluntary: 'in_doubt' });
  await wires.refused('reporter2', 'withdraw', { voluntary: 'yes', reason: '真的不要了' }, 'guard-not-met');
});

test('D24: withdrawn under doubt; asked again, the resident has it reopened', async () => {
  const benefit = await story.brings('reporter1', 'D24');
  await benefit.do('intake1', 'register', registration('D24'));
  await benefit.expect('matching');
  await benefit.do('intake1', 'withdraw', { voluntary: 'in_doubt', reason: '来电说不用办了，语气犹豫。' });
  await benefit.expect('withdrawn');
  await benefit.do('inspect1', 'reopen', { reason: '回访得知并非自愿。' });
  await benefit.do('supervise1', 'grant', await benefit.asked());
  await benefit.expect('matching');
  expect(await benefit.view()).toMatchObject({ episode: 2 });
});

test('every command and every state of the demand list was walked', () => {
  expect(notWalked(story, 'demand-list')).toEqual({ commands: [], states: [] });
});
