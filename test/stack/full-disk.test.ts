import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, createReporter, type Reporter } from './people.ts';
import { until } from './scratch.ts';
import { type Command, createSite, type Site } from './stack-process.ts';

const START_MS = 60_000;

/** A small disk of our own; nothing where this user may not mount one. */
function mountSmallDisk(): string | undefined {
  const disk = mkdtempSync(join(tmpdir(), 'four-lists-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m,mode=755', 'tmpfs', disk], { stdio: 'ignore' });
    return disk;
  } catch {
    rmdirSync(disk);
    console.warn('no disk is filled: this user may not mount one');
    return undefined;
  }
}

const disk = mountSmallDisk();

describe.runIf(disk !== undefined)('a disk that is full', { timeout: 2 * START_MS }, () => {
  const filler = join(disk ?? '', 'filler');
  let site: Site;
  let stack: Command;
  let people: Reporter;

  beforeAll(async () => {
    mkdirSync(join(disk ?? '', 'data'));
    site = await createSite(join(disk ?? '', 'data'));
    stack = await site.started('--no-story');
    people = await createReporter(site);
  }, START_MS);
  afterAll(async () => {
    free();
    await site.end();
    execFileSync('umount', [disk ?? '']);
    rmdirSync(disk ?? '');
  }, START_MS);

  function fill(): void {
    const left = (): number => statfsSync(disk ?? '').bavail;
    const { bsize } = statfsSync(disk ?? '');
    while (left() > 0)
      try {
        appendFileSync(filler, Buffer.alloc(left() * bsize));
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' }); // others write meanwhile
      }
  }

  function free(): void {
    rmSync(filler, { force: true });
  }

  /** Fills the log that PostgreSQL writes ahead of everything, which it cannot go on without. */
  async function writeAhead(): Promise<void> {
    const secret = JSON.parse(readFileSync(join(site.dataDir, 'postgres/connection.json'), 'utf8')) as {
      port: number;
      password: string;
    };
    const client = new Client({ host: '127.0.0.1', user: 'app', database: 'postgres', ...secret });
    client.on('error', () => undefined); // its server goes down
    try {
      await client.connect();
      for (let at = 0; at < 100; at += 1)
        await client.query("SELECT pg_logical_emit_message(true, 'fill', repeat('x', 1000000))");
    } catch {
      // that is what it is for
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  test('while it runs: people get 503 with a code and nothing is half done; with room again they go on, without a start', async () => {
    expect((await people.submit()).status).toBe(201);
    fill();
    const answers: Answer[] = [];
    await until(
      'somebody is told that it does not work',
      async () => {
        answers.push(...(await Promise.all(Array.from({ length: 8 }, async () => await people.submit()))));
        return answers.filter(({ status }) => status === 503).length >= 3;
      },
      START_MS,
    );
    const others = answers.filter(({ status }) => status !== 201 && status !== 503);
    expect(others).toEqual([]);
    for (const { code, type } of answers.filter(({ status }) => status === 503))
      expect([code, type]).toEqual(['database-unavailable', 'application/problem+json; charset=utf-8']);
    free();
    await until('everything is accepted', async () => (await people.repeat()) === 0, START_MS);
    expect(stack.child.exitCode).toBeNull();
    expect(new Set(await people.listed())).toEqual(new Set(people.accepted.values()));
  });

  test('while it runs, with no room for PostgreSQL’s own log: it comes back by itself with room again, and nothing accepted is lost', async () => {
    const server = site.info().process.pid;
    fill();
    await until(
      'PostgreSQL has given up',
      async () => {
        await writeAhead();
        return stack.words().includes('postgres waits until this is out of the way');
      },
      START_MS,
    );
    expect(stack.words()).toContain('No space left on device');
    const { status, code } = await people.submit();
    expect([status, code]).toEqual([503, 'database-unavailable']);
    free();
    await until('everything is accepted', async () => (await people.repeat()) === 0, START_MS);
    expect(site.info().process.pid).toBe(server);
    expect(new Set(await people.listed())).toEqual(new Set(people.accepted.values()));
  });

  test('that is read-only at a start is told, with what to do', async () => {
    await site.stop(stack);
    execFileSync('mount', ['-o', 'remount,ro', disk ?? '']);
    const start = site.start();
    const code = await start.ended;
    execFileSync('mount', ['-o', 'remount,rw', disk ?? '']);
    expect(code).toBe(1);
    expect(start.words()).toContain('the file system is read-only: choose another DATA_DIR');
    expect(start.words()).not.toMatch(/^\s+at /m);
  });

  test('at a start: it says so and what to do, and with room again the next one goes on', async () => {
    fill();
    const start = site.start();
    expect(await start.ended).toBe(1);
    expect(start.words()).toContain('the disk is full: free some space');
    expect(start.words()).not.toMatch(/^\s+at /m);
    expect([...site.processes().values()]).toEqual([]);
    free();
    stack = await site.started();
    expect(new Set(await people.listed())).toEqual(new Set(people.accepted.values()));
    expect((await people.submit()).status).toBe(201);
  });
});
