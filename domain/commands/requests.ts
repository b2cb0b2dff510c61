import type { Rule } from '../process/context.ts';

/** The open request that is decided, by its id on the item. */
export interface RequestDecisionPayload {
  request: string;
}

/** Rules that may be set aside for once, by the code of their refusal: bounds and conditions, never permission or separation. */
export const overridable = [
  'window-closed',
  'asked-too-late',
  'extensions-used-up',
  'extension-exceeded',
  'open-tasks',
  'open-milestones',
] as const;
export type Overridable = (typeof overridable)[number];

/** Which rule is to be set aside; used up by the first command that it lets through. */
export interface OverridePayload {
  rule: Overridable;
}

export const override: Rule<'override'> = {
  events: ({ command: { actor } }, { rule }) =>
    actor.kind === 'person' ? [{ type: 'override-allowed', rule, by: actor.user }] : [],
};
