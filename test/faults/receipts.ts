import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isAlive } from '../../stack/process-state.ts';
import { eventually } from '../workflows/driving.ts';

/** What the system itself says about a fault: without it, nothing shows that the fault landed. */

/** The letter of the process's state as /proc shows it; undefined when there is no such process. */
export function stateOf(pid: number): string | undefined {
  return statOf(pid)?.[0];
}

/** The words behind the name in brackets, which may hold anything. */
function statOf(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return undefined; // gone
  }
}

export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((candidate) => candidate > 0 && Number(statOf(candidate)?.[1]) === pid);
}

/** SIGSTOP. @throws Error when the process is not shown as stopped */
export async function pauseProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await eventually(
    async () => stateOf(pid),
    (state) => state === 'T',
  );
}

export async function resumeProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGCONT');
  await eventually(
    async () => stateOf(pid),
    (state) => state !== 'T',
  );
}

/** SIGKILL. @throws Error when the process is there still */
export async function killProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await eventually(
    async () => isAlive(pid),
    (alive) => !alive,
  );
}

/** Another file under the same name has another one. */
export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
