import { execFile, spawn } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { existsSync } from 'node:fs';
import { takeLock } from './pid-file.ts';
import { createProgress } from './progress.ts';

/** go.mod and go.sum: every module by version and hash, and no Go code of ours. */
const MODULES = fileURLToPath(new URL('temporal', import.meta.url));
const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
/** How many packages a build from nothing compiles; only for the bar. */
const PACKAGES = 1_900;

interface Build {
  say: (line: string) => void;
  signal: AbortSignal;
  env: Record<string, string | undefined>;
}

/**
 * Builds the Temporal CLI, server and UI included, into `target`; needs Go and its module proxy, but no C compiler.
 * @throws Error when Go is missing, too old, or does not get through, in Go's own last words
 */
export async function buildTemporal(
  version: string,
  target: string,
  go: string | undefined,
  build: Build,
): Promise<string> {
  if (!go) throw new Error('there is no Go on the PATH');
  const env = { ...build.env, ...settings() };
  await requireGo(go, env);
  await mkdir(dirname(target), { recursive: true });
  const release = await waitForLock(`${target}.lock`, build);
  try {
    if (!existsSync(target)) await compile(version, target, go, { ...build, env });
    return target;
  } finally {
    await release();
  }
}

/** The user's own settings for Go are about other code: a workspace, a vendor directory or another platform. */
function settings(): Record<string, string> {
  return { GOFLAGS: '-mod=readonly', GOWORK: 'off', GO111MODULE: 'on', GOOS: '', GOARCH: '', CGO_ENABLED: '0' };
}

/** An older Go fetches the toolchain that go.mod names, if it is new enough to know of toolchains. */
async function requireGo(go: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { stdout } = await promisify(execFile)(go, ['env', 'GOVERSION'], {
    env,
    cwd: dirname(MODULES),
    timeout: 30_000,
  });
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout.trim()) ?? [];
  if (!major || Number(major) < 1 || (Number(major) === 1 && Number(minor) < 21))
    throw new Error(`${go} is ${stdout.trim()}, needed is 1.21 or newer`);
}

/** Somebody else may be building for the same cache: then wait, and most likely find it built. */
async function waitForLock(file: string, { say, signal }: Build): Promise<() => Promise<void>> {
  for (let told = false; ; told = true) {
    const lock = await takeLock(file);
    if (lock.taken) return lock.release;
    if (!told)
      say(
        `另一个进程（${lock.by.pid}）正在编译 Temporal，等待 · process ${lock.by.pid} is building Temporal, waiting for it`,
      );
    await sleep(500, undefined, { signal });
  }
}

async function compile(version: string, target: string, go: string, { say, signal, env }: Build): Promise<void> {
  say(
    `用 Go 编译 Temporal ${version}，仅此一次，约 5 分钟 · building Temporal ${version} with Go, once, in about 5 minutes`,
  );
  const half = `${target}.${process.pid}.half`;
  const name = `-X github.com/temporalio/cli/internal/temporalcli.Version=${version}`;
  // -buildvcs=false: the checkout around the modules has no part in it and may belong to another user
  const args = ['build', '-v', '-trimpath', '-buildvcs=false', `-ldflags=-s -w ${name}`, '-o', half, PACKAGE];
  const progress = createProgress('编译 · building', PACKAGES);
  try {
    await run(go, args, { cwd: MODULES, env: { ...env, GOTOOLCHAIN: 'auto' }, signal }, (line) => {
      if (line.startsWith('go: downloading')) progress.note(line.slice('go: '.length));
      else progress.step();
    });
    await rename(half, target);
    progress.end(`Temporal ${version} 编译完成 · is built`);
  } catch (error) {
    progress.end('编译失败 · the build failed');
    throw error;
  } finally {
    await rm(half, { force: true });
  }
}

/** Only what is neither a package's name nor a download is a complaint. */
function isComplaint(line: string): boolean {
  return !line.startsWith('go: downloading') && /[\s:]/.test(line);
}

function run(command: string, args: string[], options: object, onLine: (line: string) => void): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    const complaints: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (isComplaint(line)) complaints.push(line);
      else onLine(line);
    });
    child.once('error', fail);
    child.once('close', (code) => {
      if (code === 0) done();
      else fail(new Error(`go build ended with ${code}\n${complaints.slice(-8).join('\n')}`));
    });
  });
}
