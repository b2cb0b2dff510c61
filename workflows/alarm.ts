import { CancellationScope, sleep } from '@temporalio/workflow';

/** Moving a timer costs two events of history; one that would ring this little earlier stays where it is. */
const TOLERANCE = 1_000;

export interface Alarm {
  /** To ring in `inMs` real milliseconds at the latest. */
  set(inMs: number): void;
}

/**
 * One lazy timer for the earliest instant: it is moved only when it has to ring earlier, and a later instant is found
 * when it rings. Rings are compared in the sandbox's own time, which a replay repeats: an office clock that was set
 * forward brings the ring nearer.
 */
export function setUpAlarm(ring: () => void): Alarm {
  let armed: { scope: CancellationScope; ringsAt: number } | undefined;

  async function arm(scope: CancellationScope, inMs: number): Promise<void> {
    await scope.run(() => sleep(inMs));
    armed = undefined;
    ring();
  }

  return {
    set(inMs) {
      const ringsAt = Date.now() + inMs;
      if (armed && armed.ringsAt <= ringsAt + TOLERANCE) return;
      armed?.scope.cancel();
      const scope = new CancellationScope();
      armed = { scope, ringsAt };
      arm(scope, Math.max(1, Math.ceil(inMs))).catch(() => undefined); // moved, or the workflow is cancelled
    },
  };
}
