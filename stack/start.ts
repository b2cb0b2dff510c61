import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { inheritedEnvironment, readStackConfig, type StackConfig } from '../config.ts';
import { bringUp, type Stack } from './bring-up.ts';
import { createLogs, type Logs } from './logs.ts';
import { explain } from './explain.ts';
import { HELP, readOptions } from './options.ts';
import { takeLock } from './pid-file.ts';
import { StackError } from './ports.ts';
import { readStackInfo, removeStackInfo } from './stack-info.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';
import { tellStory } from './tell-story.ts';
import { welcome } from './welcome.ts';

/** Aborted at the first Ctrl-C; at the second, what still stops is killed; at the third, so are we. */
function onInterrupt(supervisor: Supervisor, logs: Logs): AbortSignal {
  const interrupted = new AbortController();
  let times = 0;
  const interrupt = (): void => {
    times += 1;
    if (times === 1) {
      logs.say('正在停止，再按一次 Ctrl-C 强制 · stopping; Ctrl-C again to force it');
      interrupted.abort(new Error('interrupted'));
    }
    if (times > 2) process.exit(130);
    void supervisor.stop(times === 1 ? 'asked' : 'told');
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  whenNpmIsGone(interrupt);
  return interrupted.signal;
}

/** npm hands a signal to the shell between us, and that does not hand it on: it only ends. */
function whenNpmIsGone(interrupt: () => void): void {
  if (inheritedEnvironment()['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const watching = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watching);
    interrupt();
  }, 250);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    signal.addEventListener('abort', () => done());
  });
}

/** @throws StackError naming who runs on these data already */
async function lockData(dataDir: string): Promise<() => Promise<void>> {
  await mkdir(dataDir, { recursive: true, mode: 0o755 });
  const lock = await takeLock(join(dataDir, 'start.lock'));
  if (lock.taken) return lock.release;
  const info = await readStackInfo(dataDir).catch(() => undefined); // who runs there is known without it
  const { pid } = lock.by;
  throw new StackError(
    info
      ? `已在运行：${info.api}（进程 ${pid}）· already running at ${info.api} (process ${pid}), with the data in ${dataDir}`
      : `另一个 npm start（进程 ${pid}）正在启动或停止 · another npm start (process ${pid}) is starting or stopping with the data in ${dataDir}`,
  );
}

/** Runs until it is interrupted. @returns the exit code */
async function run(config: StackConfig, logs: Logs): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    logs.say(HELP);
    return 0;
  }
  const started = performance.now();
  const release = await lockData(config.dataDir);
  const supervisor = createSupervisor(logs.say);
  const signal = onInterrupt(supervisor, logs);
  try {
    const stack = await bringUp({ config, options, logs, supervisor, signal });
    logs.say(welcome(stack, config.dataDir, performance.now() - started));
    if (stack.loaded && options.story && config.databaseUrl === undefined) await showOnce(stack, logs);
    const reason = await Promise.race([supervisor.gaveUp, aborted(signal)]);
    if (reason !== undefined) throw new StackError(reason);
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    throw error;
  } finally {
    await removeStackInfo(config.dataDir);
    await supervisor.stop('asked');
    await release();
    if (signal.aborted) logs.say('已停止 · stopped');
  }
}

/** One command shows the main job on real input; that it cannot does not stop the stack. */
async function showOnce({ info, loaded = [] }: Stack, logs: Logs): Promise<void> {
  logs.quiet = true;
  try {
    await tellStory({ info, logins: loaded }, logs.say);
  } catch (error) {
    logs.say(
      `演示未完成 · the story did not come to its end: ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    logs.quiet = false;
  }
}

const logs = createLogs((text) => process.stdout.write(text), process.stdout.isTTY);
try {
  const config = readStackConfig();
  process.exitCode = await run({ ...config, dataDir: resolve(config.dataDir) }, logs);
} catch (error) {
  process.stderr.write(`${explain(error) ?? (error instanceof Error ? error.stack : String(error))}\n`);
  process.exitCode = 1;
}
// whatever a broken connection still holds: everything that had to be stopped is
process.exit();
