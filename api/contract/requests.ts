import { z } from 'zod';
import { overridable } from '../../domain/commands/requests.ts';
import { contract } from './command.ts';
import { id } from './values.ts';

export const override = contract('override', z.strictObject({ rule: z.enum(overridable) }), ['reason'], {
  rule: 'extension-exceeded',
  reason: '灾后抢修，须破例延长。',
});

export const grant = contract('grant', z.strictObject({ request: id }), [], { request: 'q18' });

export const refuseRequest = contract('refuse-request', z.strictObject({ request: id }), ['reason'], {
  request: 'q18',
  reason: '没有新的事实，维持原结论。',
});
