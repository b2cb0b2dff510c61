import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandName } from '../domain/commands/vocabulary.ts';
import type { Stage } from '../domain/process/definition.ts';
import type { SampleLogin } from '../prisma/sample/load.ts';
import { verifyChain } from '../proof/record.ts';
import {
  type Answer,
  type CaseBody,
  createStoryClient,
  type ProgressBody,
  type RecordBody,
  type StoryClient,
  StoryError,
} from './story-client.ts';
import { type Step, steps } from './story-steps.ts';

export interface StoryOptions {
  /** Address of the api, without a path. */
  api: string;
  logins: SampleLogin[];
  /** Told each record as soon as it is seen, in order, with the case at that time. */
  tell?: (record: RecordBody, view: CaseBody) => void;
  /** Told what the resident takes home. */
  hand?: (receipt: NonNullable<Answer['receipt']>) => void;
  /** Before each step of a person: a test may disturb the stack here. */
  before?: (command: CommandName) => Promise<void>;
  /** How long the workflow may take for a move, and the api to come back. */
  patienceMs?: number;
}

export interface Walked {
  id: string;
  code: string;
  office: string;
  /** In the order in which the case came to them. */
  stages: Stage[];
  /** Records by people, and by the workflow. */
  steps: number;
  moves: number;
  seconds: number;
  records: RecordBody[];
  /** What the resident sees at the end, with the code of the receipt. */
  progress: ProgressBody;
}

const POLL_MS = 100;

/**
 * Walks one demand through all five stages: people do their steps, and after each the workflow is waited for.
 * @throws StoryError when a step is refused, a move does not come, or the chain does not hold
 */
export async function walkStory(options: StoryOptions): Promise<Walked> {
  const { api, logins, tell, hand, before, patienceMs = 60_000 } = options;
  const started = performance.now();
  const client = createStoryClient(api, logins, patienceMs);
  const stages = new Set<Stage>();
  let view: CaseBody | undefined;
  let receipt: Answer['receipt'];
  let records: RecordBody[] = [];
  for (const step of steps) {
    await before?.(step.command);
    const user = actorOf(step, view);
    if (view && step.brings) await client.bring(user, view.id, step.brings.name, step.brings.photo.bytes);
    const answer = view
      ? await client.command(user, view.id, step.command, step.body, view.rev)
      : await client.create(user, step.body);
    stages.add(answer.stage);
    if (answer.receipt) hand?.(answer.receipt);
    receipt ??= answer.receipt;
    const told = records.length;
    ({ view, records } = await awaitMoves(client, user, answer.id, told, step, patienceMs));
    stages.add(view.stage);
    for (const record of records.slice(told)) tell?.(record, view);
  }
  if (!view || !receipt) throw new StoryError('the story has no steps');
  return {
    id: view.id,
    code: view.code,
    stages: [...stages],
    seconds: Math.round(performance.now() - started) / 1000,
    records,
    progress: await client.progress(receipt.progress),
    ...judge(records),
  };
}

function actorOf({ by, command }: Step, view: CaseBody | undefined): string {
  if (typeof by === 'string') return by;
  const drawn = view?.drawn.find(({ duty }) => duty === by.drawn);
  if (!drawn) throw new StoryError(`没有抽到人 · nobody was drawn for ${command}`);
  return drawn.user;
}

/** Resolves once the step and every move that follows it are in the history. */
async function awaitMoves(
  client: StoryClient,
  user: string,
  item: string,
  from: number,
  { command, moves }: Step,
  patienceMs: number,
): Promise<{ view: CaseBody; records: RecordBody[] }> {
  let rev = 0;
  for (const start = performance.now(); ; await sleep(POLL_MS)) {
    const view = await client.view(user, item);
    if (view.rev !== rev) {
      rev = view.rev;
      const records = await client.history(user, item);
      const since = records.slice(from).map(({ type }) => type);
      if ([command, ...moves].every((name) => since.includes(name)) && records.length === rev) return { view, records };
    }
    if (performance.now() - start > patienceMs) {
      const stuck = await client.stuck(user, item);
      const waited = `waited ${patienceMs / 1000} s for the workflow to make ${moves.join(', ')} after ${command}`;
      throw new StoryError(`${waited}; the case ${view.code} rests in ${view.state.id}. ${stuck}`);
    }
  }
}

/** @throws StoryError when the chain does not hold */
function judge(records: RecordBody[]): Pick<Walked, 'office' | 'steps' | 'moves'> {
  const chain = verifyChain(records);
  if (!chain.intact)
    throw new StoryError(`记录链在第 ${chain.seq} 条断开 · the chain breaks at ${chain.seq}: ${chain.reason}`);
  const moves = records.filter(({ actor }) => actor.role === 'system').length;
  const { office } = JSON.parse(records[0]?.bytes ?? '{}') as { office: string }; // as proof/ has just read it
  return { office, steps: records.length - moves, moves };
}
