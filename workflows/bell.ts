import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import { WAKE_SIGNAL } from './messages.ts';

/** Rung by a wake, by the alarm and by an errand that is back; however often, one look answers it. */
export interface Bell {
  ring: () => void;
  /** Before each reading: what rang until now is seen by it. */
  hush(): void;
  hasRung(): boolean;
  /** Resolves once it has rung. @throws CancelledFailure when the workflow is cancelled */
  rings(): Promise<void>;
}

export function hangBell(): Bell {
  let rung = false;
  const bell: Bell = {
    ring: () => void (rung = true),
    hush: () => void (rung = false),
    hasRung: () => rung,
    rings: () => condition(() => rung),
  };
  setHandler(defineSignal(WAKE_SIGNAL), bell.ring);
  return bell;
}
