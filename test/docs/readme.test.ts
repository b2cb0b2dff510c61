import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HELP } from '../../stack/options.ts';
import { commandTable } from './command-table.ts';

const root = new URL('../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const readme = text('README.md');

interface Package {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}
const { scripts, dependencies, devDependencies } = JSON.parse(text('package.json')) as Package; // npm refuses another shape

test('the table of commands says what the shipped definition says', () => {
  const table = /<!-- commands -->\n([\s\S]*?)\n<!-- \/commands -->/.exec(readme)?.[1];
  expect(table).toBe(commandTable());
});

test('every npm command of the README is a script', () => {
  const named = [...readme.matchAll(/npm (?:run )?(\w+)/g)].map(([, name = '']) => name);
  expect(named).toContain('start');
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});

test('every file that the README points to is there', () => {
  const named = [
    ...readme.matchAll(/`((?:domain|prisma|record|workflows|api|docs|stack|background|activities)\/[\w./-]+)`/g),
  ];
  expect(named.length).toBeGreaterThan(5);
  expect(named.map(([, path = '']) => path).filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});

test('every setting and option of npm start is in the README', () => {
  const settings = [...HELP.matchAll(/^ {2}((?:[A-Z]+_[A-Z_]+ ?)+)/gm)].flatMap(([, names = '']) =>
    names.trim().split(' '),
  );
  const options = [...HELP.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, name = '']) => name);
  expect(settings).toContain('DATABASE_URL');
  expect(
    [...settings, ...options].filter((name) => !readme.includes(`\`${name}`) && !readme.includes(` ${name}`)),
  ).toEqual([]);
});

test('every dependency has its reason in docs/dependencies.md, and no other is named there', () => {
  const reasons = text('docs/dependencies.md');
  const rows = [...reasons.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = '']) => cell);
  const named = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
  const full = named.map((name) =>
    ['worker', 'workflow', 'activity', 'common'].includes(name) ? `@temporalio/${name}` : name,
  );
  expect(full.sort()).toEqual([...Object.keys(dependencies), ...Object.keys(devDependencies)].sort());
});
