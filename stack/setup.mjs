// Runs before anything is installed: plain JavaScript, node: only, and readable by every Node that people still have.
//   node stack/setup.mjs <file.ts> | vitest | check  [arguments]
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = resolve(fileURLToPath(new URL('..', import.meta.url)));

function at(root, path) {
  return join(root, ...path.split('/'));
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function say(line) {
  process.stderr.write(`${line}\n`);
}

/** What to tell the user about this Node, or undefined when it will do; `wanted` in the two forms of package.json: ^a.b and >=a. */
export function nodeProblem(version, wanted) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const fits = wanted.split('||').some((range) => {
    const [, operator, from, least = '0'] = /^\s*(\^|>=)\s*(\d+)(?:\.(\d+))?/.exec(range) ?? [];
    const recent = major === Number(from) && minor >= Number(least);
    return operator === '^' ? recent : recent || major > Number(from);
  });
  return fits
    ? undefined
    : `需要 Node ${wanted}，现在是 ${version} · this needs Node ${wanted}, and is run by ${version}`;
}

/**
 * Why the installed packages are not those of package-lock.json, or undefined when they are. npm keeps a lock file of
 * what it has installed and writes it last, so that one broken off half-way leaves none.
 */
export function missingPackage(root) {
  const hidden = at(root, 'node_modules/.package-lock.json');
  if (!existsSync(hidden)) return 'node_modules';
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(at(root, 'package-lock.json'), 'utf8')).packages;
  const wrong = Object.keys(wanted).find((path) => {
    if (path === '') return false;
    const { version, integrity, optional } = wanted[path];
    const found = installed[path];
    if (!found || !existsSync(at(root, path))) return !optional; // those of other platforms are left out
    return found.version !== version || found.integrity !== integrity;
  });
  return wrong ?? Object.keys(installed).find((path) => !Object.hasOwn(wanted, path));
}

/** Hash of what the generated client was made from. */
function schemaHash(root) {
  const hash = createHash('sha256');
  hash.update(readFileSync(at(root, 'prisma/schema.prisma')));
  hash.update(JSON.parse(readFileSync(at(root, 'node_modules/prisma/package.json'), 'utf8')).version);
  return hash.digest('hex');
}

export function isGenerated(root) {
  const stamp = at(root, 'prisma/generated/.made-from');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === schemaHash(root);
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/^\d+ \(.*\) [ZX] /s.test(readFileSync(stat, 'utf8'));
}

/** Two runs at a time must not install over each other: the second waits, then sees that nothing is left to do. */
export async function withLock(root, work) {
  const lock = at(root, '.data/setup.lock');
  const owner = join(lock, 'pid');
  mkdirSync(at(root, '.data'), { recursive: true });
  for (let told = false, ownerless = 0; ;) {
    try {
      mkdirSync(lock);
      writeFileSync(owner, String(process.pid));
      await pause(100); // for somebody who has just found a dead owner's lock here, and is about to remove ours
      if (existsSync(owner) && readFileSync(owner, 'utf8') === String(process.pid)) break;
    } catch (error) {
      if (error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error;
    }
    const pid = existsSync(owner) ? Number(readFileSync(owner, 'utf8')) : 0;
    ownerless = pid > 0 ? 0 : ownerless + 1; // between making the directory and writing into it
    if ((pid > 0 && !isRunning(pid)) || ownerless > 20) rmSync(lock, { recursive: true, force: true });
    else if (!told) {
      say(`另一个安装正在进行（进程 ${pid}），等待 · another setup is under way (process ${pid}), waiting`);
      told = true;
    }
    await pause(200);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Runs a program with our terminal. A Ctrl-C reaches it from the terminal itself; a signal to us alone is passed on. */
function run(command, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    const pass = (signal) => child.kill(signal);
    const ignore = () => undefined;
    process.on('SIGTERM', pass);
    process.on('SIGINT', ignore);
    const end = (code) => {
      process.off('SIGTERM', pass);
      process.off('SIGINT', ignore);
      done(code);
    };
    child.on('error', (error) => {
      say(String(error));
      end(127);
    });
    child.on('close', (code, signal) => end(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/** Prisma looks for an engine that we do not use, and would download it: any file that exists will do. */
const withoutEngine = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };

async function install() {
  const missing = missingPackage(ROOT);
  if (!missing) return 0;
  say(`安装依赖（${missing} 缺失或已变）· installing what package-lock.json names (${missing} is missing or changed)`);
  const npm = process.env['npm_execpath'];
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const code = npm
    ? await run(process.execPath, [npm, ...args], { env: withoutEngine })
    : await run('npm', args, { env: withoutEngine, shell: process.platform === 'win32' });
  if (code !== 0) {
    say(`npm ci 失败（${code}）· npm ci failed (${code}): its own lines above say why.`);
    say('请检查能否访问 npm 仓库（npm ping）、磁盘空间与权限，然后重试 · check that the registry answers (npm ping),');
    say('that the disk has room and that you may write here, then run the same command again.');
  }
  return code;
}

async function generate() {
  if (isGenerated(ROOT)) return 0;
  say('生成数据库客户端 · generating the database client');
  const prisma = at(ROOT, 'node_modules/prisma/build/index.js');
  const args = [prisma, 'generate', '--schema', at(ROOT, 'prisma/schema.prisma')];
  const code = await run(process.execPath, args, { env: withoutEngine, stdio: ['ignore', 'ignore', 'inherit'] });
  if (code === 0) writeFileSync(at(ROOT, 'prisma/generated/.made-from'), schemaHash(ROOT));
  else say(`prisma generate 失败 · prisma generate failed (${code})`);
  return code;
}

async function prepare() {
  const { engines } = JSON.parse(readFileSync(at(ROOT, 'package.json'), 'utf8'));
  const problem = nodeProblem(process.version, engines.node);
  if (problem) {
    say(problem);
    return 1;
  }
  if (!missingPackage(ROOT) && isGenerated(ROOT)) return 0;
  return await withLock(ROOT, async () => (await install()) || (await generate()));
}

/** Each check runs, whatever the others found. */
async function check() {
  const bin = (name) => at(ROOT, `node_modules/.bin/${name}`);
  const vitest = ['run', 'test/architecture.test.ts', '--config', 'vitest.check.config.ts'];
  const checks = [
    ['类型 · types', bin('tsc'), ['--noEmit']],
    ['规范 · lint', bin('oxlint'), ['--type-aware', '--deny-warnings']],
    ['格式 · format', bin('oxfmt'), ['--check']],
    ['架构 · architecture', bin('vitest'), vitest],
  ];
  const failed = [];
  for (const [title, command, args] of checks) {
    say(`— ${title}`);
    const code = await run(command, args);
    if (code >= 128) return code;
    if (code !== 0) failed.push(title);
  }
  say(failed.length === 0 ? '检查通过 · all checks passed' : `检查未通过 · failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

/** In this very process: nobody stands between the program and its signals, and its exit code is ours. */
async function become(file, args, loader) {
  process.argv = [process.argv[0], file, ...args];
  if (loader) await import(loader);
  await import(pathToFileURL(file).href);
}

async function main([target, ...args]) {
  process.chdir(ROOT);
  const code = target ? await prepare() : 2;
  if (code !== 0) {
    if (!target) say('node stack/setup.mjs <file.ts> | vitest | check  [arguments]');
    process.exitCode = code;
  } else if (target === 'check') process.exitCode = await check();
  else if (target === 'vitest') await become(at(ROOT, 'node_modules/vitest/vitest.mjs'), ['run', ...args]);
  else await become(resolve(ROOT, target), args, 'tsx');
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
