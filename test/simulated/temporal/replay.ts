import { ActivityFailure, ApplicationFailure, RetryState, TemporalFailure } from '@temporalio/common';
import { item } from '../../../workflows/item.ts';
import { activate, type Ended, Instance, type WorkflowCommand, type WorkflowEvent } from './instance.ts';
import type { Run, TaskRecord } from './server.ts';
import { ContinueAsNew } from './workflow.ts';

/** Workflow code that throws an ordinary error: a bug, which a real worker would meet again and again. */
export class WorkflowBug extends Error {}

async function live(instance: Instance): Promise<void> {
  try {
    await item(instance.ref);
    instance.commands.push({ type: 'complete' });
  } catch (error) {
    if (error instanceof ContinueAsNew) instance.commands.push({ type: 'continue-as-new' });
    else if (error instanceof TemporalFailure) instance.commands.push({ type: 'fail', reason: error.message });
    else instance.bug = error;
  }
}

function deliver(instance: Instance, event: WorkflowEvent): void {
  switch (event.type) {
    case 'signal':
      instance.signals.get('wake')?.();
      return;
    case 'timer-fired':
      instance.completions.get(event.id)?.resolve(undefined);
      instance.completions.delete(event.id);
      return;
    case 'activity-ended':
      end(instance, event.id, event.outcome);
      return;
    default:
      return event satisfies never;
  }
}

function end(instance: Instance, id: number, outcome: Ended): void {
  const completion = instance.completions.get(id);
  instance.completions.delete(id);
  if ('result' in outcome) completion?.resolve(JSON.parse(outcome.result));
  else {
    const cause = ApplicationFailure.create({ message: outcome.failure, nonRetryable: !outcome.retryable });
    const state = outcome.retryable ? RetryState.MAXIMUM_ATTEMPTS_REACHED : RetryState.NON_RETRYABLE_FAILURE;
    completion?.reject(new ActivityFailure('Activity task failed', 'activity', String(id), state, undefined, cause));
  }
}

/** Tells a run what came for it; the first time its function begins. */
export async function tell(instance: Instance, at: number, events: WorkflowEvent[], begins: boolean): Promise<void> {
  instance.now = at;
  await activate(instance, () => {
    if (begins) void live(instance);
    for (const event of events) deliver(instance, event);
  });
  failLoudly(instance);
}

export async function endLocal(instance: Instance, { id, at, outcome }: TaskRecord['markers'][number]): Promise<void> {
  instance.now = at;
  instance.locals = instance.locals.filter((call) => call.id !== id);
  await activate(instance, () => end(instance, id, outcome));
  failLoudly(instance);
}

function failLoudly(instance: Instance): void {
  if (instance.bug === undefined) return;
  throw new WorkflowBug('the workflow threw an error that is no failure of Temporal', { cause: instance.bug });
}

/** What a task asked for, without timers and activities that the same task gave up again. */
export function takeCommands(instance: Instance): WorkflowCommand[] {
  const { commands } = instance;
  instance.commands = [];
  const begun = (type: 'start-timer' | 'schedule-activity') => (id: number) =>
    commands.some((other) => other.type === type && other.id === id);
  const [started, scheduled] = [begun('start-timer'), begun('schedule-activity')];
  const ended = new Set(
    commands.flatMap((command) => {
      if (command.type === 'cancel-timer' && started(command.id)) return [command.id];
      return command.type === 'cancel-activity' && scheduled(command.id) ? [command.id] : [];
    }),
  );
  return commands.filter((command) => !('id' in command && ended.has(command.id)));
}

/**
 * The run again, from its history alone.
 * @throws WorkflowBug when the code asks for something else than it did
 */
export async function replayOf(run: Run): Promise<Instance> {
  const instance = new Instance(run.ref);
  instance.replaying = true;
  for (const [at, task] of run.history.entries()) await replayTask(instance, task, at === 0);
  instance.replaying = false;
  return instance;
}

async function replayTask(instance: Instance, task: TaskRecord, begins: boolean): Promise<void> {
  await tell(instance, task.at, task.events, begins);
  for (const marker of task.markers) {
    const asked = instance.locals.some((call) => call.id === marker.id);
    if (!asked) throw new WorkflowBug(`replay does not ask for activity ${marker.id}`);
    await endLocal(instance, marker);
  }
  grow(instance, task);
  const asked = JSON.stringify(takeCommands(instance));
  if (instance.locals.length > 0 || asked !== JSON.stringify(task.commands))
    throw new WorkflowBug(`replay asks for ${asked} instead of ${JSON.stringify(task.commands)}`);
}

/** About as many events as the real history would have. */
export function grow(instance: Instance, { events, markers, commands }: Omit<TaskRecord, 'at'>): void {
  instance.historyLength += 3 + events.length + markers.length + commands.length;
}
