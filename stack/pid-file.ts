import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './process-state.ts';

/** A process as a file names it. Numbers are given again, so the number alone does not say who it is. */
export interface Identity {
  pid: number;
  /** When it was started, in the system's own words; empty where the system does not say. */
  started: string;
}

/** @returns undefined when no such process runs. */
export function identityOf(pid: number): Identity | undefined {
  return isAlive(pid) ? { pid, started: startOf(pid) } : undefined;
}

function startOf(pid: number): string {
  try {
    // after the name in brackets, which may hold anything, the 20th word is the start in ticks since the machine came up
    if (process.platform === 'linux')
      return (
        readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')[19] ?? ''
      );
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return ''; // it has just ended, or there is no `ps`
  }
}

/** Whether the process of a file still runs, and is no other that has got its number since. */
export function stillRuns({ pid, started }: Identity): boolean {
  const now = identityOf(pid);
  return now !== undefined && (started === '' || now.started === started);
}

/** The process that a file names, if it still runs. */
export async function runningFrom(file: string): Promise<Identity | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const named = parse(text);
  return named && stillRuns(named) ? named : undefined;
}

function parse(text: string): Identity | undefined {
  try {
    const { pid, started } = JSON.parse(text) as Partial<Identity>; // another hand may have written there: each is checked
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

export async function writePidFile(file: string, pid: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(identityOf(pid) ?? { pid, started: '' }));
}

export type Lock = { taken: true; release: () => Promise<void> } | { taken: false; by: Identity };

/** Longer than it takes anybody from reading a dead owner's name to putting their own in its place. */
const SETTLE_MS = 100;

/** A lock that one living process holds at a time; that of a dead one is taken over. */
export async function takeLock(file: string): Promise<Lock> {
  await mkdir(dirname(file), { recursive: true });
  const own = `${file}.${process.pid}.${randomUUID()}`;
  const name = JSON.stringify({ ...identityOf(process.pid), lock: own });
  writeFileSync(own, name);
  const isOurs = (): boolean => existsSync(file) && readFileSync(file, 'utf8') === name;
  const release = async (): Promise<void> => void (isOurs() && (await rm(file)));
  try {
    for (;;) {
      if (linked(own, file)) return { taken: true, release };
      const by = takeOver(own, file);
      if (by) return { taken: false, by };
      await sleep(SETTLE_MS); // several may have found the owner dead: the last to put its name there has the lock
      if (isOurs()) return { taken: true, release };
      writeFileSync(own, name);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** A link appears with its content or not at all: nobody ever reads half a name. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Looks and replaces without a pause between the two. @returns the owner, if it lives */
function takeOver(own: string, file: string): Identity | undefined {
  const named = existsSync(file) ? parse(readFileSync(file, 'utf8')) : undefined;
  if (named && stillRuns(named)) return named;
  renameSync(own, file);
  return undefined;
}
