import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from './ports.ts';
import { isAlive } from './process-state.ts';

/** How long the children of a killed server may take to notice; they look whenever they wait for something. */
const ORPHANS_MS = 5_000;

/**
 * The server that still runs at this directory; left behind when whoever started it was killed. Where there is none, its
 * pid file is gone afterwards: PostgreSQL would take a zombie, or a number given again, for a running server. The
 * children of a killed server are waited for first: they may still write, and without the file nobody would know of them.
 * @throws StackError when they do not end
 */
export async function serverLeftAt(data: string, log: (line: string) => void): Promise<number | undefined> {
  const file = join(data, 'postmaster.pid');
  const named = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  // elsewhere the file's word stands, and what is wrong with it is PostgreSQL's to say
  if (process.platform !== 'linux') return named > 0 && isAlive(named) ? named : undefined;
  const running = processesAt(data);
  const server = running.find((pid) => pid === named && isServer(pid)) ?? running.find(isServer);
  if (server !== undefined) return server;
  if (running.length > 0) {
    log('等待被终止的 PostgreSQL 的子进程退出 · waiting for the children of a killed PostgreSQL to end');
    await untilGone(data);
  }
  await rm(file, { force: true });
  return undefined;
}

/** PostgreSQL's processes that work in this directory: every one of them goes there first. */
function processesAt(data: string): number[] {
  const directory = realpathSync(data);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const works = readlinkSync(`/proc/${pid}/cwd`) === directory;
        return works && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres';
      } catch {
        return false; // it has just ended, or is somebody else's
      }
    });
}

/** Its children put their work in the place of their arguments. */
function isServer(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('-D');
  } catch {
    return false;
  }
}

async function untilGone(data: string): Promise<void> {
  for (let waited = 0; waited < 2 * ORPHANS_MS; waited += 50) {
    const left = processesAt(data);
    if (left.length === 0) return;
    if (waited === ORPHANS_MS) for (const pid of left) process.kill(pid, 'SIGKILL'); // nobody is left to hear of it, and nothing more is written
    await sleep(50);
  }
  throw new StackError(
    `PostgreSQL 的进程 ${processesAt(data).join(', ')} 仍在 ${data} 工作 · processes ${processesAt(data).join(', ')} of PostgreSQL still work in ${data}: end them, then run it again`,
  );
}
