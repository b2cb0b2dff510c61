import { WorkflowNotFoundError } from '@temporalio/client';
import type { ItemRef } from '../../../workflows/messages.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Call, Ended, Retry, WorkflowCommand, WorkflowEvent } from './instance.ts';

/** One completed workflow task: what the run was told, what its local activities answered, what it asked for. */
export interface TaskRecord {
  at: number;
  events: WorkflowEvent[];
  /** Outcomes of local activities, in the order in which the run learned them. */
  markers: { id: number; at: number; outcome: Ended }[];
  commands: WorkflowCommand[];
}

interface PendingActivity {
  call: Call;
  retry: Retry;
  timeoutMs: number;
  attempt: number;
  /** Undefined until a worker may take it. */
  readyAt: number;
  token: number | undefined;
}

/** One run of the workflow of one item. */
export interface Run {
  id: string;
  workflowId: string;
  ref: ItemRef;
  status: 'running' | 'completed' | 'continued' | 'failed' | 'terminated';
  history: TaskRecord[];
  inbox: WorkflowEvent[];
  timers: Map<number, number>;
  activities: Map<number, PendingActivity>;
  /** Work for a worker: whether it is asked for, and the token of whoever is at it. */
  wanted: boolean;
  token: number | undefined;
}

export interface WorkflowTask {
  kind: 'workflow';
  run: Run;
  token: number;
  events: WorkflowEvent[];
}
export interface ActivityTask {
  kind: 'activity';
  run: Run;
  id: number;
  token: number;
  call: Call;
}

const TASK_TIMEOUT = 10_000;

function copyOf(run: Run): Run {
  return {
    ...run,
    history: [...run.history],
    inbox: [...run.inbox],
    timers: new Map(run.timers),
    activities: new Map([...run.activities].map(([id, pending]) => [id, { ...pending, token: undefined }])),
    wanted: run.wanted || run.token !== undefined || run.inbox.length > 0,
    token: undefined,
  };
}

/** Stands in for the Temporal server: durable histories, timers, tasks with time-outs, at-least-once activities. */
export class TemporalServer {
  readonly scheduler: Scheduler;
  up = true;
  /** Every run there ever was, by workflow; the last one is the current one. */
  runs = new Map<string, Run[]>();
  readonly #begins: (task: WorkflowTask | ActivityTask) => boolean;
  #lastToken = 0;
  #lastRun = 0;

  constructor(scheduler: Scheduler, begins: (task: WorkflowTask | ActivityTask) => boolean) {
    this.scheduler = scheduler;
    this.#begins = begins;
  }

  current(workflowId: string): Run | undefined {
    return this.runs.get(workflowId)?.at(-1);
  }

  all(): Run[] {
    return [...this.runs.values()].flat();
  }

  signalWithStart(workflowId: string, ref: ItemRef): void {
    const found = this.current(workflowId);
    const run = found?.status === 'running' ? found : this.#start(workflowId, ref);
    this.#tell(run, { type: 'signal' });
  }

