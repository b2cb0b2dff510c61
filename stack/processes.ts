import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { writePidFile } from './pid-file.ts';
import { StackError } from './ports.ts';

/** Asked to end, it is given time; told to, none. */
export type Manner = 'asked' | 'told';

/** Something that runs, and that the supervisor ends or sees ending. */
export interface Running {
  /** Resolves when it is gone, whoever ended it, with how that happened. */
  gone: Promise<string>;
  /** Resolves when it is gone. */
  stop(manner: Manner): Promise<void>;
}

export interface Program {
  name: string;
  command: string;
  args: string[];
  env: Record<string, string | undefined>;
  /** Its lines, as they come. */
  log: (line: string) => void;
  /** Names the process while it runs: for who comes after us, should we be killed. */
  pidFile?: string;
}

/** How long it may take from being asked to end until it is killed. */
const GRACE_MS = 15_000;
const READY_MS = 60_000;

function start(program: Program, stdio: StdioOptions): { child: ChildProcess; running: Running } {
  const { command, args, env, log } = program;
  // A process group of its own: a Ctrl-C at the terminal reaches the supervisor, which ends everything in order
  const child = spawn(command, args, { env, stdio, detached: true });
  for (const stream of [child.stdout, child.stderr]) if (stream) eachLine(stream, log);
  const gone = new Promise<string>((done) => {
    child.once('error', (error) => done(error.message));
    const ended = (code: number | null, signal: string | null): void =>
      done(signal ? `signal ${signal}` : `exit code ${code}`);
    child.once('close', ended);
    // its last lines come before 'close'; but a child of its own may hold them open for ever
    child.once('exit', (code, signal) => setTimeout(ended, 1_000, code, signal).unref());
  });
  return { child, running: { gone, stop: async (manner) => await end(child, gone, manner) } };
}

function eachLine(stream: Readable, log: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', log);
}

async function end(child: ChildProcess, gone: Promise<string>, manner: Manner): Promise<void> {
  child.kill(manner === 'asked' ? 'SIGTERM' : 'SIGKILL');
  const patience = new AbortController();
  const late = sleep(GRACE_MS, undefined, { signal: patience.signal }).then(
    () => child.kill('SIGKILL'),
    () => undefined, // it is gone
  );
  await gone;
  patience.abort();
  await late;
}

/**
 * Starts a program of ours: it says `{ ready: true }` over its channel when it serves, and ends by itself when the
 * channel closes, so that nothing is left when we are killed.
 * @throws StackError when it ends or stays silent instead; the signal's reason when that is aborted
 */
export async function startNode(program: Program, signal: AbortSignal): Promise<Running> {
  const { child, running } = start(program, ['ignore', 'pipe', 'pipe', 'ipc']);
  const ready = new Promise<true>((done) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && 'ready' in message && message.ready === true) done(true);
    });
  });
  return await whenReady(program.name, running, ready, signal);
}

/**
 * Starts a server that knows nothing of us, and whose errors alone are read: it is ready when `answers` says so.
 * @throws as `startNode`
 */
export async function startServer(
  program: Program,
  answers: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<Running> {
  const { child, running } = start(program, ['ignore', 'ignore', 'pipe']);
  const { pidFile } = program;
  if (pidFile !== undefined && child.pid !== undefined) {
    await writePidFile(pidFile, child.pid);
    running.gone = running.gone.then(async (how) => {
      await rm(pidFile, { force: true });
      return how;
    });
  }
  const asking = new AbortController();
  const ready = (async () => {
    while (!asking.signal.aborted && !(await answers())) await sleep(50);
    return true as const;
  })();
  try {
    return await whenReady(program.name, running, ready, signal);
  } finally {
    asking.abort();
  }
}

async function whenReady(name: string, running: Running, ready: Promise<true>, signal: AbortSignal): Promise<Running> {
  const waiting = new AbortController();
  const broken = AbortSignal.any([waiting.signal, signal]);
  const first = await Promise.race([
    ready,
    running.gone,
    sleep(READY_MS, `no sign of life after ${READY_MS / 1000} s`, { signal: broken }).catch(() => 'interrupted'),
  ]);
  waiting.abort();
  if (first === true && !signal.aborted) return running;
  await running.stop(signal.aborted ? 'asked' : 'told');
  signal.throwIfAborted();
  throw new StackError(
    `${name} 没有启动成功（${String(first)}）· ${name} did not start (${String(first)}); its lines above say why`,
  );
}
