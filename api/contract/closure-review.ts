import { z } from 'zod';
import { contract } from './command.ts';

export const drawCheck = contract('draw-check', z.strictObject({}), ['reason'], {});

export const check = contract('check', z.strictObject({ outcome: z.enum(['pass', 'fail']) }), ['reason'], {
  outcome: 'pass',
});

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

export const review = contract('review', z.strictObject({ closureType: z.enum(['solved', 'explained']) }), ['reason'], {
  closureType: 'solved',
});

export const rework = contract('rework', z.strictObject({}), ['reason'], { reason: '二楼灯仍不亮，请再次上门。' });

export const reopen = contract('reopen', z.strictObject({}), ['reason'], { reason: '同一处灯具一周后再次熄灭。' });

export const archive = contract('archive', z.strictObject({}), [], {});
