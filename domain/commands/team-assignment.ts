import type { Rule } from '../process/context.ts';
import { refusal } from '../refusals.ts';

export interface ContactPayload {
  means: 'phone' | 'visit' | 'message';
}

/** What the upper department took back is not for the street, whoever was chosen for it. */
export const dispatch: Rule<'dispatch'> = {
  refuse({ state: { catalogue }, facts }) {
    const forbidden = catalogue?.duty.takenBack === true && facts.ofStreet === true;
    return forbidden ? refusal('category-taken-back', { entry: catalogue.duty.entry }) : undefined;
  },
};

export const contact: Rule<'contact'> = {
  events: (_context, payload) => [{ type: 'field-set', name: 'contactMeans', value: payload.means }],
};
