import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Identity, stillRuns } from './pid-file.ts';

/** What a running stack tells other commands; `.data/stack.json`, written when it is ready, removed when it stops. */
export interface StackInfo {
  process: Identity;
  /** Address of the api, without a path. */
  api: string;
  temporal: { address: string; namespace: string; ui: string | null };
  /** The login of the background loops, with its password: only the owner of the data reads this file. */
  loopsUrl: string;
  simulation: boolean;
}

const fileOf = (dataDir: string): string => join(dataDir, 'stack.json');

export async function writeStackInfo(dataDir: string, info: StackInfo): Promise<void> {
  const half = `${fileOf(dataDir)}.${process.pid}`;
  await writeFile(half, `${JSON.stringify(info, null, 1)}\n`, { mode: 0o600 });
  await rename(half, fileOf(dataDir));
}

export async function removeStackInfo(dataDir: string): Promise<void> {
  await rm(fileOf(dataDir), { force: true });
}

/** @returns undefined when no stack runs on these data. */
export async function readStackInfo(dataDir: string): Promise<StackInfo | undefined> {
  const text = await readFile(fileOf(dataDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const info = JSON.parse(text) as StackInfo; // written above, whole or not at all
  return stillRuns(info.process) ? info : undefined;
}
