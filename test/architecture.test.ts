import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const API = [
  'api/',
  'domain/',
  'record/',
  'proof/',
  'workflows/messages.ts',
  'node:',
  'pg',
  'pino',
  'zod',
  'fastify',
  '@fastify/',
  'fastify-plugin',
  'fastify-type-provider-zod',
  'openapi-types',
  '@temporalio/client',
  '@prisma/',
  'prisma/generated/',
];

/**
 * Who may import what, as section 3 of the design has it. A name that ends in a slash or a colon stands for all that begins with it;
 * the longest `from` that fits a file decides. `types` may be imported as types only.
 */
const table: { from: string; may: readonly string[]; types?: readonly string[] }[] = [
  { from: 'domain/', may: ['domain/'] },
  { from: 'proof/', may: ['proof/', 'domain/', 'node:'] },
  { from: 'record/', may: ['record/', 'domain/', 'proof/', 'node:', 'pg', '@prisma/', 'prisma/generated/'] },
  {
    from: 'workflows/',
    may: ['workflows/', 'domain/', '@temporalio/workflow', '@temporalio/common'],
    types: ['activities/index.ts'],
  },
  ...['activities/', 'background/'].map((from) => ({
    from,
    may: [
      from,
      'domain/',
      'record/',
      'proof/',
      'workflows/messages.ts',
      'node:',
      'pg',
      'pino',
      'highs',
      '@temporalio/activity',
      '@temporalio/client',
      '@temporalio/common',
    ],
  })),
  { from: 'api/', may: API },
  { from: 'api/server.ts', may: [...API, 'config.ts'] }, // an entry, as worker.ts is: configuration, dependencies, listen
  { from: 'api/feel.ts', may: ['api/', 'domain/', '@bpmn-io/lezer-feel', '@lezer/'] },
  { from: 'api/contract/', may: ['api/contract/', 'domain/', 'zod'] },
  { from: 'web/', may: ['web/', 'domain/', 'api/contract/'] },
  { from: 'config.ts', may: ['node:'] },
];
/** These bring things up and may import anything but the screens, which are a client, and the tests. */
const FREE = [
  'stack/',
  'bench/',
  'prisma/',
  'worker.ts',
  'vitest.config.ts',
  'vitest.check.config.ts',
  'prisma.config.ts',
];

const TOP_LEVEL =
  /^(?:(?:workflows|activities|api|prisma|test|domain|record|background|proof|stack|bench|docs|web)\/.+|(?:worker|config)\.ts|[\w.-]+\.config\.ts|\..+|package(?:-lock)?\.json|tsconfig\.json|README\.md|LICENSE)$/;

/** Code that reads a clock outside the database although its folder has none, and why it may. */
const CLOCK_READERS: Record<string, string> = {
  'background/wake.ts': "the deadline of a network call is the machine's own, and nothing is decided by it",
  'workflows/alarm.ts': "in the sandbox it is the workflow's own time, and replay repeats it",
};
const CLOCKLESS = ['domain/', 'record/', 'workflows/', 'activities/', 'background/', 'api/'];
const CLOCK = /\bDate\.now\s*\(|\bnew Date(?:\(\s*\)|;|$)|(?<!new )\bDate\(\)|\bperformance\.now\s*\(|\bhrtime\b/;

/** Files that only hand on, and why they may. */
const BARRELS: Record<string, string> = { 'workflows/index.ts': 'the worker bundles workflows from one file' };

const ENVIRONMENT_READERS = ['config.ts', 'stack/setup.mjs'];
const MOST_LINES = 400;
const MOST_LINES_OF_A_FUNCTION = 70;

interface File {
  path: string;
  text: string;
}
interface Import {
  to: string;
  typeOnly: boolean;
}

const isCode = ({ path }: File): boolean => /\.(?:ts|tsx|mts|mjs|js)$/.test(path);
const isTest = ({ path }: File): boolean => path.startsWith('test/');
const fits = (path: string, names: readonly string[]): boolean =>
  names.some((name) => path === name || (/[/:]$/.test(name) && path.startsWith(name)));

/** Without comments, so that what a comment mentions is not taken for code. */
const codeOf = ({ text }: File): string => text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/(^|\s)\/\/.*$/gm, '$1');

const STATEMENT =
  /^(?:import\s+(type\s+)?(?:[\w$]+\s*,?\s*)?(?:\*\s+as\s+[\w$]+|\{[^}]*\})?\s*(?:from\s*)?|export\s+(type\s+)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\})\s*from\s*)['"]([^'"]+)['"]/gm;
