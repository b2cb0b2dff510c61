import { z } from 'zod';
import { contract } from './command.ts';

export const dispatch = contract('dispatch', z.strictObject({}), [], {});

export const sign = contract('sign', z.strictObject({}), [], {});

export const contact = contract('contact', z.strictObject({ means: z.enum(['phone', 'visit', 'message']) }), [], {
  means: 'phone',
  note: '已电话联系，约定今晚上门。',
});
