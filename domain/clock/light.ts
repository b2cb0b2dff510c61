import type { Instant } from '../time.ts';

export type Light = 'green' | 'yellow' | 'red';

/**
 * The light of a clock at an instant: the due instant is still on time. `yellow` is null when no such share is
 * configured, both are null while an open pause keeps them from being known.
 */
export function light(at: Instant, yellow: Instant | null, due: Instant | null): Light {
  if (due !== null && at > due) return 'red';
  return yellow !== null && at >= yellow ? 'yellow' : 'green';
}
