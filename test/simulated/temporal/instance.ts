import type { Activities } from '../../../activities/index.ts';
import type { ItemRef, Known } from '../../../workflows/messages.ts';

/** What a run asks of the server; numbers name timers and activities within the run. */
export type WorkflowCommand =
  | { type: 'start-timer'; id: number; ms: number }
  | { type: 'cancel-timer'; id: number }
  | {
      type: 'schedule-activity';
      id: number;
      activity: Call;
      retry: Retry;
      startToCloseMs: number;
      heartbeatMs: number | null;
    }
  | { type: 'cancel-activity'; id: number }
  | { type: 'complete' }
  | { type: 'continue-as-new' }
  | { type: 'fail'; reason: string };

/** What the server tells a run. */
export type WorkflowEvent =
  | { type: 'signal' }
  | { type: 'timer-fired'; id: number }
  | { type: 'activity-ended'; id: number; outcome: Ended };

export type ActivityName = keyof Activities;
export interface Call {
  name: ActivityName;
  /** JSON text: nothing crosses but plain data. */
  input: string;
}
export interface Retry {
  initialMs: number;
  maximumMs: number;
  attempts: number;
}
export type Ended = { result: string } | { failure: string; retryable: boolean };

export interface LocalCall extends Call {
  id: number;
  retry: Retry;
}

interface Completion {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** A cancellation scope: what was begun in it ends when it is cancelled. */
export class Scope {
  cancelled = false;
  readonly ends = new Set<() => void>();
  cancel(): void {
    this.cancelled = true;
    for (const end of this.ends) end();
    this.ends.clear();
  }
}

/** One workflow function under way in one worker: what the SDK keeps beside it in its sandbox. */
export class Instance {
  readonly root = new Scope();
  scope = this.root;
  now = 0;
  replaying = false;
  historyLength = 0;
  commands: WorkflowCommand[] = [];
  locals: LocalCall[] = [];
  readonly completions = new Map<number, Completion>();
  conditions: { holds: () => boolean; resolve: () => void }[] = [];
  readonly signals = new Map<string, () => void>();
  readonly queries = new Map<string, () => unknown>();
  /** What the sink was last told. */
  stands: { rev: number; head: string; state: unknown } | undefined;
  /** An error of the workflow's code that is no failure of Temporal. */
  bug: unknown;
  readonly ref: ItemRef;
  #lastId = 0;

  constructor(ref: ItemRef) {
    this.ref = ref;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** A promise that the server's answer settles, or the cancellation of the scope. */
  awaits(id: number, cancelled: () => Error, onCancel: () => void): Promise<unknown> {
    const { scope } = this;
    if (scope.cancelled) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.completions.delete(id);
        onCancel();
        reject(cancelled());
      };
      scope.ends.add(end);
      const done = (): void => void scope.ends.delete(end);
      this.completions.set(id, {
        resolve(value) {
          done();
          resolve(value);
        },
        reject(error) {
          done();
          reject(error);
        },
      });
    });
  }

  known(): Known {
    const answer = this.queries.get('known')?.();
    return answer as Known; // the one query that item.ts answers
  }
}

let current: Instance | undefined;

/** The run whose code is running. @throws Error, a bug, when workflow code runs outside an activation */
export function running(): Instance {
  if (!current) throw new Error('workflow code ran outside its activation');
  return current;
}

/** Runs workflow code of one run until it waits for the server; nobody else may run meanwhile. */
export async function activate(instance: Instance, deliver: () => void): Promise<void> {
  if (current) throw new Error('two runs were activated at once');
  current = instance;
  try {
    deliver();
    for (;;) {
      await new Promise((done) => setImmediate(done));
      const open = instance.conditions.filter(({ holds }) => holds());
      if (open.length === 0) return;
      instance.conditions = instance.conditions.filter((condition) => !open.includes(condition));
      for (const { resolve } of open) resolve();
    }
  } finally {
    current = undefined;
  }
}

/** The time in the sandbox of the run whose code is running; undefined outside of any. */
export function sandboxTime(): number | undefined {
  return current?.now;
}
