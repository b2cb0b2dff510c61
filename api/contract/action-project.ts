import { z } from 'zod';
import { contract } from './command.ts';
import { code, evidence, id, unitRef } from './values.ts';

export const startWork = contract('start-work', z.strictObject({}), [], {});

export const reportProgress = contract(
  'report-progress',
  z.strictObject({
    milestone: code.exactOptional().meta({ description: '达到的节点 / the milestone that is reached' }),
    evidence: evidence.exactOptional(),
  }),
  [],
  { note: '三楼以下已更换，明日完成其余。' },
);

export const openTask = contract('open-task', z.strictObject({ unit: unitRef }), ['reason'], {
  unit: 'YX-PA',
  reason: '施工时需要维持楼道秩序。',
});

const answer = z.enum(['done', 'partly', 'not_ours']);

export const answerTask = contract('answer-task', z.strictObject({ task: id, answer }), ['result'], {
  task: 't9',
  answer: 'done',
  result: '已安排两名队员到场。',
});

/** Bounds are the definition's; the shape only keeps numbers finite. */
const number = z.int().min(1).max(9999);

export const requestExtension = contract(
  'request-extension',
  z.strictObject({
    amount: number.meta({ description: '再加多少，单位同时限 / how much more, in the kind of the limit' }),
  }),
  ['reason'],
  { amount: 3, reason: '配件到货需三天，已告知诉求人。' },
);

const reviewDays = number.meta({ description: '自批准起多少天内复核 / days from the grant to the review' });

export const requestSuspension = contract(
  'request-suspension',
  z.strictObject({ ground: z.enum(['no_funds', 'legacy', 'law_gap', 'season', 'court']), reviewDays }),
  ['reason'],
  { ground: 'season', reviewDays: 60, reason: '须待春季施工。' },
);

export const resume = contract('resume', z.strictObject({}), ['reason'], { reason: '资金已到位。' });

export const whistle = contract(
  'whistle',
  z.strictObject({ unit: unitRef, ground: z.enum(['public_complaint', 'joint_enforcement', 'emergency']) }),
  ['reason'],
  { unit: 'X-GD', ground: 'public_complaint', reason: '居民反映强烈，街道无权处置。' },
);

export const answerWhistle = contract('answer-whistle', z.strictObject({ task: id, answer }), ['result'], {
  task: 't9',
  answer: 'done',
  result: '已派员到场处置。',
});

export const rateWhistle = contract(
  'rate-whistle',
  z.strictObject({
    task: id,
    rating: z.enum(['good', 'fair', 'poor']),
    again: z
      .literal('yes')
      .exactOptional()
      .meta({ description: '评价为差时可再吹一轮 / with a poor rating: another round' }),
  }),
  ['reason'],
  { task: 't9', rating: 'good' },
);

export const joinProject = contract(
  'join-project',
  z.strictObject({
    project: id,
    part: code.meta({ description: '项目承担的部分 / the part that it serves' }),
    reviewDays,
  }),
  ['reason'],
  { project: 'P03', part: 'lighting', reviewDays: 60, reason: '纳入楼道照明改造项目。' },
);

export const leaveProject = contract('leave-project', z.strictObject({ project: id }), ['reason'], {
  project: 'P03',
  reason: '项目范围调整，本楼栋另行办理。',
});

export const handIn = contract('hand-in', z.strictObject({ evidence }), ['result'], {
  evidence: [{ kind: 'photo', sha256: 'ab'.repeat(32) }],
  result: '一次上门全部更换，夜间亮灯照片为证。',
});
