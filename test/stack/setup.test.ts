import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { inheritedEnvironment } from '../../config.ts';
import { scratchDirectory, until, writeProgram } from './scratch.ts';

interface Setup {
  nodeProblem(version: string, wanted: string): string | undefined;
  missingPackage(root: string): string | undefined;
  withLock<T>(root: string, work: () => Promise<T>): Promise<T>;
}
const SETUP = new URL('../../stack/setup.mjs', import.meta.url);
/** Plain JavaScript, because it runs before anything is installed: its types are told here. */
const setup = (await import(SETUP.href)) as Setup;

const WANTED = '^20.19 || ^22.12 || >=24';

test.each([
  ['v20.19.0', true],
  ['v20.20.2', true],
  ['v22.12.0', true],
  ['v24.0.0', true],
  ['v26.1.0', true],
  ['v18.20.0', false],
  ['v20.18.3', false],
  ['v21.7.3', false],
  ['v22.11.0', false],
  ['v23.11.0', false],
])('Node %s will do: %s', (version, will) => {
  const problem = setup.nodeProblem(version, WANTED);
  if (will) expect(problem).toBeUndefined();
  else expect(problem).toContain(`needs Node ${WANTED}, and is run by ${version}`);
});

interface Package {
  version: string;
  integrity: string;
  optional?: true;
}

/** A checkout whose lock file names the first packages, and in which the second are installed. */
function checkout(locked: Record<string, Package>, installed?: Record<string, Package>): string {
  const root = scratchDirectory();
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...locked } }));
  if (!installed) return root;
  for (const path of Object.keys(installed)) mkdirSync(join(root, path), { recursive: true });
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }));
  return root;
}

const a = { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } };
const other = { 'node_modules/b-windows': { version: '2.0.0', integrity: 'sha512-b', optional: true as const } };

test('nothing is missing when what is installed is what the lock file names, but for other platforms', () => {
  expect(setup.missingPackage(checkout({ ...a, ...other }, a))).toBeUndefined();
});

test('an install that was broken off is missing as a whole', () => {
  expect(setup.missingPackage(checkout(a))).toBe('node_modules');
});

test('a package that the lock file names in another version since is missing', () => {
  const changed = { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a2' } };
  expect(setup.missingPackage(checkout(changed, a))).toBe('node_modules/a');
});

test('a package whose directory was removed is missing', () => {
  const root = checkout(a, a);
  rmSync(join(root, 'node_modules/a'), { recursive: true });
  expect(setup.missingPackage(root)).toBe('node_modules/a');
});

test('a package that the lock file no longer names is one too many', () => {
  expect(setup.missingPackage(checkout({}, a))).toBe('node_modules/a');
});

test('two setups at a time work one after the other', async () => {
  const root = scratchDirectory();
  let [under, most] = [0, 0];
  const work = async (): Promise<void> => {
    under += 1;
    most = Math.max(most, under);
    await new Promise((done) => setTimeout(done, 20));
    under -= 1;
  };
  await Promise.all([1, 2, 3].map(async () => await setup.withLock(root, work)));
  expect(most).toBe(1);
  expect(existsSync(join(root, '.data/setup.lock'))).toBe(false);
});

test('the lock of a killed setup is taken over', async () => {
  const root = scratchDirectory();
  const gone = spawn('true');
  await new Promise((done) => gone.once('exit', done));
  mkdirSync(join(root, '.data/setup.lock'), { recursive: true });
  writeFileSync(join(root, '.data/setup.lock/pid'), String(gone.pid));
  expect(await setup.withLock(root, async () => await Promise.resolve('done'))).toBe('done');
});

/** A checkout with nothing but what a setup reads, in which this Node is too old or npm fails. */
async function bareCheckout(engines: string): Promise<string> {
  const root = checkout(a);
  writeFileSync(join(root, 'package.json'), JSON.stringify({ engines: { node: engines } }));
  cpSync(fileURLToPath(SETUP), join(root, 'stack/setup.mjs'));
  return await Promise.resolve(root);
}

async function runSetup(root: string, npm = ''): Promise<{ code: unknown; words: string }> {
  const env = { ...inheritedEnvironment(), npm_execpath: npm };
  const ended = promisify(execFile)(process.execPath, [join(root, 'stack/setup.mjs'), 'check'], { env });
  return await ended.then(
    ({ stderr }) => ({ code: 0, words: stderr }),
    (error: { code: unknown; stderr: string }) => ({ code: error.code, words: error.stderr }),
  );
}

test('a Node that is too old is told so, and nothing is installed', async () => {
  const root = await bareCheckout('>=99');
  const { code, words } = await runSetup(root);
  expect(code).toBe(1);
  expect(words).toContain('this needs Node >=99');
  expect(existsSync(join(root, 'node_modules'))).toBe(false);
});

test('an install that fails says what to do, and is not taken for done', async () => {
  const root = await bareCheckout(WANTED);
  const npm = await writeProgram(root, 'npm.cjs', 'console.error("npm error network"); process.exit(7);');
  const { code, words } = await runSetup(root, npm);
  expect(code).toBe(7);
  expect(words).toContain('npm error network');
  expect(words).toContain('npm ci failed (7)');
  expect(words).toContain('check that the registry answers (npm ping)');
  expect(existsSync(join(root, '.data/setup.lock'))).toBe(false);
});

test('a program gets its arguments, its signals once, and its exit code is the setup’s', async () => {
  const directory = scratchDirectory();
  const text = `process.on('SIGINT', () => { console.log('interrupted'); process.exit(9); });
    console.log('got ' + process.argv.slice(2).join('+')); setInterval(() => {}, 1000);`;
  const program = await writeProgram(directory, 'program.ts', text);
  const child = spawn(process.execPath, [fileURLToPath(SETUP), program, '--one', 'two'], { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  let words = '';
  child.stdout.on('data', (data: Buffer) => (words += data.toString()));
  await until('it runs', () => words.includes('got --one+two'));
  child.kill('SIGINT');
  expect(await new Promise((done) => child.once('close', done))).toBe(9);
  expect(words.match(/interrupted/g)).toHaveLength(1);
});
