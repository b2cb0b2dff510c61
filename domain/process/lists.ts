import type { RefusalCode } from '../refusals.ts';

/**
 * The four empty lists, as people are told: nothing of the kind that is needed is free; no team may and can take the
 * item; no project or plan covers it; those whose part it is do not take part.
 */
export const blockers = ['NO_RESOURCE', 'NO_TEAM', 'NO_PLAN', 'NO_PARTICIPATION'] as const;
export type Blocker = (typeof blockers)[number];

/** Something of which an office has a limited amount: what the resources hold, places in teams, people with a role. */
export type List = 'resource' | 'team' | 'people';

/** The list that a step of the system waits for which was refused with this code; null: it waits for something else. */
export function lackedList(code: RefusalCode | Blocker): List | null {
  switch (code) {
    case 'NO_RESOURCE':
    case 'resource-over-capacity':
    case 'no-candidate':
      return 'resource';
    case 'NO_TEAM':
    case 'team-over-capacity':
      return 'team';
    case 'nobody-eligible':
      return 'people';
    default:
      return null;
  }
}

/** The empty list as people are told, for one that is known to be lacking. */
export function blockerOf(lacks: List | null): 'NO_RESOURCE' | 'NO_TEAM' | null {
  if (lacks === 'resource') return 'NO_RESOURCE';
  return lacks === 'team' ? 'NO_TEAM' : null;
}
