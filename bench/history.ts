import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { itemId, officeId } from '../domain/ids.ts';
import { workflowId } from '../workflows/messages.ts';
import { actorOf, lifeOf } from './life.ts';
import { rounded } from './percentiles.ts';
import type { Stand } from './watcher.ts';
import type { Site } from './whole.ts';

/** What is written into Temporal's history. */
export interface HistoryFigures {
  /** By kind of event, of one whole life. */
  perLifecycle: { events: number; signals: number; localActivities: number; activities: number; timers: number };
  /** The whole life over its moves, and the middle one of those that need no search before them. */
  perMove: { mean: number; median: number };
  /** All steps after which nothing is owed, together. */
  stepsThatWakeNobody: number;
  steps: { command: string; moves: string[]; events: number }[];
}

/** How long a history must not grow to be taken for settled. */
const SETTLED_MS = 250;

/** A life alone on the stack, with a look at its history after each step. */
export async function measureHistory(site: Site): Promise<HistoryFigures> {
  const { servers, people, watcher } = site;
  const connection = await Connection.connect({ address: servers.temporal.address });
  const client = new Client({ connection, namespace: servers.temporal.namespace });
  try {
    const steps: HistoryFigures['steps'] = [];
    let stand: Stand = { rev: 0, drawn: [] };
    let item: string | undefined;
    for (const step of lifeOf(0)) {
      const before = item === undefined ? 0 : await settled(client, item);
      const answer = await people.take(actorOf(step, stand.drawn), item, stand.rev, step);
      item = answer.id;
      stand = { ...stand, rev: answer.rev };
      if (step.moves.length > 0) stand = await watcher.reaches(item, answer.rev + step.moves.length);
      steps.push({ command: step.command, moves: step.moves, events: (await settled(client, item)) - before });
    }
    return { ...summary(steps), perLifecycle: await kindsOf(client, item ?? '') };
  } finally {
    await connection.close();
  }
}

const idOf = (item: string): string => workflowId({ office: officeId('YX'), item: itemId(item) });

/** Length of the item's history, over all its runs, once it has stopped growing. */
async function settled(client: Client, item: string): Promise<number> {
  let length = await lengthOf(client, item);
  for (let quiet = 0; quiet < SETTLED_MS; quiet += 50) {
    await sleep(50);
    const now = await lengthOf(client, item);
    if (now !== length) quiet = 0;
    length = now;
  }
  return length;
}

async function lengthOf(client: Client, item: string): Promise<number> {
  const known = await client.workflow
    .getHandle(idOf(item))
    .describe()
    .catch(() => undefined); // nothing was owed yet, so nothing runs
  return known?.historyLength ?? 0;
}

async function kindsOf(client: Client, item: string): Promise<HistoryFigures['perLifecycle']> {
  return await countKinds(client, idOf(item));
}

/** Events of a workflow's latest run by kind. */
export async function countKinds(client: Client, id: string): Promise<HistoryFigures['perLifecycle']> {
  const { events = [] } = await client.workflow.getHandle(id).fetchHistory();
  const list = events ?? [];
  return {
    events: list.length,
    signals: list.filter((event) => event.workflowExecutionSignaledEventAttributes).length,
    localActivities: list.filter((event) => event.markerRecordedEventAttributes).length,
    activities: list.filter((event) => event.activityTaskScheduledEventAttributes).length,
    timers: list.filter((event) => event.timerStartedEventAttributes).length,
  };
}

function summary(steps: HistoryFigures['steps']): Omit<HistoryFigures, 'perLifecycle'> {
  const sum = (list: HistoryFigures['steps']): number => list.reduce((total, { events }) => total + events, 0);
  const moving = steps.filter(({ moves }) => moves.length > 0);
  const plain = moving.filter(({ moves }) => !moves.includes('start-matching')).map(({ events }) => events);
  const median = plain.toSorted((a, b) => a - b)[Math.floor(plain.length / 2)] ?? 0;
  const moves = moving.reduce((total, step) => total + step.moves.length, 0);
  return {
    steps,
    perMove: { mean: rounded(sum(moving) / moves), median },
    stepsThatWakeNobody: sum(steps.filter(({ moves }) => moves.length === 0)),
  };
}
