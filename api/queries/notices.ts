import { z } from 'zod';
import type { UserId } from '../../domain/ids.ts';
import type { NoticeKind } from '../../domain/process/notices.ts';
import { formatInstant, instant } from '../../domain/time.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { ListNotices, NoticePage, NoticeView, ReadAnswer } from '../contract/notices.ts';
import { page, readCursor } from '../cursor.ts';
import { Problem } from '../problem.ts';
import type { Language } from '../words/say.ts';
import { sayNotice } from '../words/notices.ts';

export interface NoticeRow {
  user_id: string;
  n: number;
  kind: NoticeKind;
  subject: string;
  item: string | null;
  code: string | null;
  at: number;
  read_at: number | null;
}

export const NOTICE = `SELECT t.user_id, t.n, t.kind, t.subject, i.id AS item, i.code, t.at, t.read_at FROM notice t
  LEFT JOIN item i ON t.stream <> 'office' AND i.office_id = t.office_id AND i.id = t.stream_id`;

const before = z.tuple([z.int(), z.string()]);

/** What this person was told, the latest first. */
export async function listNotices(
  tx: OfficeTransaction,
  user: UserId,
  { unread = false, cursor, limit }: z.output<typeof ListNotices>,
  language: Language,
): Promise<z.output<typeof NoticePage>> {
  const [n, kind] = cursor === undefined ? [null, null] : readCursor(before, cursor);
  const rows = await tx.query<NoticeRow>(
    'api_notices',
    `${NOTICE} WHERE t.office_id = $1 AND t.user_id = $2 AND ($3::bigint IS NULL OR (t.n, t.kind) < ($3, $4::text))
       AND (NOT $5 OR t.read_at IS NULL) ORDER BY t.n DESC, t.kind DESC LIMIT $6`,
    [tx.office, user, n, kind, unread, limit + 1],
  );
  const { items, next } = page(rows, limit, (row) => [row.n, row.kind]);
  return { items: items.map((row) => viewNotice(row, language)), unread: await countUnread(tx, user), next };
}

export function viewNotice(row: NoticeRow, language: Language): z.output<typeof NoticeView> {
  const { n, kind, subject, item, code, at, read_at: read } = row;
  return {
    id: `${n}.${kind}`,
    kind,
    text: sayNotice({ kind, subject }, code, language),
    subject,
    item: item === null || code === null ? null : { id: item, code },
    at: formatInstant(instant(at)),
    readAt: read === null ? null : formatInstant(instant(read)),
  };
}

async function countUnread(tx: OfficeTransaction, user: UserId): Promise<number> {
  const [row] = await tx.query<{ n: number }>(
    'api_notices_unread',
    'SELECT count(*)::int AS n FROM notice WHERE office_id = $1 AND user_id = $2 AND read_at IS NULL',
    [tx.office, user],
  );
  return row?.n ?? 0;
}

function partsOf(id: string): { n: number; kind: string } {
  const [, n, kind] = /^([1-9]\d{0,14})\.([a-z-]{1,40})$/.exec(id) ?? [];
  if (n === undefined || kind === undefined) throw new Problem('notice-not-found');
  return { n: Number(n), kind };
}

/** Marks one as read; a mark that is there stays as it is. @throws Problem notice-not-found */
export async function markRead(tx: OfficeTransaction, user: UserId, id: string): Promise<z.output<typeof ReadAnswer>> {
  const { n, kind } = partsOf(id);
  const [row] = await tx.query<{ fresh: boolean }>(
    'api_notice_read',
    `UPDATE notice t SET read_at = coalesce(t.read_at, office_now_ms()) FROM notice before
       WHERE t.office_id = $1 AND t.user_id = $2 AND t.n = $3 AND t.kind = $4
         AND before.office_id = t.office_id AND before.user_id = t.user_id AND before.n = t.n AND before.kind = t.kind
       RETURNING before.read_at IS NULL AS fresh`,
    [tx.office, user, n, kind],
  );
  if (!row) throw new Problem('notice-not-found');
  return { read: row.fresh ? 1 : 0, unread: await countUnread(tx, user) };
}

/** Marks what was seen: everything up to this notice, and nothing that came while somebody was reading. */
export async function markAllRead(
  tx: OfficeTransaction,
  user: UserId,
  through: string,
): Promise<z.output<typeof ReadAnswer>> {
  const { n, kind } = partsOf(through);
  const rows = await tx.query(
    'api_notices_read',
    `UPDATE notice SET read_at = office_now_ms() WHERE office_id = $1 AND user_id = $2 AND read_at IS NULL
       AND (n, kind) <= ($3, $4::text) RETURNING 1`,
    [tx.office, user, n, kind],
  );
  return { read: rows.length, unread: await countUnread(tx, user) };
}
