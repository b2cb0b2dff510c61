import type { Pool } from 'pg';
import type { CommandName } from '../domain/commands/vocabulary.ts';
import { type OfficeId, unitId, userId } from '../domain/ids.ts';
import type { ItemEvent } from '../domain/process/events.ts';
import { type Audience, itemNotices, type OfficeNews, officeNotices, type Told } from '../domain/process/notices.ts';
import type { Task } from '../domain/process/state.ts';
import { type OfficeTransaction, withOffice } from './office.ts';
import { planOf } from './plans.ts';

/** Records told in one transaction. */
export const MOST_NEWS = 200;
/** News that are kept for whoever was away; older ones are asked of the lists themselves. */
export const NEWS_KEPT = 100_000;

/** A record that nobody was told of yet. */
interface Fresh {
  stream: string;
  stream_id: string;
  seq: number;
  at: number;
  bytes: string;
}

/** The parts of a record that are read here, as write.ts and office-stream.ts wrote it. */
interface Said {
  type: string;
  from: string | null;
  to: string;
  actor: { id: string };
  data: { events: ItemEvent[] };
}

/**
 * Numbers records that are committed, each once and those of one stream in their order, and tells whom they concern, in
 * the same transaction: whoever has seen a number has seen every smaller one.
 * @returns how many; fewer than `MOST_NEWS`: there are no more for now
 */
export async function tellNews(pool: Pool, office: OfficeId): Promise<number> {
  return await withOffice(pool, office, async (tx) => {
    const last = await lockHead(tx);
    const fresh = await tx.query<Fresh>(
      'fresh_news',
      `SELECT n.stream, n.stream_id, n.seq, r.at, r.bytes FROM news n JOIN record r USING (office_id, stream, stream_id, seq)
         WHERE n.office_id = $1 AND n.n IS NULL ORDER BY n.stream, n.stream_id, n.seq LIMIT $2`,
      [office, MOST_NEWS],
    );
    if (fresh.length === 0) return 0;
    await number(tx, last, fresh);
    await store(tx, await noticesOf(tx, last, fresh));
    await tx.query('news_last', 'UPDATE news_head SET last = $2 WHERE office_id = $1', [office, last + fresh.length]);
    await tx.query('forget_news', 'DELETE FROM news WHERE office_id = $1 AND n <= $2', [office, last - NEWS_KEPT]);
    return fresh.length;
  });
}

/** Of two that tell at once one waits, and finds nothing left to tell. */
async function lockHead(tx: OfficeTransaction): Promise<number> {
  await tx.query(
    'news_begin',
    'INSERT INTO news_head (office_id, last) VALUES ($1, 0) ON CONFLICT (office_id) DO NOTHING',
    [tx.office],
  );
  const [head] = await tx.query<{ last: number }>(
    'news_lock',
    'SELECT last FROM news_head WHERE office_id = $1 FOR UPDATE',
    [tx.office],
  );
  if (!head) throw new Error('the news have no head');
  return head.last;
}

async function number(tx: OfficeTransaction, last: number, fresh: Fresh[]): Promise<void> {
  await tx.query(
    'number_news',
    `UPDATE news SET n = v.n, place = v.place FROM unnest($2::text[], $3::text[], $4::int[], $5::bigint[], $6::text[]) AS v(stream, id, seq, n, place)
       WHERE news.office_id = $1 AND news.stream = v.stream AND news.stream_id = v.id AND news.seq = v.seq`,
    [
      tx.office,
      fresh.map(({ stream }) => stream),
      fresh.map(({ stream_id }) => stream_id),
      fresh.map(({ seq }) => seq),
      fresh.map((_, index) => last + index + 1),
      fresh.map(({ stream, bytes }) => (stream === 'office' ? null : (JSON.parse(bytes) as Said).to)),
    ],
  );
}

/** One person told of one thing. */
interface Notice {
  user: string;
  n: number;
  kind: string;
  subject: string;
  record: Fresh;
}

/** Never to whoever did it. */
async function noticesOf(tx: OfficeTransaction, last: number, fresh: Fresh[]): Promise<Notice[]> {
  const known = await readKnown(tx, fresh);
  const audiences = new Map<string, Promise<string[]>>();
  const found: Notice[] = [];
  for (const [index, record] of fresh.entries()) {
    const said = JSON.parse(record.bytes) as Said;
    for (const { kind, subject, to } of await toldOf(tx, record, said, known)) {
      const whom = JSON.stringify(to);
      const asked = audiences.get(whom) ?? audience(tx, to);
      audiences.set(whom, asked);
      for (const user of await asked)
        if (user !== said.actor.id) found.push({ user, n: last + index + 1, kind, subject, record });
    }
  }
  return found;
}

