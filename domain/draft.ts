import { refusal, type Refusal } from './refusals.ts';
import type { UserId } from './ids.ts';

/** What of the office is published as versions, each asked for by one person and published by another (S3). */
export type DraftKind = 'calendar' | 'catalogue';

/** Who may ask for a version, and who may publish one: never the same person. */
export const PUBLISHERS = ['process_admin'];

export type DraftOutcome = 'published' | 'refused';

/** A version that somebody asks for, as far as a rule looks at it. */
export interface Draft {
  kind: DraftKind;
  /** The version that it changes; 0 where the office has none. */
  base: number;
  askedBy: UserId;
  outcome: DraftOutcome | null;
}

/** A draft is made from the version in force: what was published meanwhile would be undone unseen. */
export function outdated({ base }: Pick<Draft, 'base'>, inForce: number): Refusal | undefined {
  return base === inForce ? undefined : refusal('version-outdated', { base, inForce });
}

/** Whether this person may decide on the draft now. Whoever asked may not, neither for it nor against it. */
export function judgeDraft(draft: Draft, decider: UserId, outcome: DraftOutcome, inForce: number): Refusal | undefined {
  if (draft.outcome !== null) return refusal('draft-decided', { outcome: draft.outcome });
  if (draft.askedBy === decider) return refusal('second-person-needed');
  return outcome === 'published' ? outdated(draft, inForce) : undefined;
}
