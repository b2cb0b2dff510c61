import { setTimeout as sleep } from 'node:timers/promises';
import { DAY, instant } from '../domain/time.ts';
import { populate } from './population/populate.ts';
import { rounded } from './percentiles.ts';
import { atMost, type Expectation, expectationTable } from './report.ts';
import type { Servers } from './servers.ts';

export interface OverdueFigures {
  cases: number;
  /** Items that owed something when the worker began to start. */
  owing: number;
  /** From there until each of them has its record of it. */
  seconds: number;
  /** Levels of clocks recorded meanwhile. */
  levels: number;
  expectations: Expectation[];
}

const CASES = 34_000;
const DOWN = 7 * DAY;
/** Issue 5: so many, within so many seconds. */
const OWING = 1_000;
const LIMIT_SECONDS = 60;
const MOST_SECONDS = 600;

/** Cases whose office stood still for a week, Temporal knowing nothing of them: the worst that a restart may meet. */
export async function measureOverdue(
  servers: Servers,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<OverdueFigures> {
  const { admin } = servers;
  const number = async (question: string, values: unknown[] = []): Promise<number> =>
    (await admin.query<{ number: number }>(question, values)).rows[0]?.number ?? Number.NaN;
  const until = instant((await number('SELECT office_now_ms() AS number')) - DOWN);
  await populate(servers.urls.adminUrl, servers.keyDir, { cases: CASES, seed: 1, until, say });
  await admin.query('ANALYZE');
  const now = await number('SELECT office_now_ms() AS number');
  const left = async (): Promise<number> =>
    await number('SELECT count(*) AS number FROM item WHERE next_due <= $1', [now]);
  const owing = await left();
  say(`停机一周后到期的事项 · items that owe something after a week: ${owing}`);
  if (owing < OWING) throw new Error(`at least ${OWING} items have to owe something`);

  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1_000;
  await servers.start('worker');
  while ((await left()) > 0) {
    if (elapsed() > MOST_SECONDS) throw new Error(`${await left()} items still owe something after ${MOST_SECONDS} s`);
    await sleep(100, undefined, { signal });
  }
  const seconds = rounded(elapsed());
  const levels = await number("SELECT count(*) AS number FROM command WHERE name = 'reach-level' AND at > $1", [now]);
  return {
    cases: CASES,
    owing,
    seconds,
    levels,
    expectations: [atMost(`seconds for more than ${OWING} overdue items after a restart`, LIMIT_SECONDS, seconds)],
  };
}

export function overdueReport({ cases, owing, seconds, levels, expectations }: OverdueFigures): string {
  return [
    `${cases} cases after a week without a worker: ${owing} owed something, ${seconds} s from the worker's start until all of it was recorded, ${levels} levels of clocks`,
    expectationTable(expectations),
  ].join('\n\n');
}
