import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createLogs } from '../../stack/logs.ts';
import { isAlive } from '../../stack/process-state.ts';
import { type Running, startNode, startServer } from '../../stack/processes.ts';
import type { Unit } from '../../stack/keeper.ts';
import { createSupervisor, type Supervisor } from '../../stack/supervisor.ts';
import { scratchDirectory, until, writeProgram } from './scratch.ts';

/** Says that it is ready, and stays until it is stopped or left. */
const STEADY = `process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => { console.log('asked to end'); process.exit(0); });
console.log('pid ' + process.pid);
process.send({ ready: true });
setInterval(() => {}, 1000);`;
const STUBBORN = `process.on('SIGTERM', () => console.log('no'));${STEADY.replace(/process.on\('SIGTERM'.*/, '')}`;
const CRASHING = `process.send({ ready: true }); setTimeout(() => process.exit(3), 50);`;
const BROKEN = `console.error('cannot do it'); process.exit(4);`;

interface World {
  directory: string;
  supervisor: Supervisor;
  said: string[];
  unit: (name: string, script: string, follows?: string[]) => Promise<Unit>;
  /** Process numbers of the unit's starts, in order. */
  pids: (name: string) => number[];
}

function world(patience = { ends: 5, withinMs: 60_000, delayMs: 10 }): World {
  const directory = scratchDirectory();
  const said: string[] = [];
  const logs = createLogs((text) => said.push(text.trimEnd()), false);
  const supervisor = createSupervisor(logs.say, patience);
  onTestFinished(async () => await supervisor.stop('told'));
  return {
    directory,
    supervisor,
    said,
    async unit(name, script, follows = []) {
      const file = await writeProgram(directory, `${name}.mjs`, script);
      const log = (line: string): void => logs.line(name, line);
      const program = { name, command: process.execPath, args: [file], env: { PATH: '' }, log };
      return { name, follows, start: async (signal) => await startNode(program, signal) };
    },
    pids: (name) =>
      said.flatMap((line) => {
        const [, prefix, pid] = /^(\w+) +│ pid (\d+)$/.exec(line) ?? [];
        return prefix === name ? [Number(pid)] : [];
      }),
  };
}

async function startsOf({ pids }: World, name: string, count: number): Promise<number> {
  await until(`${name} was started ${count} times`, () => pids(name).length >= count);
  return pids(name)[count - 1] ?? 0;
}

test('lines carry the name of their process', async () => {
  const { supervisor, unit, said } = world();
  await supervisor.keep(await unit('steady', STEADY));
  await until('it has spoken', () => said.some((line) => /^steady {3}│ pid \d+$/.test(line)));
});

test('a process that is killed is started again', async () => {
  const here = world();
  await here.supervisor.keep(await here.unit('steady', STEADY));
  process.kill(await startsOf(here, 'steady', 1), 'SIGKILL');
  const second = await startsOf(here, 'steady', 2);
  expect(isAlive(second)).toBe(true);
  expect(here.said.join('\n')).toContain('steady ended (signal SIGKILL), starting it again');
});

test('what follows a process is started anew with it, once, and does not count as a crash', async () => {
  const here = world({ ends: 2, withinMs: 60_000, delayMs: 10 });
  await here.supervisor.keep(await here.unit('server', STEADY));
  await here.supervisor.keep(await here.unit('worker', STEADY, ['server']));
  await here.supervisor.keep(await here.unit('other', STEADY));
  process.kill(await startsOf(here, 'server', 1), 'SIGKILL');
  await startsOf(here, 'server', 2);
  await startsOf(here, 'worker', 2);
  process.kill(here.pids('worker')[1] ?? 0, 'SIGKILL');
  await startsOf(here, 'worker', 3);
  expect([here.pids('server').length, here.pids('worker').length, here.pids('other').length]).toEqual([2, 3, 1]);
});

test('a process that ends again and again is given up, with the reason', async () => {
  const { supervisor, unit } = world({ ends: 3, withinMs: 60_000, delayMs: 10 });
  await supervisor.keep(await unit('crashing', CRASHING));
  expect(await supervisor.gaveUp).toContain('crashing ended 3 times within 60 s (exit code 3), giving up');
});

