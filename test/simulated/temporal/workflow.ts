import { ActivityFailure, CancelledFailure } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import type { ItemRef } from '../../../workflows/messages.ts';
import { type ActivityName, type Retry, running, Scope } from './instance.ts';

/**
 * Stands in for `@temporalio/workflow`, so that the real workflow runs outside the sandbox under a server of ours.
 * Holds what our workflow uses and no more. Limit: what is called in a cancellation scope must be called before the
 * first await in it.
 */

type Duration = Parameters<typeof msToNumber>[0];

interface RetryOptions {
  initialInterval?: Duration;
  maximumInterval?: Duration;
  maximumAttempts?: number;
}

interface ActivityOptions {
  startToCloseTimeout: Duration;
  scheduleToCloseTimeout?: Duration;
  heartbeatTimeout?: Duration;
  retry?: RetryOptions;
  cancellationType?: string;
}

export const ActivityCancellationType = { TRY_CANCEL: 'TRY_CANCEL' } as const;

const cancelled = (): Error => new CancelledFailure('cancelled');

export function isCancellation(error: unknown): boolean {
  return error instanceof CancelledFailure || (error instanceof ActivityFailure && isCancellation(error.cause));
}

export class CancellationScope {
  readonly #scope = new Scope();

  async run<T>(work: () => Promise<T>): Promise<T> {
    const instance = running();
    const outer = instance.scope;
    instance.scope = this.#scope;
    let begun: Promise<T>;
    try {
      begun = work();
    } finally {
      instance.scope = outer;
    }
    return await begun;
  }

  cancel(): void {
    this.#scope.cancel();
  }

  get consideredCancelled(): boolean {
    return this.#scope.cancelled;
  }
}

export async function sleep(duration: Duration): Promise<void> {
  const instance = running();
  const id = instance.nextId();
  const waits = instance.awaits(id, cancelled, () => running().commands.push({ type: 'cancel-timer', id }));
  instance.commands.push({ type: 'start-timer', id, ms: Math.max(1, msToNumber(duration)) });
  await waits;
}

export async function condition(holds: () => boolean): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve) => running().conditions.push({ holds, resolve }));
}

export const defineSignal = (name: string): { kind: 'signal'; name: string } => ({ kind: 'signal', name });
export const defineQuery = (name: string): { kind: 'query'; name: string } => ({ kind: 'query', name });

export function setHandler({ kind, name }: { kind: 'signal' | 'query'; name: string }, handler: () => unknown): void {
  if (kind === 'signal') running().signals.set(name, handler);
  else running().queries.set(name, handler);
}

function retryOf({ initialInterval, maximumInterval, maximumAttempts }: RetryOptions = {}): Retry {
  const initialMs = msToNumber(initialInterval ?? '1 second');
  const maximumMs = maximumInterval === undefined ? initialMs * 100 : msToNumber(maximumInterval);
  return { initialMs, maximumMs, attempts: maximumAttempts ?? Infinity };
}

/** A function for every name, as the SDK's proxies are. */
function proxyOf<T extends object>(call: (name: ActivityName, input: string) => Promise<unknown>): T {
  return new Proxy({} as T, {
    get: (_nothing, name) => async (input: unknown) => await call(String(name) as ActivityName, JSON.stringify(input)), // the type parameter names activities only
  });
}

export function proxyActivities<T extends object>(options: ActivityOptions): T {
  const startToCloseMs = msToNumber(options.startToCloseTimeout);
  const heartbeatMs = options.heartbeatTimeout === undefined ? null : msToNumber(options.heartbeatTimeout);
  return proxyOf<T>(async (name, input) => {
    const instance = running();
    const id = instance.nextId();
    const waits = instance.awaits(id, cancelled, () => running().commands.push({ type: 'cancel-activity', id }));
    const how = { retry: retryOf(options.retry), startToCloseMs, heartbeatMs };
    instance.commands.push({ type: 'schedule-activity', id, activity: { name, input }, ...how });
    return await waits;
  });
}

export function proxyLocalActivities<T extends object>(options: ActivityOptions): T {
  return proxyOf<T>(async (name, input) => {
    const instance = running();
    const id = instance.nextId();
    instance.locals.push({ id, name, input, retry: retryOf(options.retry) });
    return await instance.awaits(id, cancelled, () => undefined);
  });
}

export function proxySinks(): object {
  const stands = (rev: number, head: string, state: unknown): void => void (running().stands = { rev, head, state });
  return { item: { stands } };
}

/** How a run ends that goes on in another one. */
export class ContinueAsNew extends Error {}

export async function continueAsNew(_ref: ItemRef): Promise<never> {
  throw new ContinueAsNew();
}

/** The server suggests it at thousands of events; here early, so that it happens often. */
const SUGGESTED_AT = 60;

export function workflowInfo(): { continueAsNewSuggested: boolean } {
  return { continueAsNewSuggested: running().historyLength >= SUGGESTED_AT };
}
