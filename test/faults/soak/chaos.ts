import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryAndWorkflowId } from '@temporalio/client';
import { isAlive } from '../../../stack/process-state.ts';
import { historiesOf } from '../judge.ts';
import { childrenOf, inodeOf, killProcess, pauseProcess } from '../receipts.ts';
import { type Part, parts, type WholeStack } from '../whole-stack.ts';

export const faults = [
  ...parts.map((part) => `kill ${part}` as const),
  ...parts.map((part) => `pause ${part}` as const),
  'cut the power',
  'delete the data of temporal',
] as const;
export type Fault = (typeof faults)[number];

/** A fault that landed; without a receipt there is none. */
export interface Landed {
  fault: Fault;
  receipt: string;
  /** Since when nothing keeps the system from recovering; epoch in ms. */
  healedAt: number;
}

const PAUSE_MS = 15_000;

/** Histories that are about to be lost; to be replayed with those that are left in the end. */
export type Keep = (histories: HistoryAndWorkflowId[]) => void;

/** Brings the fault about. Resolves when it is healed; undefined when there was nothing to hit just then. */
export async function strike(stack: WholeStack, fault: Fault, keep: Keep): Promise<Landed | undefined> {
  if (fault === 'cut the power') return landed(fault, await cutPower(stack));
  if (fault === 'delete the data of temporal') return landed(fault, await deleteTemporalsData(stack, keep));
  const [how, part] = fault.split(' ') as ['kill' | 'pause', Part]; // as they are put together above
  return landed(fault, await (how === 'kill' ? kill(stack, part) : pause(stack, part)));
}

function landed(fault: Fault, receipt: string | undefined): Landed | undefined {
  return receipt === undefined ? undefined : { fault, receipt, healedAt: Date.now() };
}

async function kill(stack: WholeStack, part: Part): Promise<string | undefined> {
  const pid = await stack.pidOf(part);
  if (pid === undefined) return undefined;
  await killProcess(pid);
  return `${pid} is gone`;
}

/** PostgreSQL's children do its work: they are stopped with it. */
async function pause(stack: WholeStack, part: Part): Promise<string | undefined> {
  const pid = await stack.pidOf(part);
  if (pid === undefined) return undefined;
  await pauseProcess(pid);
  const all = [pid, ...(part === 'postgres' ? childrenOf(pid) : [])];
  for (const one of all.slice(1)) quietly(one, 'SIGSTOP');
  await sleep(PAUSE_MS);
  for (const one of all) quietly(one, 'SIGCONT');
  return `${pid} was shown as stopped`;
}

function quietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended meanwhile, by another fault
  }
}

/** Everything at once, whoever starts things again included; then it is started as a person would. */
async function cutPower(stack: WholeStack): Promise<string | undefined> {
  const supervisor = stack.supervisor();
  if (supervisor === undefined) return undefined;
  const found = await Promise.all(parts.map(async (part) => await stack.pidOf(part)));
  const programs = [supervisor, ...found.filter((pid) => pid !== undefined)];
  const pids = [...programs, ...programs.slice(1).flatMap(childrenOf)]; // what PostgreSQL's children hold ends, too
  for (const pid of pids) quietly(pid, 'SIGKILL');
  while (pids.some(isAlive) || stack.supervisor() !== undefined) await sleep(20);
  await startUntilItRuns(stack);
  return `${programs.join(', ')} are gone, and ${pids.length - programs.length} children`;
}

async function deleteTemporalsData(stack: WholeStack, keep: Keep): Promise<string | undefined> {
  const pid = await stack.pidOf('temporal');
  const file = join(stack.dataDir, 'temporal/temporal.db');
  const before = inodeOf(file);
  if (pid === undefined || before === undefined) return undefined;
  const kept = await stack.examine(async (_admin, client) => await historiesOf(client)).catch(() => []); // it is away
  keep(kept);
  await killProcess(pid);
  for (const name of [file, `${file}-wal`, `${file}-shm`]) rmSync(name, { force: true });
  for (let tries = 0; tries < 600 && inodeOf(file) === undefined; tries += 1) await sleep(100);
  const after = inodeOf(file);
  return after === undefined || after === before
    ? undefined
    : `inode ${before} became ${after}, ${kept.length} histories kept`;
}

/** A start may hit what is still going down. @throws when it fails again and again */
export async function startUntilItRuns(stack: WholeStack): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await stack.start();
      return;
    } catch (error) {
      if (tries >= 5) throw error;
      await sleep(2_000);
    }
  }
}
