import { z } from 'zod';
import { contract } from './command.ts';
import { id } from './values.ts';

export const grant = contract('grant', z.strictObject({ request: id }), [], { request: 'q18' });

export const refuseRequest = contract('refuse-request', z.strictObject({ request: id }), ['reason'], {
  request: 'q18',
  reason: '没有新的事实，维持原结论。',
});
