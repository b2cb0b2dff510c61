import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../../config.ts';
import { isAlive } from '../../stack/process-state.ts';
import { type Driving, eventually } from '../workflows/driving.ts';

const WORKER = fileURLToPath(new URL('../../worker.ts', import.meta.url));

/** The real worker, in a process of its own. */
export interface WorkerProcess {
  pid: number;
  /** SIGKILL; resolves when the process is gone, which is the receipt. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  isAlive(): boolean;
  /** What it wrote into its log so far. */
  log(): string;
}

/** @throws Error with its last words when it ends instead of getting ready */
export async function startWorker({ db, address, namespace }: Driving): Promise<WorkerProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', WORKER], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...inheritedEnvironment(),
      APP_DATABASE_URL: db.urls.appUrl,
      BACKGROUND_DATABASE_URL: db.urls.backgroundUrl,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      KEY_DIR: db.keyDir,
      LOG_LEVEL: 'info',
    },
  });
  let words = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-20_000)));
  const exit = new Promise<number | null>((done) => child.once('exit', done));
  await Promise.race([ready(child), exit.then((code) => Promise.reject(new Error(`worker ended: ${code}\n${words}`)))]);
  const pid = child.pid ?? Number.NaN;
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    const code = await exit;
    await eventually(
      async () => isAlive(pid),
      (alive) => !alive,
    );
    return code;
  };
  return {
    pid,
    kill: async () => void (await end('SIGKILL')),
    stop: async () => await end('SIGTERM'),
    isAlive: () => isAlive(pid),
    log: () => words,
  };
}

async function ready(child: ChildProcess): Promise<void> {
  await new Promise<void>((done) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && 'ready' in message) done();
    });
  });
}
