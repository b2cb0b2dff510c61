import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../../config.ts';
import { freePort, isAlive } from '../../stack/process-state.ts';
import { type Driving, eventually } from '../workflows/driving.ts';
import { pauseProcess, resumeProcess } from './receipts.ts';

const WORKER = fileURLToPath(new URL('../../worker.ts', import.meta.url));
const API = fileURLToPath(new URL('../../api/server.ts', import.meta.url));

/** The real program, in a process of its own. */
export interface Program {
  pid: number;
  /** SIGKILL; resolves when the process is gone, which is the receipt. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGSTOP; resolves when the system shows the process stopped, which is the receipt. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  isAlive(): boolean;
  /** What it wrote into its log so far. */
  log(): string;
}
export type WorkerProcess = Program;

export interface ApiProcess extends Program {
  /** Address without a path. */
  url: string;
}

/** Ports at which the program finds its servers when a test stands between them. */
export interface Detour {
  postgres?: number;
  temporal?: number;
}

type Site = Pick<Driving, 'db' | 'address' | 'namespace'>;

/** @throws Error with its last words when it ends instead of getting ready */
export async function startWorker(site: Site, detour: Detour = {}): Promise<WorkerProcess> {
  return await startProgram(WORKER, environment(site, detour));
}

/** @throws as `startWorker` */
export async function startApi(site: Site, detour: Detour = {}): Promise<ApiProcess> {
  const port = await freePort();
  const program = await startProgram(API, { ...environment(site, detour), API_PORT: String(port) });
  return { ...program, url: `http://127.0.0.1:${port}` };
}

type Environment = Record<string, string | undefined>;

function environment({ db, address, namespace }: Site, { postgres, temporal }: Detour): Environment {
  const app = new URL(db.urls.appUrl);
  if (postgres !== undefined) app.port = String(postgres);
  return {
    ...inheritedEnvironment(),
    APP_DATABASE_URL: app.href,
    BACKGROUND_DATABASE_URL: db.urls.backgroundUrl,
    TEMPORAL_ADDRESS: temporal === undefined ? address : `127.0.0.1:${temporal}`,
    TEMPORAL_NAMESPACE: namespace,
    KEY_DIR: db.keyDir,
    LOG_LEVEL: 'info',
  };
}

async function startProgram(script: string, env: Environment): Promise<Program> {
  const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env });
  let words = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-20_000)));
  const exit = new Promise<number | null>((done) => child.once('exit', done));
  await Promise.race([ready(child), exit.then((code) => Promise.reject(new Error(`it ended: ${code}\n${words}`)))]);
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
    pause: async () => await pauseProcess(pid),
    resume: async () => await resumeProcess(pid),
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
