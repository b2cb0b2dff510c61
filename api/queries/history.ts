import { z } from 'zod';
import { commands, isCommandName } from '../../domain/commands/vocabulary.ts';
import type { ItemId, UserId } from '../../domain/ids.ts';
import { formatInstant, instant } from '../../domain/time.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { OfficeKey } from '../../record/seal.ts';
import { type OpenText, openTexts } from '../../record/texts.ts';
import type { History, ReadHistory } from '../contract/items.ts';
import { page, readCursor } from '../cursor.ts';
import { shown } from '../mask.ts';
import type { ReadableCase } from './reading.ts';

type Page = z.output<typeof History>;
const place = z.tuple([z.int()]);

interface Row {
  seq: number;
  name: string;
  at: number;
  received_at: number;
  actor_id: string;
  role: string;
  hash: string;
  prev: string;
  bytes: string;
}

/** The records of a case in order, with the words that came along. */
export async function readHistory(
  tx: OfficeTransaction,
  key: OfficeKey,
  reader: UserId,
  readable: ReadableCase,
  { cursor, limit }: z.output<typeof ReadHistory>,
): Promise<Page> {
  const { item, scope } = readable;
  const [after] = cursor === undefined ? [0] : readCursor(place, cursor);
  const rows = await tx.query<Row>(
    'api_history',
    `SELECT r.seq, c.name, r.at, c.received_at, c.actor_id, c.role, r.hash, r.prev, r.bytes
       FROM record r JOIN command c ON c.office_id = r.office_id AND c.id = r.command_id
       WHERE r.office_id = $1 AND r.stream = $2 AND r.stream_id = $3 AND r.seq > $4 ORDER BY r.seq LIMIT $5`,
    [tx.office, item.kind, item.id, after, limit + 1],
  );
  const texts = await openTexts(tx, key, [item.id], null);
  const { items, next } = page(rows, limit, ({ seq }) => [seq]);
  return {
    items: items.map((row) => {
      const own = row.actor_id === reader;
      const said = texts.filter(({ rev, name }) => rev === row.seq && (scope === 'all' || own || name !== PRIVATE));
      return view(row, said);
    }),
    next,
  };
}

/** What handlers note for each other; residents read reasons and results. */
const PRIVATE = 'note';

/** The part of a record that is read here, as record/write.ts wrote it. */
interface Written {
  from: string | null;
  to: string;
  actor: { for: string | null };
}

function view(row: Row, said: OpenText[]): Page['items'][number] {
  const { from, to, actor } = JSON.parse(row.bytes) as Written;
  return {
    seq: row.seq,
    type: row.name,
    title: isCommandName(row.name) ? commands[row.name].title : { zh: row.name, en: row.name },
    at: formatInstant(instant(row.at)),
    receivedAt: formatInstant(instant(row.received_at)),
    actor: { id: row.actor_id, role: row.role, for: actor.for },
    from,
    to,
    texts: Object.fromEntries(said.map(({ name, value }) => [name, shown(name, value)])),
    hash: row.hash,
    prev: row.prev,
    bytes: row.bytes,
  };
}

/** What happened to a case since a revision, for somebody whose page is older than it. */
export async function changesSince(
  tx: OfficeTransaction,
  id: ItemId,
  rev: number,
): Promise<{ seq: number; type: string; actor: { role: string }; at: string }[]> {
  const rows = await tx.query<{ rev: number; name: string; role: string; at: number }>(
    'api_changes',
    'SELECT rev, name, role, at FROM command WHERE office_id = $1 AND item_id = $2 AND rev > $3 ORDER BY rev LIMIT 100',
    [tx.office, id, rev],
  );
  return rows.map(({ rev: seq, name, role, at }) => ({
    seq,
    type: name,
    actor: { role },
    at: formatInstant(instant(at)),
  }));
}
