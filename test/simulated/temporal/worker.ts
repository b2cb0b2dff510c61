import { ApplicationFailure } from '@temporalio/common';
import { catchUp } from '../../../activities/catch-up.ts';
import { commitMove } from '../../../activities/commit-move.ts';
import { findCandidates } from '../../../activities/find-candidates.ts';
import type { CatchUp, ItemRef, Move } from '../../../workflows/messages.ts';
import type { Store } from '../../../record/commit.ts';
import type { Process, Scheduler } from '../scheduler.ts';
import type { Call, Ended, Instance, LocalCall } from './instance.ts';
import { endLocal, grow, replayOf, takeCommands, tell } from './replay.ts';
import type { ActivityTask, Run, TaskRecord, TemporalServer, WorkflowTask } from './server.ts';

/** What is told of every reading, as the real worker's sink is. */
export type Stands = (ref: ItemRef, rev: number, head: string, state: unknown) => void;

/** One worker process: runs workflow tasks with their local activities, and activities. */
export class Worker {
  readonly process: Process;
  readonly #scheduler: Scheduler;
  readonly #server: TemporalServer;
  readonly #store: Store;
  readonly #stands: Stands;
  /** Runs that rest in memory, each at the end of this many tasks. */
  readonly #cache = new Map<Run, { instance: Instance; tasks: number }>();
  replays = 0;

  constructor(process: Process, server: TemporalServer, store: Store, stands: Stands) {
    this.process = process;
    this.#scheduler = server.scheduler;
    this.#server = server;
    this.#store = store;
    this.#stands = stands;
  }

  has(run: Run): boolean {
    return this.#cache.has(run);
  }

  evictAll(): void {
    this.#cache.clear();
  }

  begin(task: WorkflowTask | ActivityTask): void {
    this.#scheduler.spawn(this.process, async () =>
      task.kind === 'workflow' ? await this.#advance(task) : await this.#perform(task),
    );
  }

  async #advance(task: WorkflowTask): Promise<void> {
    const { run, events } = task;
    const begins = run.history.length === 0;
    const at = this.#scheduler.now;
    const instance = await this.#quietly(async () => {
      const found = await this.#take(run);
      await tell(found, at, events, begins);
      return found;
    });
    const markers: TaskRecord['markers'] = [];
    for (let call = instance.locals[0]; call; call = instance.locals[0]) {
      const outcome = await this.#locally(run, call);
      const marker = { id: call.id, at: this.#scheduler.now, outcome };
      markers.push(marker);
      await this.#quietly(async () => await endLocal(instance, marker));
    }
    if (instance.stands) this.#stands(run.ref, instance.stands.rev, instance.stands.head, instance.stands.state);
    const commands = takeCommands(instance);
    await this.#complete(task, instance, { at, markers, commands });
  }

  async #complete(task: WorkflowTask, instance: Instance, done: Omit<TaskRecord, 'events'>): Promise<void> {
    const { run, token, events } = task;
    const lost = (): Error => new Error('the answer to the completion was lost');
    try {
      // counted at once: while this worker is held up, another may already have gone further
      const tasks = await this.#scheduler.effect(
        this.process,
        'complete-task',
        () => (this.#server.completeTask(task, done) ? run.history.length : undefined),
        lost,
      );
      if (tasks === undefined) return;
      grow(instance, { ...done, events });
      if (run.status === 'running') this.#cache.set(run, { instance, tasks });
    } catch {
      this.#server.giveUp(run, token); // as the server would when the task times out
    }
  }

  /** From the cache when it rests there at the end of the history, else by replay. */
  async #take(run: Run): Promise<Instance> {
    const cached = this.#cache.get(run);
    this.#cache.delete(run);
    if (cached?.tasks === run.history.length) return cached.instance;
    if (run.history.length > 0) this.replays += 1;
    return await replayOf(run);
  }

  /** Workflow code runs to its rest before anything else happens. */
  async #quietly<T>(work: () => Promise<T>): Promise<T> {
    this.#scheduler.busy += 1;
    try {
      return await work();
    } finally {
      this.#scheduler.busy -= 1;
    }
  }

  async #locally(run: Run, call: LocalCall): Promise<Ended> {
    const { retry } = call;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#outcomeOf(run, call);
      if ('result' in outcome || !outcome.retryable || attempt >= retry.attempts) return outcome;
      await this.#scheduler.sleep(this.process, retry.initialMs * 2 ** (attempt - 1));
    }
  }

  async #perform(task: ActivityTask): Promise<void> {
    const outcome = await this.#outcomeOf(task.run, task.call);
    const lost = (): Error => new Error('the answer to the completion was lost');
    await this.#scheduler
      .effect(this.process, 'complete-activity', () => this.#server.endActivity(task, outcome), lost)
      .catch(() => undefined); // the server repeats it when it times out
  }

  async #outcomeOf(run: Run, { name, input }: Call): Promise<Ended> {
    try {
      await this.#scheduler.effect(
        this.process,
        `start-${name}`,
        () => undefined,
        () => new Error('not started'),
      );
      return { result: JSON.stringify(await this.#call(run, name, input)) };
    } catch (error) {
      const retryable = !(error instanceof ApplicationFailure && error.nonRetryable === true);
      return { failure: String(error), retryable };
    }
  }

  /** As activities/index.ts hands them to a real worker; an input is what the workflow gave to that name. */
  async #call(run: Run, name: Call['name'], input: string): Promise<unknown> {
    switch (name) {
      case 'catchUp':
        return await catchUp(this.#store, JSON.parse(input) as CatchUp);
      case 'commitMove':
        return await commitMove(this.#store, JSON.parse(input) as Move, run.id);
      case 'findCandidates':
        return await findCandidates(this.#store, JSON.parse(input) as ItemRef, () => undefined);
      default:
        return name satisfies never;
    }
  }
}
