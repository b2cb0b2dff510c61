import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { inheritedEnvironment } from '../config.ts';
import { StackError } from './ports.ts';
import { buildTemporal } from './temporal-build.ts';
import { downloadTemporal } from './temporal-download.ts';

/** The version that go.mod names and that is downloaded. */
export const TEMPORAL_VERSION = '1.8.2';
/** Older ones know neither all the options nor the server's calls that we use. */
const OLDEST = '1.4.1';

export interface Search {
  cacheDir: string;
  /** Told what is tried and why it will not do. */
  say: (line: string) => void;
  signal: AbortSignal;
  env?: Record<string, string | undefined>;
}

export interface Executable {
  path: string;
  version: string;
}

const SUFFIX = process.platform === 'win32' ? '.exe' : '';

export function cachedTemporal(cacheDir: string): string {
  return join(cacheDir, `temporal-${TEMPORAL_VERSION}-${process.platform}-${process.arch}${SUFFIX}`);
}

/**
 * Finds a Temporal server to run: on the PATH, in our cache, by the SDK's download, by building it with Go.
 * @throws StackError that names every way, and why each did not lead anywhere
 */
export async function findTemporal(search: Search): Promise<Executable> {
  const env = search.env ?? inheritedEnvironment();
  const cached = cachedTemporal(search.cacheDir);
  const ways: [string, () => Promise<string | undefined>][] = [
    ['PATH', async () => await Promise.resolve(onPath('temporal', env))],
    ['cache', async () => await Promise.resolve(existsSync(cached) ? cached : undefined)],
    ['download', async () => await downloadTemporal(TEMPORAL_VERSION, cached, { ...search, env })],
    ['Go', async () => await buildTemporal(TEMPORAL_VERSION, cached, onPath('go', env), { ...search, env })],
  ];
  const reasons: string[] = [];
  for (const [way, find] of ways) {
    try {
      const path = await find();
      if (path === undefined) continue;
      const version = await versionOf(path);
      if (isRecent(version)) return { path, version };
      reasons.push(`${way}: ${path} ${version}`);
      search.say(
        `跳过 ${path}（${version} < ${OLDEST}）· skipping ${path}: version ${version}, needed is ${OLDEST} or newer`,
      );
    } catch (error) {
      search.signal.throwIfAborted();
      reasons.push(`${way}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new StackError(nothingFound(reasons));
}

function nothingFound(reasons: string[]): string {
  return [
    '找不到 Temporal 服务器，五种方式任选其一 · no Temporal server was found; any of these five ways will do:',
    '  1. TEMPORAL_ADDRESS=host:port npm start   用已有的服务器 · a server that runs already',
    `  2. temporal ≥ ${OLDEST} on PATH            安装 Temporal CLI · install the Temporal CLI (https://docs.temporal.io/cli)`,
    `  3. FOUR_LISTS_CACHE=directory             含 temporal-${TEMPORAL_VERSION}-${process.platform}-${process.arch}${SUFFIX} 的缓存 · a cache that holds it already`,
    '  4. https://temporal.download              联网后自动下载 · reachable, it is downloaded by itself',
    '  5. Go ≥ 1.21 on PATH                      自动编译一次（约 5 分钟）· it is built by itself, once, in about 5 minutes',
    ...reasons.map((reason) => `  — ${reason.trim().replaceAll('\n', '\n    ')}`),
  ].join('\n');
}

function onPath(name: string, env: Record<string, string | undefined>): string | undefined {
  const directories = (env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  return directories.map((directory) => join(directory, name + SUFFIX)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @returns `unknown` when it does not say, which is never recent enough. */
async function versionOf(path: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 10_000 });
    return /temporal version (\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function isRecent(version: string): boolean {
  const [have, least] = [version, OLDEST].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)));
  if (!have || !least || have.some(Number.isNaN)) return false;
  const at = least.findIndex((part, index) => part !== have[index]);
  return at === -1 || (have[at] ?? 0) > (least[at] ?? 0);
}
