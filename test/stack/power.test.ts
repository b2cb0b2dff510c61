import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { CommandName } from '../../domain/commands/vocabulary.ts';
import { createPool } from '../../record/pool.ts';
import { startEmbedded } from '../../stack/embedded-postgres.ts';
import { isAlive } from '../../stack/process-state.ts';
import { walkStory } from '../../stack/walk-story.ts';
import { violations } from '../support/invariants.ts';
import { createReporter, type Reporter } from './people.ts';
import { until } from './scratch.ts';
import { type Command, createSite, type Site } from './stack-process.ts';

const START_MS = 90_000;
/** People at work when the power goes. */
const CLIENTS = 8;

/** What a process of the stack is known by in the list of all. */
const KINDS = {
  api: /\/api\/server\.ts/,
  worker: /\/worker\.ts/,
  temporal: /\bstart-dev\b/,
  postmaster: /\/bin\/postgres -D/,
  backend: /^postgres: four_lists_/,
} as const;
type Kind = keyof typeof KINDS;

describe('a stack whose processes are killed', { timeout: 2 * START_MS }, () => {
  let site: Site;
  let stack: Command;
  let people: Reporter;

  beforeAll(async () => {
    site = await createSite();
  });
  afterAll(async () => await site.end(), START_MS);

  /** As `until`; a failure tells what the stack said last. */
  async function eventually(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
    await until(what, isTrue, START_MS).catch((cause: unknown) => {
      throw new Error(`${String(cause)}\n${stack.words().slice(-4_000)}`, { cause });
    });
  }

  function pidsOf(kind: Kind): number[] {
    return [...site.processes()].filter(([, line]) => KINDS[kind].test(line)).map(([pid]) => pid);
  }

  /** SIGKILL; the receipt is that the process is gone, and that another one has come in its place. */
  async function kill(kind: Kind): Promise<void> {
    const [pid] = pidsOf(kind);
    if (pid === undefined) throw new Error(`there is no ${kind} to kill`);
    process.kill(pid, 'SIGKILL');
    await until(`the ${kind} is gone`, () => !isAlive(pid));
    await until(`another ${kind} is there`, () => pidsOf(kind).some((other) => other !== pid), START_MS);
  }

  async function inDatabase<T>(work: (admin: Pool) => Promise<T>): Promise<T> {
    const postgres = await startEmbedded(join(site.dataDir, 'postgres'));
    const admin = createPool(postgres.url('four_lists'), 1);
    try {
      return await work(admin);
    } finally {
      await admin.end();
      await postgres.stop();
    }
  }

  test('of two starts at once one comes up, and the other says who is first', async () => {
    const both = [site.start('--no-story'), site.start('--no-story')];
    const isUp = ({ words }: Command): boolean => words().includes('试一试');
    expect(await Promise.race(both.map(async ({ ended }) => await ended))).toBe(1);
    const [first, second] = both[0]?.child.exitCode === null ? both : both.toReversed();
    if (!first || !second) throw new Error('there are two');
    expect(second.words()).toMatch(
      new RegExp(`another npm start \\(process ${first.child.pid}\\) is starting|already running`),
    );
    await until('the first is ready', () => isUp(first) || first.child.exitCode !== null, START_MS);
    stack = first;
    people = await createReporter(site);
    expect((await people.submit()).status).toBe(201);
  });

  test('goes on with its work when one of each kind is killed in the middle of a story', async () => {
    const faults: Partial<Record<CommandName, Kind>> = {
      register: 'api',
      reserve: 'backend',
      assign: 'worker',
      sign: 'temporal',
      'hand-in': 'postmaster',
    };
    const landed: Kind[] = [];
    const walked = await walkStory({
      api: site.info().api,
      logins: site.logins(),
      patienceMs: START_MS,
      async before(command) {
        const kind = faults[command];
        if (kind === undefined) return;
        await kill(kind);
        landed.push(kind);
      },
    });
    expect(landed).toEqual(['api', 'backend', 'worker', 'temporal', 'postmaster']);
    expect([walked.steps, walked.moves, walked.records.length]).toEqual([10, 7, 17]);
    expect(stack.child.exitCode).toBeNull();
  });

  test('tells that another program has taken the port of the api, looks again, and comes back', async () => {
    const { api } = site.info();
    const [pid] = pidsOf('api');
    if (pid === undefined) throw new Error('there is no api to kill');
    process.kill(pid, 'SIGKILL');
    const thief = await takePort(Number(new URL(api).port));
    await eventually('it is told', () => stack.words().includes('api waits until this is out of the way'));
    expect(stack.words()).toContain(`api needs port ${new URL(api).port} of 127.0.0.1, which another program uses`);
    await sleep(2_500);
    expect(stack.words().split('api waits until').length).toBe(2);
    await new Promise((done) => thief.close(done));
    await eventually(
      'the api is back',
      async () => (await people.repeat()) === 0 && (await people.submit()).status === 201,
    );
    expect(pidsOf('api')).not.toContain(pid);
  });

  test('a power cut in the middle of the work of many: the next start goes on, and nothing accepted is lost or doubled', async () => {
    const cut = new AbortController();
    const work = Array.from({ length: CLIENTS }, async () => {
      while (!cut.signal.aborted) if ((await people.submit()).status === 0) await sleep(50);
    });
    const before = people.accepted.size;
    await eventually('they are at it', () => people.accepted.size >= before + 5 * CLIENTS);
    const killed = [...site.processes().keys()];
    for (const pid of killed) killNow(pid);
    await eventually('all of it is gone', () => !killed.some(isAlive));
    cut.abort();
    await Promise.all(work);
    expect(killed.length).toBeGreaterThan(8);
    expect(await stack.ended).toBe('SIGKILL');
    stack = await site.started();
    expect(await people.listed()).toEqual(expect.arrayContaining([...people.accepted.values()]));
    await eventually('what was not answered is accepted with its key', async () => (await people.repeat()) === 0);
    const listed = await people.listed();
    expect(listed).toHaveLength(new Set(listed).size);
    expect(listed).toHaveLength(people.accepted.size + 1); // and the one of the story
    const { moves } = await walkStory({ api: site.info().api, logins: site.logins(), patienceMs: START_MS });
    expect(moves).toBe(7);
    await site.stop(stack);
    expect(await inDatabase(violations)).toEqual([]);
  });
});

/** One that has ended because of another is gone as well. */
function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Another program that listens where one of ours did. */
async function takePort(port: number): Promise<Server> {
  for (;;) {
    const server = createServer();
    const listening = await new Promise<boolean>((done) => {
      server.once('error', () => done(false)); // the dead one's is not free yet
      server.listen(port, '127.0.0.1', () => done(true));
    });
    if (listening) return server;
    await sleep(5);
  }
}
