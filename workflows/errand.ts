import { CancellationScope, sleep } from '@temporalio/workflow';
import type { ActivityName } from '../domain/process/definition.ts';
import type { Found, ItemRef } from './messages.ts';
import { findCandidates } from './stages/resource-matching.ts';

/** What the system has to do outside before a move, by the name that the definition gives it. */
const work: Readonly<Record<ActivityName, (ref: ItemRef) => Promise<Found>>> = {
  'find-candidates': findCandidates,
};

/** Slow work beside the loop: wakes, clocks and other moves go on meanwhile. */
export interface Errand {
  /** What was found in this stay at the item's place; when it was not sent for, sends for it and gives up any other. */
  resultFor(activity: ActivityName, entered: number): Found | undefined;
  giveUp(): void;
  isOut(): boolean;
}

export function prepareErrand(ref: ItemRef, ring: () => void): Errand {
  let out: { key: string; scope: CancellationScope; found?: Found } | undefined;

  function giveUp(): void {
    out?.scope.cancel();
    out = undefined;
  }

  async function send(activity: ActivityName, errand: NonNullable<typeof out>): Promise<void> {
    try {
      errand.found = await errand.scope.run(() => work[activity](ref));
    } catch {
      if (errand.scope.consideredCancelled) return;
      await sleep('1 minute'); // its own tries could not mend it: again, but not in a tight circle
      if (out === errand) out = undefined;
    }
    ring();
  }

  return {
    resultFor(activity, entered) {
      const key = `${activity}:${entered}`;
      if (out?.key === key) return out.found;
      giveUp();
      out = { key, scope: new CancellationScope() };
      send(activity, out).catch(() => undefined); // the workflow itself is cancelled
      return undefined;
    },
    giveUp,
    isOut: () => out !== undefined,
  };
}
