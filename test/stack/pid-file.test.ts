import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { identityOf, runningFrom, stillRuns, takeLock, writePidFile } from '../../stack/pid-file.ts';
import { scratchDirectory, until } from './scratch.ts';

/** A process that does nothing, ended with the test. */
async function sleeper(): Promise<{ pid: number; kill: () => Promise<void> }> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const gone = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  onTestFinished(kill);
  return { pid: child.pid ?? 0, kill };
}

test('a lock is held by one and can be taken again once it is released', async () => {
  const file = join(scratchDirectory(), 'deep', 'lock');
  const first = await takeLock(file);
  expect(first.taken).toBe(true);
  expect(await takeLock(file)).toMatchObject({ taken: false, by: { pid: process.pid } });
  if (first.taken) await first.release();
  expect((await takeLock(file)).taken).toBe(true);
});

test('the lock of a killed process is taken over', async () => {
  const file = join(scratchDirectory(), 'lock');
  const owner = await sleeper();
  await writePidFile(file, owner.pid);
  expect(await takeLock(file)).toMatchObject({ taken: false, by: { pid: owner.pid } });
  await owner.kill();
  expect((await takeLock(file)).taken).toBe(true);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: process.pid });
});

test.runIf(process.platform === 'linux')('a zombie holds no lock', async () => {
  const file = join(scratchDirectory(), 'lock');
  // the shell becomes a program that never asks what became of the child it inherited
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  await writePidFile(file, pid);
  expect((await takeLock(file)).taken).toBe(false);
  await until('it is a zombie', async () => / Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8')));
  expect((await takeLock(file)).taken).toBe(true);
});

test('another process that was given the number of a dead owner holds no lock', async () => {
  const file = join(scratchDirectory(), 'lock');
  const other = await sleeper();
  await writeFile(file, JSON.stringify({ pid: other.pid, started: 'long ago' }));
  expect(await runningFrom(file)).toBeUndefined();
  expect((await takeLock(file)).taken).toBe(true);
});

test('a lock with nonsense in it is taken over', async () => {
  const file = join(scratchDirectory(), 'lock');
  await writeFile(file, '{"pid":');
  expect((await takeLock(file)).taken).toBe(true);
});

test('of many that want a stale lock at once exactly one gets it', async () => {
  const file = join(scratchDirectory(), 'lock');
  await writeFile(file, JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }));
  const locks = await Promise.all(Array.from({ length: 20 }, async () => await takeLock(file)));
  expect(locks.filter(({ taken }) => taken)).toHaveLength(1);
});

test('a process is the same as long as it runs', async () => {
  const { pid, kill } = await sleeper();
  const identity = identityOf(pid);
  expect(identity).toMatchObject({ pid });
  expect(identity && stillRuns(identity)).toBe(true);
  await kill();
  expect(identity && stillRuns(identity)).toBe(false);
  expect(identityOf(pid)).toBeUndefined();
});
