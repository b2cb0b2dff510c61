import { z } from 'zod';
import { formatInstant, instant } from '../../domain/time.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { OfficeKey } from '../../record/seal.ts';
import { openTexts } from '../../record/texts.ts';
import type { ListOverrides, OverridePage } from '../contract/lists.ts';
import { id as commandId } from '../contract/values.ts';
import { page, readCursor } from '../cursor.ts';

type Page = z.output<typeof OverridePage>;
const place = z.tuple([z.int(), commandId]);

interface Row {
  id: string;
  item_id: string;
  code: string;
  rev: number;
  at: number;
  actor_id: string;
  role: string;
  bytes: string;
  outcome: Page['items'][number]['outcome'];
  decided_by: string | null;
}

/** Every override that anybody asked for (S7), the latest first: who, why, which rule, and what became of it. */
export async function readOverrides(
  tx: OfficeTransaction,
  key: OfficeKey,
  { cursor, limit }: z.output<typeof ListOverrides>,
): Promise<Page> {
  const [at, id] = cursor === undefined ? [null, null] : readCursor(place, cursor);
  const rows = await tx.query<Row>(
    'api_overrides',
    `SELECT c.id, c.item_id, i.code, c.rev, c.at, c.actor_id, c.role, r.bytes, q.outcome, q.decided_by
       FROM command c JOIN item i ON i.office_id = c.office_id AND i.id = c.item_id
         JOIN record r ON r.office_id = c.office_id AND r.command_id = c.id
         JOIN request q ON q.office_id = c.office_id AND q.item_id = c.item_id AND q.id = 'q' || c.rev
       WHERE c.office_id = $1 AND c.name = 'override' AND ($2::bigint IS NULL OR (c.at, c.id) < ($2, $3))
       ORDER BY c.at DESC, c.id DESC LIMIT $4`,
    [tx.office, at, id, limit + 1],
  );
  const { items, next } = page(rows, limit, (row) => [row.at, row.id]);
  const reasons = await openTexts(
    tx,
    key,
    items.map(({ item_id }) => item_id),
    ['reason'],
  );
  return {
    items: items.map((row) => ({
      item: row.item_id,
      code: row.code,
      rule: (JSON.parse(row.bytes) as Written).data.payload.rule,
      reason: reasons.find(({ owner, rev }) => owner === row.item_id && rev === row.rev)?.value ?? null,
      askedBy: row.actor_id,
      role: row.role,
      at: formatInstant(instant(row.at)),
      outcome: row.outcome,
      decidedBy: row.decided_by,
    })),
    next,
  };
}

/** The part of the record that is read here, as record/write.ts wrote it. */
interface Written {
  data: { payload: { rule: string } };
}