const CALL = /\bimport\(\s*['"]([^'"]+)['"]/g;

/** The repository's path of a relative specifier, else the package without the path inside it. */
function target(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier);
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function importsOf(file: File): Import[] {
  const code = codeOf(file);
  return [
    ...[...code.matchAll(STATEMENT)].map(([, one, other, to]) => ({ to: String(to), typeOnly: Boolean(one ?? other) })),
    ...[...code.matchAll(CALL)].map(([, to]) => ({ to: String(to), typeOnly: false })),
  ].map(({ to, typeOnly }) => ({ to: target(file.path, to), typeOnly }));
}

function mayImport(from: string, { to, typeOnly }: Import): boolean {
  if (to.startsWith('web/')) return from.startsWith('web/');
  if (from.startsWith('test/')) return true;
  if (to.startsWith('test/')) return false;
  if (fits(from, FREE)) return true;
  const [rule] = table.filter((row) => fits(from, [row.from])).sort((a, b) => b.from.length - a.from.length);
  if (!rule) return false;
  return fits(to, rule.may) || (typeOnly && fits(to, rule.types ?? []));
}

function forbiddenImports(files: readonly File[]): string[] {
  return files
    .filter(isCode)
    .flatMap((file) =>
      importsOf(file).flatMap((found) => (mayImport(file.path, found) ? [] : [`${file.path} imports ${found.to}`])),
    );
}

/** Types are gone at run time, so only values can make a cycle that bites. Each cycle is told once, from its first file. */
function cycles(files: readonly File[]): string[] {
  const edges = new Map(
    files.filter(isCode).map((file) => {
      const values = importsOf(file).filter(({ typeOnly }) => !typeOnly);
      return [file.path, values.map(({ to }) => to).sort()];
    }),
  );
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): string[] => {
    if (trail.includes(path)) return [[...trail.slice(trail.indexOf(path)), path].join(' → ')];
    if (done.has(path)) return [];
    const found = (edges.get(path) ?? []).flatMap((next) => visit(next, [...trail, path]));
    done.add(path);
    return found;
  };
  return [...edges.keys()].sort().flatMap((path) => visit(path, []));
}

function isBarrel(file: File): boolean {
  const code = codeOf(file);
  const left = code
    .replace(STATEMENT, '')
    .replace(/^export\s+(?:type\s+)?\{[^}]*\}/gm, '')
    .replace(/[;\s]/g, '');
  return left === '' && /^export\b/m.test(code);
}

function moduleHabits(files: readonly File[]): string[] {
  return files.filter(isCode).flatMap((file) => {
    const code = codeOf(file);
    return [
      ...(isBarrel(file) && !(file.path in BARRELS) ? [`${file.path} is a barrel`] : []),
      ...(/^export default\b|\bas default\b/m.test(code) && !file.path.endsWith('.config.ts')
        ? [`${file.path} has a default export`]
        : []),
      ...(/\bprocess\.env\b|\bimport\.meta\.env\b/.test(code) &&
      !isTest(file) &&
      !ENVIRONMENT_READERS.includes(file.path)
        ? [`${file.path} reads the environment`]
        : []),
      ...(CLOCK.test(code) && fits(file.path, CLOCKLESS) && !(file.path in CLOCK_READERS)
        ? [`${file.path} reads a clock`]
        : []),
    ];
  });
}

/** The formatter puts the closing brace of a function under the line that opens it, so indentation is enough. */
function longFunctions(file: File): string[] {
  const lines = file.text.split('\n');
  return lines.flatMap((line, at) => {
    const opens = /^(\s*)(?!\s*(?:if|for|while|switch|catch|\} else)\b).*(?:\)(?:: [^=]+)?|=>) \{$/.exec(line);
    if (!opens) return [];
    const indent = String(opens[1]);
    const end = lines.findIndex((later, below) => below > at && later.startsWith(`${indent}}`));
    const length = end - at + 1;
    return length > MOST_LINES_OF_A_FUNCTION ? [`${file.path}:${at + 1} has a function of ${length} lines`] : [];
  });
}