  #start(workflowId: string, ref: ItemRef): Run {
    const id = `run-${(this.#lastRun += 1)}`;
    const run: Run = {
      id,
      workflowId,
      ref,
      status: 'running',
      history: [],
      inbox: [],
      timers: new Map(),
      activities: new Map(),
      wanted: true,
      token: undefined,
    };
    this.runs.set(workflowId, [...(this.runs.get(workflowId) ?? []), run]);
    this.dispatch(run);
    return run;
  }

  #tell(run: Run, event: WorkflowEvent): void {
    if (!this.#isCurrent(run) || run.status !== 'running') return;
    run.inbox.push(event);
    run.wanted = true;
    this.dispatch(run);
  }

  /** Whether the store still has this run as it was handed out: it may have been emptied or put back meanwhile. */
  #isCurrent(run: Run): boolean {
    return this.runs.get(run.workflowId)?.includes(run) === true;
  }

  /** Offers the run's task to the workers; one at a time is at it. */
  dispatch(run: Run): void {
    if (!this.up || !run.wanted || run.token !== undefined || run.status !== 'running' || !this.#isCurrent(run)) return;
    const token = (this.#lastToken += 1);
    if (!this.#begins({ kind: 'workflow', run, token, events: [...run.inbox] })) return;
    run.token = token;
    run.wanted = false;
    this.#watch(run, token);
  }

  #watch(run: Run, token: number): void {
    this.scheduler.after(TASK_TIMEOUT, () => this.giveUp(run, token));
  }

  /** The task is offered again; whoever was at it will be told that it is not theirs any more. */
  giveUp(run: Run, token: number): void {
    if (run.token !== token) return;
    run.token = undefined;
    run.wanted = true;
    this.dispatch(run);
  }

  /** @returns false when the task is no longer this worker's, or when the run may not end because it was told something */
  completeTask({ run, token, events }: WorkflowTask, done: Omit<TaskRecord, 'events'>): boolean {
    if (run.token !== token || !this.#isCurrent(run)) return false;
    const ends = done.commands.some(({ type }) => ['complete', 'continue-as-new', 'fail'].includes(type));
    if (ends && run.inbox.length > events.length) {
      this.giveUp(run, token);
      return false;
    }
    run.token = undefined;
    run.inbox.splice(0, events.length);
    run.history.push({ ...done, events });
    for (const command of done.commands) this.#obey(run, command);
    run.wanted ||= run.inbox.length > 0;
    this.dispatch(run);
    return true;
  }

  #obey(run: Run, command: WorkflowCommand): void {
    switch (command.type) {
      case 'start-timer':
        run.timers.set(command.id, this.scheduler.now + command.ms);
        this.#fireLater(run, command.id);
        return;
      case 'cancel-timer':
        run.timers.delete(command.id);
        return;
      case 'schedule-activity': {
        const { id, activity: call, retry, startToCloseMs, heartbeatMs } = command;
        const pending = {
          call,
          retry,
          timeoutMs: heartbeatMs ?? startToCloseMs,
          attempt: 1,
          readyAt: this.scheduler.now,
        };
        run.activities.set(id, { ...pending, token: undefined });
        this.#dispatchActivity(run, id);
        return;
      }
      case 'cancel-activity':
        run.activities.delete(command.id);
        return;
      case 'complete':
        run.status = 'completed';
        return;
      case 'fail':
        run.status = 'failed';
        return;
      case 'continue-as-new':
        run.status = 'continued';
        this.#start(run.workflowId, run.ref);
        return;
      default:
        return command satisfies never;
    }
  }

  #fireLater(run: Run, id: number): void {
    const at = run.timers.get(id) ?? 0;
    this.scheduler.after(Math.max(0, at - this.scheduler.now), () => {
      if (!this.#isCurrent(run) || run.timers.get(id) !== at) return;
      if (!this.up) return; // fired when the server is back: see `restart`
      run.timers.delete(id);
      this.#tell(run, { type: 'timer-fired', id });
    });
  }

  #dispatchActivity(run: Run, id: number): void {
    const pending = run.activities.get(id);
    if (!this.up || !pending || pending.token !== undefined || !this.#isCurrent(run) || run.status !== 'running')
      return;
    if (pending.readyAt > this.scheduler.now) return;
    const token = (this.#lastToken += 1);
    if (!this.#begins({ kind: 'activity', run, id, token, call: pending.call })) return;
    pending.token = token;
    this.scheduler.after(pending.timeoutMs, () =>
      this.endActivity({ run, id, token }, { failure: 'timed out', retryable: true }),
    );
  }

  endActivity({ run, id, token }: Pick<ActivityTask, 'run' | 'id' | 'token'>, outcome: Ended): void {
    const pending = run.activities.get(id);
    if (!pending || pending.token !== token || !this.#isCurrent(run)) return;
    pending.token = undefined;
    if ('result' in outcome || !outcome.retryable || pending.attempt >= pending.retry.attempts) {
      run.activities.delete(id);
      this.#tell(run, { type: 'activity-ended', id, outcome });
      return;
    }
    const wait = Math.min(pending.retry.maximumMs, pending.retry.initialMs * 2 ** Math.min(20, pending.attempt - 1));
    pending.attempt += 1;
    pending.readyAt = this.scheduler.now + wait;
    this.scheduler.after(wait, () => this.#dispatchActivity(run, id));
  }

  /** Everything that waits for a worker is offered again: a worker has come, or the server is back. */
  offerAll(): void {
    for (const run of this.all()) {
      this.dispatch(run);
      for (const id of run.activities.keys()) this.#dispatchActivity(run, id);
    }
  }

  describe(workflowId: string): { runId: string; status: { name: string }; raw: { pendingActivities: unknown[] } } {
    const run = this.current(workflowId);
    if (!run) throw new WorkflowNotFoundError('there is no such workflow', workflowId, undefined);
    const pendingActivities = [...run.activities.values()];
    return { runId: run.id, status: { name: run.status.toUpperCase() }, raw: { pendingActivities } };
  }

  terminate(workflowId: string, runId: string | undefined): void {
    const run = this.current(workflowId);
    if (run?.id === runId && run?.status === 'running') run.status = 'terminated';
  }

  snapshot(): Map<string, Run[]> {
    return new Map([...this.runs].map(([id, runs]) => [id, runs.map(copyOf)]));
  }

  /** Comes back with the store that it had, or with an older or an empty one. */
  restart(store: Map<string, Run[]>): void {
    this.up = true;
    this.runs = new Map([...store].map(([id, runs]) => [id, runs.map(copyOf)]));
    for (const run of this.all()) {
      for (const id of run.timers.keys()) this.#fireLater(run, id);
      for (const [id, { readyAt }] of run.activities)
        this.scheduler.after(Math.max(0, readyAt - this.scheduler.now), () => this.#dispatchActivity(run, id));
    }
    this.offerAll();
  }
}
