import { z } from 'zod';
import { contract } from './command.ts';
import { id } from './values.ts';

export const drawCheck = contract('draw-check', z.strictObject({}), ['reason'], {});

export const check = contract(
  'check',
  z.strictObject({ outcome: z.enum(['pass', 'fail', 'cannot_check']) }),
  ['reason'],
  { outcome: 'pass' },
);

export const drawCallBack = contract('draw-call-back', z.strictObject({}), ['reason'], {});

export const callBack = contract(
  'call-back',
  z.strictObject({
    reached: z.enum(['reached', 'refused', 'no_answer']),
    solved: z.enum(['yes', 'partly', 'no']).exactOptional(),
    satisfied: z.enum(['very', 'yes', 'basically', 'no', 'not_rated']).exactOptional(),
  }),
  [],
  { reached: 'reached', solved: 'yes', satisfied: 'very', note: '居民表示满意。' },
);

export const submitReview = contract('submit-review', z.strictObject({}), [], {});

export const review = contract(
  'review',
  z.strictObject({
    closureType: z.enum(['solved', 'partly_solved', 'explained', 'unreasonable', 'merged']),
    project: id.exactOptional().meta({ description: '由哪个项目解决其余部分 / the project that does what is left' }),
  }),
  ['reason', 'remainder'],
  { closureType: 'partly_solved', remainder: '8栋旁老化管网更换' },
);

export const rework = contract('rework', z.strictObject({}), ['reason'], { reason: '二楼灯仍不亮，请再次上门。' });

export const reopen = contract('reopen', z.strictObject({}), ['reason'], { reason: '同一处灯具一周后再次熄灭。' });

export const forceClose = contract('force-close', z.strictObject({}), ['reason'], {
  reason: '诉求人多次拒绝配合，现场已无法核实。',
});

export const archive = contract('archive', z.strictObject({}), [], {});