const lineCount = ({ text }: File): number => text.replace(/\n$/, '').split('\n').length;

function sizes(files: readonly File[]): string[] {
  return files.filter(isCode).flatMap((file) => [
    ...(lineCount(file) > MOST_LINES ? [`${file.path} has ${lineCount(file)} lines`] : []),
    ...(isTest(file) ? [] : longFunctions(file)), // a describe is a chapter, not a function
  ]);
}

const MACHINE_PATH = new RegExp(`(?<![\\w.-])/(?:${['work', 'root', 'tmp', 'home'].join('|')})/`);
const OUTSIDE = ['..', 'shared'].join('/');

function places(files: readonly File[]): string[] {
  return files.flatMap(({ path, text }) => [
    ...(TOP_LEVEL.test(path) ? [] : [`${path} has no place in the layout`]),
    ...(!path.endsWith('.md') && MACHINE_PATH.test(text) ? [`${path} names a place on one machine`] : []),
    ...(!path.endsWith('.md') && text.includes(OUTSIDE) ? [`${path} reaches outside the repository`] : []),
  ]);
}

const root = fileURLToPath(new URL('..', import.meta.url));
const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
const files: File[] = listed
  .toString('utf8')
  .split('\0')
  .filter((path) => path !== '' && existsSync(root + path)) // a deleted file stays listed until the deletion is staged
  .map((path) => ({ path, text: readFileSync(root + path, 'utf8') }));

describe('the repository', () => {
  test('is read: its sources are found and their imports parsed', () => {
    expect(files.filter(isCode).length).toBeGreaterThan(50);
    expect(files.filter(isCode).flatMap(importsOf).length).toBeGreaterThan(200);
  });

  test('imports only what the table of the layout allows', () => expect(forbiddenImports(files)).toEqual([]));
  test('has no cycle of imports', () => expect(cycles(files)).toEqual([]));
  test('has no barrel, no default export, one reader of the environment and no clock but the database', () =>
    expect(moduleHabits(files)).toEqual([]));
  test('has no file over 400 lines and no function over 70', () => expect(sizes(files)).toEqual([]));
  test('has nothing outside the layout and no path of one machine', () => expect(places(files)).toEqual([]));

  test('uses every exception that it allows itself', () => {
    const readsClock = files.filter((file) => CLOCK.test(codeOf(file))).map(({ path }) => path);
    const barrels = files
      .filter(isCode)
      .filter(isBarrel)
      .map(({ path }) => path);
    expect(Object.keys(CLOCK_READERS).filter((path) => !readsClock.includes(path))).toEqual([]);
    expect(Object.keys(BARRELS).filter((path) => !barrels.includes(path))).toEqual([]);
  });
});

