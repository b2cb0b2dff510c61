import { z } from 'zod';
import { commands } from '../../domain/commands/vocabulary.ts';
import type { UserId } from '../../domain/ids.ts';
import type { Action } from '../../domain/process/actions.ts';
import { besides, labelOf } from '../../domain/process/labels.ts';
import { placeOf } from '../../domain/process/state.ts';
import { formatInstant, instant, parseInstant } from '../../domain/time.ts';
import { type LoadedItem, loadItems } from '../../record/load-item.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { OfficeKey } from '../../record/seal.ts';
import { openTexts } from '../../record/texts.ts';
import type { InboxPage, ReadInbox } from '../contract/inbox.ts';
import { id as itemId } from '../contract/values.ts';
import { page, readCursor } from '../cursor.ts';
import { labelName } from '../words/labels.ts';
import { type Language, say } from '../words/say.ts';
import { advise, createAsker } from './advice.ts';
import { stateTitles, type StateTitles, titleIn } from './definitions.ts';
import { grantsNow, scopeOf } from './reading.ts';
import { slotsOf, type Slots } from './slots.ts';

type Query = z.output<typeof ReadInbox>;
type Line = z.output<typeof InboxPage>['items'][number];

/** Where a page ends: the due instant, last where there is none, then the id. */
const place = z.tuple([z.int().nullable(), itemId]);

interface Found {
  id: string;
  due: number | null;
  because: Line['because'];
}

/** What waits for somebody, the most urgent first, each with what they may do. Only the page itself is judged. */
export async function readInbox(
  tx: OfficeTransaction,
  key: OfficeKey,
  user: UserId,
  query: Query,
  language: Language,
): Promise<z.output<typeof InboxPage>> {
  const grants = await grantsNow(tx, user, tx.beganAt);
  const own = scopeOf(grants) === 'own';
  const slots = await slotsOf(tx, own ? { ...query, view: 'all' } : query, grants);
  const found = own ? await findOwn(tx, user, slots, query) : await find(tx, user, slots, query);
  const { items, next } = page(found, query.limit, ({ due, id }) => [due, id]);
  const loaded = new Map(
    (
      await loadItems(
        tx,
        items.map(({ id }) => id),
      )
    ).map((item) => [item.id as string, item]),
  );
  const details = await detailsOf(
    tx,
    key,
    items.map(({ id }) => id),
  );
  const asker = createAsker(tx, user, grants, tx.beganAt);
  const lines: Line[] = [];
  for (const each of items) {
    const [item, detail] = [loaded.get(each.id), details.get(each.id)];
    if (!item || !detail) throw new Error('a case has no detail');
    const states = await stateTitles(tx, item.planHash);
    lines.push(line(each, item, detail, states, await advise(tx, asker, item), language));
  }
  return { items: lines, next };
}

/** What every source is asked for: the filters, what lies after the cursor, and no more than a page and one. */
const WANTED = `($2::bigint IS NULL OR due_at < $2) AND ($3::text IS NULL OR unit_id = $3)
  AND ($5::text IS NULL OR CASE WHEN $4::bigint IS NULL THEN due_at IS NULL AND id > $5
    ELSE due_at > $4 OR (due_at = $4 AND id > $5) OR due_at IS NULL END)`;
const WANTED_OF_ITEM = WANTED.replaceAll(/\b(due_at|unit_id|id)\b/g, 'i.$1');
const FIRST = 'ORDER BY due_at, id LIMIT $6';

/** Each source reads a few rows of each of its places in the order of an index; stuck steps and open requests are few. */
const SOURCES = `SELECT id, due_at AS due, array_agg(DISTINCT why) FILTER (WHERE why <> '') AS because FROM (
  SELECT i.id, i.due_at, $8::text AS why FROM jsonb_to_recordset($9) AS s(hash text, stage text, place text) CROSS JOIN LATERAL (
    SELECT id, due_at FROM item WHERE office_id = $1 AND stage = s.stage AND place = s.place AND definition_hash = s.hash AND ${WANTED} ${FIRST}) AS i
  UNION ALL SELECT i.id, i.due_at, $8::text FROM jsonb_to_recordset($10) AS s(hash text, place text, unit text) CROSS JOIN LATERAL (
    SELECT id, due_at FROM item WHERE office_id = $1 AND unit_id = s.unit AND place = s.place AND definition_hash = s.hash AND ${WANTED} ${FIRST}) AS i
  UNION ALL SELECT i.id, i.due_at, 'drawn' FROM jsonb_to_recordset($11) AS s(hash text, place text) CROSS JOIN LATERAL (
    SELECT id, due_at FROM item WHERE office_id = $1 AND drawn_to = $7 AND place = s.place AND definition_hash = s.hash AND ${WANTED} ${FIRST}) AS i
  UNION ALL SELECT i.id, i.due_at, 'stuck' FROM jsonb_to_recordset($12) AS s(hash text, place text, step text, unit text)
    JOIN stuck k ON k.office_id = $1 AND k.step = s.step
    JOIN item i ON i.office_id = $1 AND i.id = k.item_id AND i.place = s.place AND i.definition_hash = s.hash AND (s.unit IS NULL OR i.unit_id = s.unit)
    WHERE ${WANTED_OF_ITEM}
  UNION ALL SELECT i.id, i.due_at, 'request' FROM request r JOIN item i ON i.office_id = $1 AND i.id = r.item_id
    WHERE r.office_id = $1 AND r.outcome IS NULL AND r.asked_by <> $7 AND cardinality($13::text[]) > 0
      AND ($14::text IS NULL OR i.stage = $14) AND ($15::text IS NULL OR i.place = $15) AND EXISTS (
        SELECT 1 FROM jsonb_array_elements(i.state->'requests') AS q
          WHERE q->>'id' = r.id AND q->'by' ?| $13 AND NOT q->'granted' ? $7 AND NOT q->'barred' ? $7)
      AND ${WANTED_OF_ITEM}
  UNION ALL SELECT i.id, i.due_at, 'task' FROM jsonb_to_recordset($16) AS s(hash text, place text, kind text, unit text)
    JOIN task t ON t.office_id = $1 AND NOT t.answered AND t.kind = s.kind AND (s.unit IS NULL OR t.unit_id = s.unit)
    JOIN item i ON i.office_id = $1 AND i.id = t.item_id AND i.place = s.place AND i.definition_hash = s.hash
    WHERE ${WANTED_OF_ITEM}
  ) AS found GROUP BY id, due_at ${FIRST}`;

