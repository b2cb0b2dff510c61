import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Identity, stillRuns } from './pid-file.ts';
import { StackError } from './ports.ts';
import { writeWhole } from './whole-file.ts';

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
  await writeWhole(fileOf(dataDir), `${JSON.stringify(info, null, 1)}\n`);
}

export async function removeStackInfo(dataDir: string): Promise<void> {
  await rm(fileOf(dataDir), { force: true });
}

/**
 * @returns undefined when no stack runs on these data
 * @throws StackError when the file is not what we wrote
 */
export async function readStackInfo(dataDir: string): Promise<StackInfo | undefined> {
  const file = fileOf(dataDir);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const info = parse(text);
  if (!info)
    throw new StackError(
      `${file} 已损坏：请重新 npm start，它会重写 · ${file} is damaged: stop npm start and start it again, which writes it anew`,
    );
  return stillRuns(info.process) ? info : undefined;
}

function parse(text: string): StackInfo | undefined {
  try {
    const info = JSON.parse(text) as StackInfo; // written above; another hand may have been there, so what we need is looked at
    const told = [info.api, info.temporal.address, info.temporal.namespace, info.process.started];
    return told.every((one) => typeof one === 'string') && Number.isInteger(info.process.pid) ? info : undefined;
  } catch {
    return undefined;
  }
}
