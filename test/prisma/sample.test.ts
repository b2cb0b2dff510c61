import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { loadSample } from '../../prisma/sample/load.ts';
import { SampleError } from '../../prisma/sample/shapes.ts';
import { createDatabase, databaseUrls, ownerPool, prepareSchema } from '../../stack/database.ts';
import { createPool } from '../../record/pool.ts';
import { rowCounts } from '../support/rows.ts';

const PRISMA = fileURLToPath(new URL('../../prisma', import.meta.url));

let owner: Pool;
let admin: Pool;
beforeAll(async () => {
  const { postgresUrl, passwords } = inject('servers');
  const name = `empty_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(postgresUrl, name);
  const address = new URL(postgresUrl);
  address.pathname = `/${name}`;
  const { adminUrl } = databaseUrls(address.href, passwords);
  await prepareSchema(adminUrl);
  owner = ownerPool(adminUrl);
  admin = createPool(adminUrl, 1);
});
afterAll(async () => {
  await Promise.all([owner.end(), admin.end()]);
});

/** Copies of the files we ship, for a test to spoil. */
function copyOfTheFiles(): string {
  const directory = mkdtempSync(join(tmpdir(), 'four-lists-sample-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const part of ['sample', 'definitions'])
    cpSync(join(PRISMA, part), join(directory, part), { recursive: true, filter: (path) => !path.endsWith('.ts') });
  mkdirSync(join(directory, 'keys'));
  return directory;
}

async function load(directory: string): Promise<unknown> {
  const files = pathToFileURL(join(directory, 'sample/'));
  return await loadSample(owner, join(directory, 'keys'), () => 'x', files).catch((error: unknown) => error);
}

const rows = async (): Promise<Record<string, number>> => await rowCounts(admin);

type Json = Record<string, never> & Record<string, unknown>;
type Spoil = (file: never) => unknown;

/** What is wrong with which file: its text, or what becomes of the value in it. */
const spoiled: [string, string, string | Spoil, RegExp][] = [
  ['sample/office.json', 'nothing in it', '', /^office\.json: .*JSON/],
  ['sample/office.json', 'half of it', '{"office": {"code": "YX"', /^office\.json: .*JSON/],
  ['sample/office.json', 'a list for an object', '[]', /^office\.json: .*object/],
  ['sample/office.json', 'no people', ({ users: _none, ...rest }: Json) => rest, /^office\.json: users: /],
  [
    'sample/office.json',
    'a person without a name',
    (office: { users: Json[] }) => ({ ...office, users: [{ ...office.users[0], displayName: null }] }),
    /^office\.json: users\.0\.displayName: /,
  ],
  [
    'sample/office.json',
    'a person of a unit that is not there',
    (office: { users: Json[] }) => ({ ...office, users: [{ ...office.users[0], unit: 'NOWHERE' }] }),
    /^office\.json: .*unit/,
  ],
  [
    'sample/office.json',
    'the same person twice',
    (office: { users: Json[] }) => ({ ...office, users: [office.users[0], office.users[0]] }),
    /^office\.json: .*duplicate/,
  ],
  [
    'sample/office.json',
    'units in a ring',
    (office: { units: Json[] }) => ({
      ...office,
      users: [],
      units: office.units.map((unit) => ({ ...unit, parent: 'YX-YJ' })),
    }),
    /^office\.json: .*ring/,
  ],
  [
    'sample/office.json',
    'an office that is no id',
    (office: { office: Json }) => ({ ...office, office: { ...office.office, code: "'; --" } }),
    /^office\.json: /,
  ],
  [
    'sample/resources.json',
    'less than nothing of a resource',
    (list: Json[]) => list.map((one) => ({ ...one, capacity: { amount: -1, unit: 'piece' } })),
    /^resources\.json: 0\.capacity\.amount: /,
  ],
  [
    'sample/resources.json',
    'a day that there is not',
    (list: Json[]) => list.map((one) => ({ ...one, validFrom: '2026-02-30' })),
    /^resources\.json: 0\.validFrom: /,
  ],
  ['sample/resources.json', 'invalid UTF-8 for a name', '[{"code": "\uFFFD"}]', /^resources\.json: 0\./],
  [
    'sample/teams.json',
    'a load that is no number',
    (list: Json[]) => list.map((one) => ({ ...one, maxOpenLoad: '30' })),
    /^teams\.json: 0\.maxOpenLoad: /,
  ],
  [
    'sample/teams.json',
    'a team of a unit that is not there',
    (list: Json[]) => list.map((one) => ({ ...one, unit: 'NOWHERE' })),
    /^teams\.json: .*unit/,
  ],
  ['sample/calendar.json', 'no years', ({ years: _none, ...rest }: Json) => rest, /^calendar\.json: years: /],
  [
    'sample/calendar.json',
    'office hours that end before they begin',
    (calendar: Json) => ({ ...calendar, hours: [{ from: 720, to: 510 }] }),
    /^calendar\.json: the calendar has problems/,
  ],
  ['definitions/order.json', 'words', 'not JSON', /order\.json: .*JSON/],
  ['definitions/order.json', 'no states', ({ states: _none, ...rest }: Json) => rest, /order\.json: states: /],
  [
    'definitions/order.json',
    'a start that leads nowhere',
    (definition: Json) => ({ ...definition, start: 'nowhere' }),
    /order\.json: .*no state nowhere/s,
  ],
  [
    'definitions/order.json',
    'an engine that we do not have',
    (definition: Json) => ({ ...definition, engine: 2 }),
    /order\.json: engine: /,
  ],
];

describe('a file of the sample office that cannot be used is named, and nothing is loaded', () => {
  test.each(spoiled)('%s: %s', async (file, _what, spoil, why) => {
    const directory = copyOfTheFiles();
    const path = join(directory, file);
    const text =
      typeof spoil === 'string' ? spoil : JSON.stringify(spoil(JSON.parse(readFileSync(path, 'utf8')) as never));
    writeFileSync(path, text);
    const before = await rows();
    const error = await load(directory);
    expect(error).toBeInstanceOf(SampleError);
    expect((error as SampleError).message).toMatch(
      new RegExp(why.source.replace('^', '^(?:\\.\\./definitions/)?'), why.flags),
    );
    expect(await rows()).toEqual(before);
  });

  test('a file that is missing is named', async () => {
    const directory = copyOfTheFiles();
    rmSync(join(directory, 'sample/teams.json'));
    expect(String(await load(directory))).toContain('teams.json');
    expect((await rows())['office']).toBe(0);
  });
});

test('the files we ship load after all of that, once', async () => {
  const directory = copyOfTheFiles();
  expect(await load(directory)).toHaveLength(37);
  const before = await rows();
  expect(before).toMatchObject({ office: 1, definition_version: 1 });
  expect(String(await load(directory))).toContain('exists already');
  expect(await rows()).toEqual(before);
});
