import pino from 'pino';
import { buildApp } from '../api/app.ts';
import { createPrisma } from '../api/prisma.ts';
import { startSession } from '../api/sessions.ts';
import { type OfficeId, officeId, userId } from '../domain/ids.ts';
import { withOffice } from '../record/office.ts';
import { createPool } from '../record/pool.ts';
import { officeKeys } from '../record/seal.ts';
import { StackError } from '../stack/ports.ts';
import type { DataDirectory } from './data-directory.ts';
import { type Percentiles, percentiles } from './percentiles.ts';
import { atMost, type Expectation, expectationTable, table, triple } from './report.ts';

/** One person's look at one view: the first page, and the one after it where there is one. */
interface Look {
  who: string;
  view: string;
  ms: Percentiles;
}

export interface InboxFigures {
  cases: number;
  /** Items that are not over. */
  open: number;
  looks: Look[];
  expectations: Expectation[];
}

/** Who looks: by their roles each reads another part of the index. */
const WHO = [
  'intake1',
  'match1',
  'dispatch1',
  'clerk1',
  'case1',
  'inspect1',
  'callback1',
  'review1',
  'supervise1',
  'leader1',
  'reporter1',
];
const VIEWS = ['me', 'team', 'all'];
const FEWEST = 1_000;
/** Long enough for just-in-time compilers and caches. */
const WARM_MS = 5_000;
/** Issue 5, with 200,000 cases. */
const LIMIT_MS = 50;

/** The inbox over HTTP on a populated database, one client, for so many seconds in all. @throws StackError when it is empty */
export async function measureInbox({ urls, keyDir }: DataDirectory, seconds: number): Promise<InboxFigures> {
  const [pool, lists] = [createPool(urls.appUrl, 4), createPool(urls.appUrl, 2)];
  const [admin, prisma] = [createPool(urls.adminUrl, 1), createPrisma(lists)];
  const store = { pool, keyOf: officeKeys(keyDir), build: 'bench' };
  const nothing = { wake: () => undefined, temporalReady: async () => false, trustedProxies: [] };
  const app = await buildApp({ store, pool, prisma, logger: pino({ level: 'silent' }), ...nothing });
  try {
    const office = await populated(admin);
    const { rows } = await admin.query<{ cases: number; open: number }>(
      `SELECT count(*) AS cases, count(*) FILTER (WHERE place NOT IN ('closed', 'withdrawn', 'not_accepted', 'archived')) AS open FROM item`,
    );
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const each = (seconds * 1_000) / (WHO.length * VIEWS.length);
    const looks: Look[] = [];
    const signIn = async (who: string): Promise<string> =>
      (await withOffice(pool, office, async (tx) => await startSession(tx, userId(who)))).token;
    for (const who of WHO) await look(`${address}/v1/inbox?view=all`, await signIn(who), WARM_MS / WHO.length);
    for (const who of WHO) {
      const token = await signIn(who);
      for (const view of VIEWS)
        looks.push({ who, view, ms: await look(`${address}/v1/inbox?view=${view}`, token, each) });
    }
    const worst = Math.max(...looks.map(({ ms }) => ms.p95 ?? Number.POSITIVE_INFINITY));
    return {
      ...(rows[0] ?? { cases: 0, open: 0 }),
      looks,
      expectations: [atMost('inbox p95 ms, the slowest view', LIMIT_MS, worst)],
    };
  } finally {
    await app.close();
    await prisma.$disconnect();
    await Promise.all([pool, lists, admin].map(async (each) => await each.end()));
  }
}

async function populated(admin: ReturnType<typeof createPool>): Promise<OfficeId> {
  const { rows } = await admin.query<{ office: string; cases: number }>(
    'SELECT office_id AS office, count(*) AS cases FROM item GROUP BY office_id ORDER BY 2 DESC LIMIT 1',
  );
  const [largest] = rows;
  if (!largest || largest.cases < FEWEST)
    throw new StackError('请先生成事项 · populate the database first: npm run populate -- --cases 200000');
  return officeId(largest.office);
}

/** Once without a clock, so that nobody pays for what is read from the disk for the first time. */
async function look(url: string, token: string, forMs: number): Promise<Percentiles> {
  const headers = { authorization: `Bearer ${token}` };
  const read = async (cursor: string): Promise<string | null> => {
    const answer = await fetch(`${url}${cursor}`, { headers });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    const { next } = (await answer.json()) as { next: string | null }; // api/contract/inbox.ts
    return next;
  };
  await read('');
  const times: number[] = [];
  const until = performance.now() + forMs;
  let cursor = '';
  while (performance.now() < until || times.length < 2) {
    const began = performance.now();
    const next = await read(cursor);
    times.push(performance.now() - began);
    cursor = cursor === '' && next !== null ? `&cursor=${next}` : '';
  }
  return percentiles(times);
}

export function inboxReport({ cases, open, looks, expectations }: InboxFigures): string {
  const rows = looks.map(({ who, view, ms }) => [`${who}, ${view}`, triple(ms), String(ms.count)]);
  return [
    `inbox with ${cases} cases, ${open} of them open`,
    table(['who, view', 'p50/p95/p99 ms', 'looks'], rows),
    expectationTable(expectations),
  ].join('\n\n');
}
