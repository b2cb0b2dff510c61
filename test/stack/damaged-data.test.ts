import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool } from '../../record/pool.ts';
import { startEmbedded } from '../../stack/embedded-postgres.ts';
import { readSampleLogins } from '../../stack/sample-logins.ts';
import { readStackInfo } from '../../stack/stack-info.ts';
import { createStoryClient } from '../../stack/story-client.ts';
import { steps } from '../../stack/story-steps.ts';
import { type Command, createSite, type Site } from './stack-process.ts';

const START_MS = 60_000;

let site: Site;
const at = (path: string): string => join(site.dataDir, path);

/** A start that is to be refused: its words, after its end with code 1. */
async function refusal(...args: string[]): Promise<string> {
  const start = site.start(...args);
  expect(await start.ended).toBe(1);
  expect(start.words()).not.toMatch(/^\s+at .*:\d+/m); // no place in a program: those are for bugs
  expect([...site.processes().values()]).toEqual([]);
  expect(existsSync(at('stack.json'))).toBe(false);
  return start.words();
}

/** Does something to the office's database while nothing else runs on it. */
async function inDatabase(work: (pool: Pool) => Promise<unknown>): Promise<void> {
  const postgres = await startEmbedded(at('postgres'));
  const pool = createPool(postgres.url('four_lists'), 1);
  await work(pool);
  await pool.end();
  await postgres.stop();
}

async function newCase(): Promise<void> {
  const client = createStoryClient(site.info().api, site.logins(), 5_000);
  await client.create('grid1', steps[0]?.body ?? {});
}

async function cases(): Promise<number> {
  const { api } = site.info();
  const password = site.logins().find(({ username }) => username === 'intake1')?.password;
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ username: 'intake1', password });
  const login = await fetch(`${api}/v1/login`, { method: 'POST', headers, body });
  const { token } = (await login.json()) as { token: string };
  const list = await fetch(`${api}/v1/cases`, { headers: { authorization: `Bearer ${token}` } });
  return ((await list.json()) as { items: unknown[] }).items.length;
}

describe('a data directory that is damaged', { timeout: 2 * START_MS }, () => {
  let stack: Command;
  beforeAll(async () => {
    site = await createSite();
    stack = await site.started('--no-story');
    await newCase();
  }, START_MS);
  afterAll(async () => await site.end(), START_MS);

  describe('while it runs', () => {
    test('a stack.json that is garbage: the story says what to do', async () => {
      const good = readFileSync(at('stack.json'));
      for (const text of ['', '{"api":', '[]', '{"api":"http://127.0.0.1:1"}']) {
        writeFileSync(at('stack.json'), text);
        await expect(readStackInfo(site.dataDir)).rejects.toThrow('is damaged: stop npm start and start it again');
      }
      const story = site.story();
      expect(await story.ended).toBe(1);
      expect(story.words()).toContain('stack.json is damaged: stop npm start and start it again');
      expect(story.words()).not.toMatch(/^\s+at /m);
      const second = site.start();
      expect(await second.ended).toBe(1);
      expect(second.words()).toContain(`another npm start (process ${stack.child.pid})`);
      writeFileSync(at('stack.json'), good);
    });

    test('sample-logins.json missing or garbage: the story says what to do', async () => {
      copyFileSync(at('sample-logins.json'), at('kept.json'));
      for (const text of ['', '{}', '[{"username":1}]']) {
        writeFileSync(at('sample-logins.json'), text);
        await expect(readSampleLogins(at('sample-logins.json'))).rejects.toThrow('the passwords are nowhere else');
      }
      rmSync(at('sample-logins.json'));
      const missing = site.story();
      expect(await missing.ended).toBe(1);
      expect(missing.words()).toContain('there are no sample logins');
      renameSync(at('kept.json'), at('sample-logins.json'));
    });

    test('an option that the story does not know is answered with those there are', async () => {
      const story = site.story('--xml');
      expect(await story.ended).toBe(1);
      expect(story.words()).toContain('--xml?\nnpm run story [-- --json]');
    });
  });

  describe('at the next start', () => {
    beforeAll(async () => await site.stop(stack));

    test.each<[string, () => void, string]>([
      ['a key of 31 bytes', () => truncateSync(at('keys/YX.key'), 31), 'the key of an office is damaged: '],
      [
        'a key of another office',
        () => writeFileSync(at('keys/YX.key'), Buffer.alloc(32, 7)),
        'this key is not the one that the office was sealed with: ',
      ],
    ])('%s is named with its file, and put back it will do', async (_what, damage, why) => {
      copyFileSync(at('keys/YX.key'), at('kept.key'));
      damage();
      const words = await refusal();
      renameSync(at('kept.key'), at('keys/YX.key'));
      expect(words).toContain(why + at('keys/YX.key'));
      expect(words).toContain('put the key back');
    });

    test('a PostgreSQL without its PG_VERSION is told with what to do', async () => {
      renameSync(at('postgres/data/PG_VERSION'), at('kept'));
      const words = await refusal();
      renameSync(at('kept'), at('postgres/data/PG_VERSION'));
      expect(words).toContain('is damaged (no PG_VERSION) and was left as it is');
      expect(words).toContain('put back a copy of that directory, or choose another DATA_DIR');
    });

    test('a database of a newer checkout is told, and left as it is', async () => {
      await inDatabase(async (pool) => {
        await pool.query(
          `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('later', '', '29990101000000_later', now())`,
        );
      });
      const words = await refusal();
      await inDatabase(async (pool) => await pool.query("DELETE FROM _prisma_migrations WHERE id = 'later'"));
      expect(words).toContain('the database is newer than this checkout (29990101000000_later)');
      expect(words).toContain('update the checkout');
    });

    test('a data directory that is a file is told', async () => {
      const { dataDir } = site;
      site.env['DATA_DIR'] = at('database-roles.json');
      const start = site.start();
      site.env['DATA_DIR'] = dataDir;
      expect(await start.ended).toBe(1);
      expect(start.words()).toContain('database-roles.json: ');
      expect(start.words()).toContain('a file is where a directory should be: choose another DATA_DIR');
      expect(start.words()).not.toMatch(/^\s+at /m);
    });

    test('everything that can be made anew is made anew at once, and what was entered is there', async () => {
      const damage: Record<string, string> = {
        'start.lock': '{"pid":',
        'stack.json': '\0\0\0',
        'database-roles.json': '{"app":""}',
        'postgres/connection.json': '',
        'postgres/data/postmaster.pid': '12',
        'temporal/temporal.db.pid': 'garbage',
      };
      for (const [file, text] of Object.entries(damage)) writeFileSync(at(file), text);
      renameSync(at('sample-logins.json'), at('kept.json'));
      mkdirSync(at('postgres/data.half-0'));
      stack = await site.started();
      renameSync(at('kept.json'), at('sample-logins.json'));
      expect(stack.words()).toContain('database-roles.json is damaged: the database roles get new passwords');
      expect(stack.words()).toContain('PostgreSQL gets a new password, the data stay as they are');
      expect(stack.words()).toContain('sample-logins.json alone, and it is gone: put back a copy');
      expect(await cases()).toBe(1);
      await newCase();
      expect(await cases()).toBe(2);
      await site.stop(stack);
      expect([...site.processes().values()]).toEqual([]);
    });
  });
});
