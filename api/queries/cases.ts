import { z } from 'zod';
import { besideOf } from '../../domain/process/labels.ts';
import { formatInstant, instant, parseInstant } from '../../domain/time.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { type OfficeTransaction, withOffice } from '../../record/office.ts';
import type { OfficeKey } from '../../record/seal.ts';
import { openTexts } from '../../record/texts.ts';
import type { CasePage, ListCases } from '../contract/items.ts';
import { id as itemId } from '../contract/values.ts';
import { page, readCursor } from '../cursor.ts';
import type { Deps, Session } from '../deps.ts';
import { inOffice } from '../prisma.ts';
import { stateTitles, type StateTitles, titleIn } from './definitions.ts';
import { readingScope, type Scope } from './reading.ts';

type Filters = z.output<typeof ListCases>;
type Line = z.output<typeof CasePage>['items'][number];

/** Where a page ends: the due instant, last where there is none, then the id. */
const place = z.tuple([z.int().nullable(), itemId]);

const columns = {
  id: true,
  code: true,
  place: true,
  stage: true,
  unitId: true,
  dueAt: true,
  rev: true,
  definitionHash: true,
  caseDetailItems: { select: { area: true, receivedAt: true } },
} satisfies Prisma.ItemSelect;
type Row = Prisma.ItemGetPayload<{ select: typeof columns }>;

/** Cases that this person may read, the most urgent first. */
export async function listCases(deps: Deps, session: Session, filters: Filters): Promise<z.output<typeof CasePage>> {
  const { office, user } = session;
  const scope = await withOffice(deps.pool, office, async (tx) => await readingScope(tx, user));
  const rows = await inOffice(
    deps.prisma,
    office,
    async (tx) =>
      await tx.item.findMany({
        select: columns,
        where: where(session, scope, filters),
        orderBy: [{ dueAt: { sort: 'asc', nulls: 'last' } }, { id: 'asc' }],
        take: filters.limit + 1,
      }),
  );
  const { items, next } = page(rows, filters.limit, (row) => [numberOf(row.dueAt), row.id]);
  const key = await deps.store.keyOf(office);
  return { items: await withOffice(deps.pool, office, async (tx) => await inWords(tx, key, items)), next };
}

const numberOf = (value: bigint | null): number | null => (value === null ? null : Number(value));

function where({ office, user }: Session, scope: Scope, filters: Filters): Prisma.ItemWhereInput {
  const { stage, state, unit, due_before, cursor } = filters;
  return {
    officeId: office,
    kind: 'case',
    ...(stage ? { stage } : {}),
    ...(state ? standsIn(state) : {}),
    ...(unit ? { unitId: unit } : {}),
    ...(scope === 'own' ? { caseDetailItems: { submittedBy: user } } : {}),
    AND: [
      due_before ? { dueAt: { lt: parseInstant(due_before) } } : {},
      cursor === undefined ? {} : after(readCursor(place, cursor)),
    ],
  };
}

/** A label names something beside the place; whatever is no label is a place. */
function standsIn(state: string): Prisma.ItemWhereInput {
  const beside = besideOf(state);
  return beside === undefined ? { place: state } : { beside: { has: beside } };
}

function after([due, id]: z.output<typeof place>): Prisma.ItemWhereInput {
  if (due === null) return { dueAt: null, id: { gt: id } };
  return { OR: [{ dueAt: { gt: due } }, { dueAt: due, id: { gt: id } }, { dueAt: null }] };
}

/** Titles are sealed; a list opens those that it shows. */
async function inWords(tx: OfficeTransaction, key: OfficeKey, rows: Row[]): Promise<Line[]> {
  const ids = rows.map(({ id }) => id);
  const titles = Object.fromEntries(
    (await openTexts(tx, key, ids, ['title'])).map(({ owner, value }) => [owner, value]),
  );
  const lines: Line[] = [];
  for (const row of rows) lines.push(line(row, titles[row.id] ?? null, await stateTitles(tx, row.definitionHash)));
  return lines;
}

function line(row: Row, title: string | null, states: StateTitles): Line {
  const { id, code, rev, dueAt, unitId, caseDetailItems: detail } = row;
  if (!detail) throw new Error('a case has no detail');
  return {
    id,
    code,
    title,
    state: { id: row.place, title: titleIn(states, row.place) },
    stage: row.stage as Line['stage'], // written from the plan's own stages
    area: detail.area,
    unit: unitId,
    dueAt: dueAt === null ? null : formatInstant(instant(Number(dueAt))),
    receivedAt: formatInstant(instant(Number(detail.receivedAt))),
    rev,
  };
}