/** Once for each person, record and kind, however often the record is told. */
async function store(tx: OfficeTransaction, notices: Notice[]): Promise<void> {
  if (notices.length === 0) return;
  const column = <Value>(of: (notice: Notice) => Value): Value[] => notices.map(of);
  await tx.query(
    'tell',
    `INSERT INTO notice (office_id, user_id, n, kind, subject, stream, stream_id, seq, at)
       SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::bigint[])
       ON CONFLICT DO NOTHING`,
    [
      tx.office,
      column(({ user }) => user),
      column(({ n }) => n),
      column(({ kind }) => kind),
      column(({ subject }) => subject),
      column(({ record }) => record.stream),
      column(({ record }) => record.stream_id),
      column(({ record }) => record.seq),
      column(({ record }) => record.at),
    ],
  );
}

interface KnownItem {
  id: string;
  hash: string;
  unit: string | null;
  drawn: string | null;
}
interface KnownRequest {
  item: string;
  id: string;
  command: CommandName;
  by: string;
}
interface KnownTask {
  item: string;
  id: string;
  kind: Task['kind'];
  unit: string;
}
interface Known {
  items: Map<string, KnownItem>;
  requests: KnownRequest[];
  tasks: KnownTask[];
}

/** What the items are now: whoever handles one when people are told is who has to act. */
async function readKnown(tx: OfficeTransaction, fresh: Fresh[]): Promise<Known> {
  const ids = [...new Set(fresh.map(({ stream_id }) => stream_id))];
  const items = await tx.query<KnownItem>(
    'news_items',
    'SELECT id, definition_hash AS hash, unit_id AS unit, drawn_to AS drawn FROM item WHERE office_id = $1 AND id = ANY($2)',
    [tx.office, ids],
  );
  const requests = await tx.query<KnownRequest>(
    'news_requests',
    'SELECT item_id AS item, id, command, asked_by AS by FROM request WHERE office_id = $1 AND item_id = ANY($2)',
    [tx.office, ids],
  );
  const tasks = await tx.query<KnownTask>(
    'news_tasks',
    'SELECT item_id AS item, id, kind, unit_id AS unit FROM task WHERE office_id = $1 AND item_id = ANY($2)',
    [tx.office, ids],
  );
  return {
    items: new Map(items.map((item) => [item.id, item])),
    requests,
    tasks,
  };
}

async function toldOf(tx: OfficeTransaction, record: Fresh, said: Said, known: Known): Promise<Told[]> {
  if (record.stream === 'office') return await officeTold(tx, record.bytes);
  const item = known.items.get(record.stream_id);
  if (!item) return [];
  const { plan } = await planOf(tx, item.hash);
  return itemNotices(
    { from: said.from, to: said.to, events: said.data.events },
    {
      plan,
      unit: item.unit === null ? null : unitId(item.unit),
      drawn: item.drawn === null ? null : userId(item.drawn),
      tasks: known.tasks
        .filter((task) => task.item === item.id)
        .map(({ id, kind, unit }) => ({ id, kind, unit: unitId(unit) })),
      requests: known.requests
        .filter((request) => request.item === item.id)
        .map(({ id, command, by }) => ({ id, command, askedBy: userId(by) })),
    },
  );
}

async function officeTold(tx: OfficeTransaction, bytes: string): Promise<Told[]> {
  const news = JSON.parse(bytes) as OfficeNews; // office-stream.ts wrote it
  const [request] = await tx.query<{ by: string }>(
    'news_access_request',
    'SELECT asked_by AS by FROM access_request WHERE office_id = $1 AND id = $2',
    [tx.office, news.data['request'] ?? null],
  );
  return officeNotices(news, request ? userId(request.by) : null);
}

/** A grant for the whole office counts for every unit. */
async function audience(tx: OfficeTransaction, to: Audience): Promise<string[]> {
  if ('user' in to) return [to.user];
  const rows = await tx.query<{ id: string }>(
    'holders',
    `SELECT DISTINCT user_id AS id FROM role_grant WHERE office_id = $1 AND role = ANY($2)
       AND valid_from <= office_now() AND (valid_to IS NULL OR valid_to > office_now())
       AND ($3::text IS NULL OR unit_id IS NULL OR unit_id = $3) ORDER BY 1`,
    [tx.office, to.roles, to.at ?? null],
  );
  return rows.map(({ id }) => id);
}
