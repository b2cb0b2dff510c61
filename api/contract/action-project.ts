import { z } from 'zod';
import { contract } from './command.ts';
import { evidence } from './values.ts';

export const startWork = contract('start-work', z.strictObject({}), [], {});

export const handIn = contract('hand-in', z.strictObject({ evidence }), ['result'], {
  evidence: [{ kind: 'photo', sha256: 'ab'.repeat(32) }],
  result: '一次上门全部更换，夜间亮灯照片为证。',
});
