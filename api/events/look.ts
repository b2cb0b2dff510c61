import { type OfficeTransaction, withOffice } from '../../record/office.ts';
import type { Pool } from 'pg';
import type { OfficeId } from '../../domain/ids.ts';
import { NOTICE, type NoticeRow } from '../queries/notices.ts';
import type { Scope } from '../queries/reading.ts';
import { liveTokens } from '../sessions.ts';
import type { News, Watcher } from './watcher.ts';

/** Rows of one look: a client that was away for long catches up in several. */
export const PAGE = 500;

/** What some connections of one office may be told, read in one transaction. */
export interface Look {
  /** The latest number. */
  head: number;
  /** What comes after it is no longer there: whoever is not as far has missed something. */
  kept: number;
  /** From the least `after` of all on, in order; `PAGE` of them: there may be more. */
  news: News[];
  notices: NoticeRow[];
  /** Tokens of sessions that go on. */
  live: Set<string>;
  /** What each user may see of the cases; absent: no grant is left. */
  scopes: Map<string, Scope | 'none'>;
}

/** Who may still see what is asked last, so that nothing is told under a grant that ended before it was read. */
export async function lookAt(pool: Pool, office: OfficeId, watchers: readonly Watcher[]): Promise<Look> {
  return await withOffice(pool, office, async (tx) => {
    const { head, kept } = await boundsOf(tx);
    const after = Math.max(kept, Math.min(head, ...watchers.map((watcher) => watcher.after ?? head)));
    const news = await newsAfter(tx, after, head);
    const through = news.length < PAGE ? head : (news.at(-1)?.n ?? head);
    const users = [...new Set(watchers.map(({ user }) => user as string))];
    return {
      head,
      kept,
      news,
      notices: await noticesBetween(tx, users, after, through),
      live: await liveTokens(
        tx,
        watchers.map(({ token }) => token),
      ),
      scopes: await scopesOf(tx, users),
    };
  });
}

async function boundsOf(tx: OfficeTransaction): Promise<{ head: number; kept: number }> {
  const [row] = await tx.query<{ head: number; kept: number }>(
    'api_news_bounds',
    `SELECT last AS head, coalesce((SELECT min(n) - 1 FROM news WHERE office_id = $1 AND n IS NOT NULL), last) AS kept
       FROM news_head WHERE office_id = $1`,
    [tx.office],
  );
  return row ?? { head: 0, kept: 0 };
}

async function newsAfter(tx: OfficeTransaction, after: number, head: number): Promise<News[]> {
  if (after >= head) return [];
  const rows = await tx.query<{ n: number; id: string | null; seq: number; place: string | null; by: string | null }>(
    'api_news',
    `SELECT n.n, CASE WHEN n.place IS NOT NULL THEN n.stream_id END AS id, n.seq, n.place, d.submitted_by AS by FROM news n
       LEFT JOIN case_detail d ON n.stream = 'case' AND d.office_id = n.office_id AND d.item_id = n.stream_id
       WHERE n.office_id = $1 AND n.n > $2 AND n.n <= $3 ORDER BY n.n LIMIT $4`,
    [tx.office, after, head, PAGE],
  );
  return rows.map(({ n, id, seq, place, by }) => ({
    n,
    item: id === null || place === null ? null : { id, rev: seq, state: place, submittedBy: by },
  }));
}

async function noticesBetween(
  tx: OfficeTransaction,
  users: string[],
  after: number,
  through: number,
): Promise<NoticeRow[]> {
  if (after >= through) return [];
  return await tx.query<NoticeRow>(
    'api_news_notices',
    `${NOTICE} WHERE t.office_id = $1 AND t.user_id = ANY($2) AND t.n > $3 AND t.n <= $4 ORDER BY t.n, t.kind`,
    [tx.office, users, after, through],
  );
}

async function scopesOf(tx: OfficeTransaction, users: string[]): Promise<Look['scopes']> {
  const rows = await tx.query<{ user: string; roles: string[] }>(
    'api_news_grants',
    `SELECT user_id AS user, array_agg(role) AS roles FROM role_grant WHERE office_id = $1 AND user_id = ANY($2)
       AND valid_from <= office_now() AND (valid_to IS NULL OR valid_to > office_now()) GROUP BY user_id`,
    [tx.office, users],
  );
  return new Map(rows.map(({ user, roles }) => [user, scopeOfRoles(roles)]));
}

/** As for reading, but whoever looks after accounts and nothing else is told their notices all the same. */
function scopeOfRoles(roles: string[]): Scope | 'none' {
  const reading = roles.filter((role) => role !== 'sys_admin');
  if (reading.length === 0) return 'none';
  return reading.every((role) => role === 'reporter') ? 'own' : 'all';
}
