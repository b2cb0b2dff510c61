import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { inheritedEnvironment } from '../config.ts';
import { Obstacle, StackError } from './ports.ts';
import { writeWhole } from './whole-file.ts';

/** Whom the server runs as: PostgreSQL refuses root. */
export interface RunAs {
  uid: number;
  gid: number;
}

/** Where a server's programs and files are. */
export interface Place {
  binaries: string;
  base: string;
  data: string;
  as: RunAs | undefined;
}

export interface Secret {
  port: number;
  password: string;
}

export function spawnOptions({ as }: Place): { uid?: number; gid?: number; cwd: string; env: NodeJS.ProcessEnv } {
  return { ...as, cwd: '/', env: { ...inheritedEnvironment(), LC_ALL: 'C', LANG: 'C', TZ: 'UTC' } };
}

/**
 * Whether there is a cluster. What is neither nothing nor a cluster of this version is never touched.
 * @throws StackError saying what is there instead
 */
export async function hasCluster({ data, binaries }: Place): Promise<boolean> {
  const entries = await readdir(data).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (entries.length === 0) return false;
  const version = (await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  if (!/^\d+$/.test(version))
    throw new StackError(
      `PostgreSQL 的数据目录 ${data} 已损坏（没有 PG_VERSION），未作任何改动 · the data directory of PostgreSQL ${data} is damaged (no PG_VERSION) and was left as it is\n${ADVICE}`,
    );
  const manifest = JSON.parse(await readFile(join(dirname(binaries), 'package.json'), 'utf8').catch(() => '{}')) as {
    version?: string; // a copy of the programs has no manifest beside it; then the server itself says what it thinks
  };
  const ours = manifest.version?.split('.')[0] ?? version;
  if (version !== ours)
    throw new StackError(
      `${data} 是 PostgreSQL ${version} 的数据，程序为 ${ours}，未作任何改动 · ${data} holds data of PostgreSQL ${version} and this is ${ours}; they were left as they are\n请用原版本导出，或换一个 DATA_DIR · export them with that version, or choose another DATA_DIR`,
    );
  return true;
}

/** What can be done about data that cannot be read. */
export const ADVICE =
  '请放回该目录的备份，或换一个 DATA_DIR · put back a copy of that directory, or choose another DATA_DIR';

const secretFile = ({ base }: Place): string => join(base, 'connection.json');
const drawPassword = (): string => randomBytes(24).toString('base64url');

/** @returns undefined when it is missing or not what we wrote */
export async function readSecret(place: Place): Promise<Secret | undefined> {
  try {
    const { port, password } = JSON.parse(await readFile(secretFile(place), 'utf8')) as Partial<Secret>; // each is looked at
    return Number.isInteger(port) && port !== undefined && typeof password === 'string' && /^[\w-]+$/.test(password)
      ? { port, password }
      : undefined;
  } catch {
    return undefined;
  }
}

export async function writeSecret(place: Place, secret: Secret): Promise<void> {
  await writeWhole(secretFile(place), JSON.stringify(secret));
}

/** A new cluster, which appears whole or not at all: one that a kill cut off is made anew. */
export async function createCluster(place: Place): Promise<Secret> {
  const secret: Secret = { port: 0, password: drawPassword() };
  const { as, base, data } = place;
  // a name of its own: a program that a kill left working on an earlier one must not meet it
  const [half, passwordFile] = [`${data}.half-${randomBytes(6).toString('hex')}`, join(base, '.pw')];
  for (const name of await readdir(base))
    if (name.startsWith(`${basename(data)}.half-`)) await rm(join(base, name), { recursive: true, force: true });
  await mkdir(half, { recursive: true, mode: 0o700 });
  try {
    await writeFile(passwordFile, secret.password, { mode: 0o600 });
    if (as) for (const path of [base, half, passwordFile]) await chown(path, as.uid, as.gid);
    const options = ['-U', 'app', `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8', '--no-instructions'];
    const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
    const made = await run(place, 'initdb', ['-D', half, ...options, ...locale]);
    if (made.code !== 0) throw failure('initdb', data, made.words);
    await writeSecret(place, secret); // before the cluster: a password without a cluster is drawn again, not the other way round
    await rename(half, data);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(half, { recursive: true, force: true });
  }
  return secret;
}

/**
 * The superuser's password of a cluster whose own is lost, set by the program that owns the files; no server may run.
 * @throws StackError when the data cannot be read
 */
export async function resetPassword(place: Place, log: (line: string) => void): Promise<Secret> {
  log(
    `${secretFile(place)} 缺失或不符，为 PostgreSQL 设置新密码，数据不变 · ${secretFile(place)} is missing or not the right one: PostgreSQL gets a new password, the data stay as they are`,
  );
  const password = drawPassword();
  const { code, words } = await run(
    place,
    'postgres',
    ['--single', '-D', place.data, 'postgres'],
    `ALTER ROLE app LOGIN PASSWORD '${password}'\n`,
  );
  if (code !== 0 || /\b(?:ERROR|FATAL|PANIC):/.test(words))
    throw failure('PostgreSQL', place.data, words.replaceAll(password, '…'));
  return { port: 0, password };
}

/** Why a program of PostgreSQL's gave up, in its own words, and what to do about it. */
export function failure(program: string, data: string, words: string): StackError {
  const full = /No space left on device|Disk quota exceeded/.test(words);
  const advice = full
    ? '磁盘已满，请腾出空间后再次运行 · the disk is full: free some space, then run it again'
    : ADVICE;
  const Wrong = full ? Obstacle : StackError;
  return new Wrong(
    `${program} 没有启动成功，数据仍在 ${data} · ${program} did not start; the data are still in ${data}. It says:\n${words.trim()}\n${advice}`,
  );
}

async function run(
  place: Place,
  program: string,
  args: string[],
  input = '',
): Promise<{ code: number | null; words: string }> {
  return await new Promise((done, fail) => {
    const child = spawn(join(place.binaries, 'bin', program), args, spawnOptions(place));
    let words = '';
    const keep = (data: Buffer): void => void (words += data.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.stdin.on('error', () => undefined); // it ended before it had read: its words say why
    child.stdin.end(input);
    child.on('error', fail);
    child.on('close', (code) => done({ code, words }));
  });
}