test('ends that lie apart are forgiven', async () => {
  const here = world({ ends: 2, withinMs: 1, delayMs: 10 });
  await here.supervisor.keep(await here.unit('steady', STEADY));
  for (const time of [1, 2, 3]) process.kill(await startsOf(here, 'steady', time), 'SIGKILL');
  await startsOf(here, 'steady', 4);
});

test('a first start that fails is not tried again, and says why', async () => {
  const { supervisor, unit, said } = world();
  const keeping = supervisor.keep(await unit('broken', BROKEN));
  await expect(keeping).rejects.toThrow('broken did not start (exit code 4)');
  expect(said).toContain('broken   │ cannot do it');
});

test('all are stopped in the reverse order, each with time to end by itself', async () => {
  const here = world();
  for (const name of ['first', 'second', 'third']) await here.supervisor.keep(await here.unit(name, STEADY));
  for (const name of ['first', 'second', 'third']) await startsOf(here, name, 1);
  await here.supervisor.stop('asked');
  const ends = here.said.filter((line) => line.endsWith('asked to end'));
  expect(ends.map((line) => line.split(' ')[0])).toEqual(['third', 'second', 'first']);
  expect(['first', 'second', 'third'].flatMap(here.pids).some(isAlive)).toBe(false);
});

test('a process that does not want to end is killed when it is told to', async () => {
  const here = world();
  await here.supervisor.keep(await here.unit('stubborn', STUBBORN));
  const pid = await startsOf(here, 'stubborn', 1);
  const stopped = here.supervisor.stop('asked');
  await until('it has refused', () => here.said.includes('stubborn │ no'));
  expect(isAlive(pid)).toBe(true);
  await here.supervisor.stop('told');
  await stopped;
  expect(isAlive(pid)).toBe(false);
});

test('a start that is under way is broken off by a stop, and leaves nothing', async () => {
  const here = world();
  const keeping = here.supervisor.keep(await here.unit('slow', STEADY.replace(/process.send.*/, '')));
  const refusal = keeping.then(
    () => 'it was started',
    (error: unknown) => String(error),
  );
  const pid = await startsOf(here, 'slow', 1);
  await here.supervisor.stop('asked');
  expect(await refusal).toContain('the stack is stopping');
  expect(isAlive(pid)).toBe(false);
});

test('a child whose supervisor is killed ends by itself', async () => {
  const { directory } = world();
  const child = await writeProgram(directory, 'child.mjs', STEADY);
  const url = (path: string): string => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
  const parent = await writeProgram(
    directory,
    'parent.mts',
    `import { startNode } from ${url('../../stack/processes.ts')};
     const program = { name: 'child', command: process.execPath, args: [${JSON.stringify(child)}], env: {}, log: console.log };
     await startNode(program, new AbortController().signal);`,
  );
  const running = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), parent], { stdio: 'pipe' });
  let words = '';
  running.stdout.on('data', (data: Buffer) => (words += data.toString()));
  await until('the child runs', () => /pid \d+/.test(words));
  const pid = Number(/pid (\d+)/.exec(words)?.[1]);
  running.kill('SIGKILL');
  await until('the child is gone', () => !isAlive(pid));
});

test('a server is named by its pid file as long as it runs', async () => {
  const { directory } = world();
  const pidFile = `${directory}/server.pid`;
  const file = await writeProgram(directory, 'server.mjs', 'setInterval(() => {}, 1000);');
  const program = { name: 'server', command: process.execPath, args: [file], env: {}, log: () => undefined, pidFile };
  let asked = 0;
  const answers = async (): Promise<boolean> => await Promise.resolve((asked += 1) > 3);
  const server: Running = await startServer(program, answers, new AbortController().signal);
  expect(asked).toBe(4);
  expect(isAlive((JSON.parse(readFileSync(pidFile, 'utf8')) as { pid: number }).pid)).toBe(true);
  await server.stop('asked');
  await until('the file is gone', () => !existsSync(pidFile));
});