describe('a planted fault is found', () => {
  const planted = (path: string, text: string): File => ({ path, text });

  test.each<[string, string, string]>([
    ['domain/x.ts', "import { readFile } from 'node:fs/promises';", 'node:fs/promises'],
    ['domain/x.ts', "import type { Pool } from 'pg';", 'pg'],
    ['domain/clock/x.ts', "import { commit } from '../../record/commit.ts';", 'record/commit.ts'],
    ['domain/x.ts', "export { commit } from '../record/commit.ts';", 'record/commit.ts'],
    ['domain/x.ts', "export * from '../record/commit.ts';", 'record/commit.ts'],
    ['domain/x.ts', "const x = await import('zod');", 'zod'],
    ['domain/x.ts', "import 'zod/v4';", 'zod'],
    ['proof/x.ts', "import canonicalize from 'canonicalize';", 'canonicalize'],
    ['record/x.ts', "import {\n  one,\n  two,\n} from '../api/x.ts';", 'api/x.ts'],
    ['workflows/stages/x.ts', "import { a } from '../../activities/index.ts';", 'activities/index.ts'],
    ['workflows/x.ts', "import { type A } from '../activities/index.ts';", 'activities/index.ts'],
    ['workflows/x.ts', "import type { A } from '../activities/catch-up.ts';", 'activities/catch-up.ts'],
    ['workflows/x.ts', "import { Client } from '@temporalio/client';", '@temporalio/client'],
    ['activities/x.ts', "import { item } from '../workflows/item.ts';", 'workflows/item.ts'],
    ['background/x.ts', "import { catchUp } from '../activities/catch-up.ts';", 'activities/catch-up.ts'],
    ['api/x.ts', "import { item } from '../workflows/item.ts';", 'workflows/item.ts'],
    ['api/x.ts', "import { parser } from '@bpmn-io/lezer-feel';", '@bpmn-io/lezer-feel'],
    ['api/contract/x.ts', "import { commit } from '../../record/commit.ts';", 'record/commit.ts'],
    ['web/x.tsx', "import { commit } from '../record/commit.ts';", 'record/commit.ts'],
    ['stack/x.ts', "import { app } from '../web/app.tsx';", 'web/app.tsx'],
    ['stack/x.ts', "import { people } from '../test/support/people.ts';", 'test/support/people.ts'],
    ['config.ts', "import { z } from 'zod';", 'zod'],
    ['elsewhere/x.ts', "import { z } from 'zod';", 'zod'],
  ])('%# %s may not import %j', (path, text, to) => {
    expect(forbiddenImports([planted(path, text)])).toEqual([`${path} imports ${to}`]);
  });

  test.each([
    ['workflows/x.ts', "import type { Activities } from '../activities/index.ts';"],
    ['api/feel.ts', "import { parser } from '@bpmn-io/lezer-feel';"],
    ['domain/x.ts', "// import { commit } from '../record/commit.ts';"],
    ['test/x.ts', "import canonicalize from 'canonicalize';"],
  ])('and %s may: %s', (path, text) => expect(forbiddenImports([planted(path, text)])).toEqual([]));

  test('a cycle, but not one of types', () => {
    const [a, b] = [
      planted('domain/a.ts', "import { b } from './b.ts';"),
      planted('domain/b.ts', "import { a } from './a.ts';"),
    ];
    expect(cycles([a, b])).toEqual(['domain/a.ts → domain/b.ts → domain/a.ts']);
    expect(cycles([a, planted('domain/b.ts', "import type { a } from './a.ts';")])).toEqual([]);
  });

  test.each([
    ['api/x.ts', "export { a } from './a.ts';\nexport * from './b.ts';\n", 'is a barrel'],
    ['api/x.ts', "import { a } from './a.ts';\nexport { a };\n", 'is a barrel'],
    ['api/x.ts', 'export default 1;', 'has a default export'],
    ['api/x.ts', "const x = process.env['X'];", 'reads the environment'],
    ['record/x.ts', 'const x = Date.now();', 'reads a clock'],
    ['domain/x.ts', 'const x = new Date();', 'reads a clock'],
    ['api/x.ts', 'const x = performance.now();', 'reads a clock'],
  ])('%# %s: %j %s', (path, text, fault) => expect(moduleHabits([planted(path, text)])).toEqual([`${path} ${fault}`]));

  test.each([
    ['test/x.ts', "const x = process.env['X'];"],
    ['stack/x.ts', 'const x = performance.now();'],
    ['record/x.ts', 'const x = new Date(0); // not Date.now()'],
    ['x.config.ts', 'export default {};'],
  ])('and %s may: %s', (path, text) => expect(moduleHabits([planted(path, text)])).toEqual([]));

  test('a file and a function that are too long', () => {
    const body = (lines: number): string => '  work();\n'.repeat(lines);
    const at = (lines: number): string => `export function f(): void {\n${body(lines - 2)}}\n`;
    expect(sizes([planted('api/x.ts', at(70)), planted('api/y.ts', body(400))])).toEqual([]);
    expect(sizes([planted('api/x.ts', at(71)), planted('api/y.ts', body(401))])).toEqual([
      'api/x.ts:1 has a function of 71 lines',
      'api/y.ts has 401 lines',
    ]);
  });

  test('a file without a place and a path that only one machine has', () => {
    const machine = ['', 'tmp', 'x'].join('/');
    expect(
      places([planted('lib/x.ts', ''), planted('api/x.ts', machine), planted('api/y.json', `${OUTSIDE}/x`)]),
    ).toEqual([
      'lib/x.ts has no place in the layout',
      'api/x.ts names a place on one machine',
      'api/y.json reaches outside the repository',
    ]);
    expect(places([planted('docs/x.md', machine), planted('api/x.ts', "'./work/x'")])).toEqual([]);
  });
});
