import type { Rule } from '../process/context.ts';

export interface ContactPayload {
  means: 'phone' | 'visit' | 'message';
}

export const contact: Rule<'contact'> = {
  events: (_context, payload) => [{ type: 'field-set', name: 'contactMeans', value: payload.means }],
};
