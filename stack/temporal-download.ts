import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('temporal-download-child.ts', import.meta.url));
/** Given up after so long without a byte. */
const PATIENCE_MS = 10_000;

interface Download {
  say: (line: string) => void;
  signal: AbortSignal;
  env: Record<string, string | undefined>;
}

/**
 * Downloads the Temporal CLI as the SDK does for its tests, into `target`. In a process of its own, because the SDK's
 * download can neither be hurried nor given up.
 * @throws Error when nothing arrives
 */
export async function downloadTemporal(
  version: string,
  target: string,
  { say, signal, env }: Download,
): Promise<string> {
  say(
    `下载 Temporal ${version}（10 秒无数据则放弃）· downloading Temporal ${version}, given up after 10 s without data`,
  );
  await mkdir(dirname(target), { recursive: true });
  const directory = await mkdtemp(join(dirname(target), 'download-'));
  const args = ['--import', import.meta.resolve('tsx'), SCRIPT, directory, `v${version}`];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    await arrival(child, directory, signal);
    const [name] = await readdir(directory);
    if (name === undefined) throw new Error('nothing was downloaded');
    await rename(join(directory, name), target);
    return target;
  } finally {
    child.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  }
}

async function arrival(child: ChildProcess, directory: string, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([success(child), silence(directory, AbortSignal.any([signal, over.signal]))]);
  } finally {
    over.abort();
  }
}

function success(child: ChildProcess): Promise<void> {
  let words = '';
  child.stderr?.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-2_000)));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => (code === 0 ? done() : fail(new Error(lastLine(words)))));
  });
}

/** @throws Error once nothing has arrived for a while */
async function silence(directory: string, signal: AbortSignal): Promise<never> {
  let size = 0;
  for (let since = performance.now(); performance.now() - since < PATIENCE_MS;) {
    await sleep(100, undefined, { signal });
    const now = await sizeOf(directory);
    if (now !== size) [size, since] = [now, performance.now()];
  }
  throw new Error('no data from temporal.download for 10 s');
}

function lastLine(words: string): string {
  return words.trim().split('\n').at(-1) ?? '';
}

async function sizeOf(directory: string): Promise<number> {
  const names = await readdir(directory);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