async function find(tx: OfficeTransaction, user: UserId, slots: Slots, query: Query): Promise<Found[]> {
  const rows = await tx.query<Omit<Found, 'because'> & { because: Found['because'] | null }>('api_inbox', SOURCES, [
    ...wanted(tx, query),
    user,
    query.view === 'me' ? 'step' : '',
    JSON.stringify(slots.office),
    JSON.stringify(slots.unit),
    JSON.stringify(slots.drawn),
    JSON.stringify(slots.stuck),
    slots.roles,
    query.stage ?? null,
    query.state ?? null,
    JSON.stringify(slots.task),
  ]);
  return rows.map(({ because, ...row }) => ({ ...row, because: because ?? [] }));
}

/** Whoever brought cases in and does nothing else sees those that are not over, whatever the view. */
async function findOwn(tx: OfficeTransaction, user: UserId, slots: Slots, query: Query): Promise<Found[]> {
  const rows = await tx.query<Omit<Found, 'because'>>(
    'api_inbox_own',
    `SELECT id, due_at AS due FROM case_detail d JOIN item i ON i.office_id = d.office_id AND i.id = d.item_id
       WHERE d.office_id = $1 AND d.submitted_by = $7 AND place = ANY($8) AND ${WANTED} ${FIRST}`,
    [...wanted(tx, query), user, [...new Set(slots.office.map((slot) => slot.place))]],
  );
  return rows.map((row) => ({ ...row, because: [] }));
}

/** The first six values of both. */
function wanted(tx: OfficeTransaction, { due_before, unit, cursor, limit }: Query): unknown[] {
  const [due, id] = cursor === undefined ? [null, null] : readCursor(place, cursor);
  return [tx.office, due_before === undefined ? null : parseInstant(due_before), unit ?? null, due, id, limit + 1];
}

interface Detail {
  area: string;
  receivedAt: number;
  unit: string | null;
  title: string | null;
}

async function detailsOf(tx: OfficeTransaction, key: OfficeKey, ids: string[]): Promise<Map<string, Detail>> {
  const rows = await tx.query<{ id: string; area: string; received: number; unit: string | null }>(
    'api_inbox_details',
    `SELECT d.item_id AS id, d.area, d.received_at AS received, i.unit_id AS unit FROM case_detail d
       JOIN item i ON i.office_id = d.office_id AND i.id = d.item_id WHERE d.office_id = $1 AND d.item_id = ANY($2)`,
    [tx.office, ids],
  );
  const titles = new Map((await openTexts(tx, key, ids, ['title'])).map(({ owner, value }) => [owner, value]));
  return new Map(
    rows.map(({ id, area, received, unit }) => [
      id,
      { area, receivedAt: received, unit, title: titles.get(id) ?? null },
    ]),
  );
}

function line(
  { id, due, because }: Found,
  { code, plan, state }: LoadedItem,
  { area, receivedAt, unit, title }: Detail,
  states: StateTitles,
  actions: Action[],
  language: Language,
): Line {
  return {
    id,
    code,
    title,
    state: { id: state.at, title: titleIn(states, state.at) },
    stage: placeOf(plan, state).stage,
    labels: besides(state).map((beside) => ({ code: labelOf(beside), title: labelName(beside) })),
    area,
    unit,
    dueAt: due === null ? null : formatInstant(instant(due)),
    receivedAt: formatInstant(instant(receivedAt)),
    rev: state.rev,
    because,
    ...buttons(actions, states, language),
  };
}

function buttons(actions: Action[], states: StateTitles, language: Language): Pick<Line, 'allowed' | 'refused'> {
  return {
    allowed: actions.flatMap(({ command, allowed, to = '' }) =>
      allowed ? [{ command, title: commands[command].title, to }] : [],
    ),
    refused: actions.flatMap(({ command, refusal }) =>
      refusal
        ? [
            {
              command,
              title: commands[command].title,
              code: refusal.code,
              text: say(refusal.code, language, refusal.details, states),
            },
          ]
        : [],
    ),
  };
}
