import type { z } from 'zod';
import type { Catalogue, CatalogueEntry } from '../../domain/catalogue.ts';
import type { Calendar } from '../../domain/clock/calendar.ts';
import { formatInstant } from '../../domain/time.ts';
import { calendarOf } from '../../record/calendars.ts';
import { openDrafts, type StoredDraft, versionInForce } from '../../record/drafts.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type {
  CalendarView,
  Calendars,
  Catalogues,
  CatalogueView,
  DraftContent,
  DraftView,
} from '../contract/versions.ts';
import { Problem } from '../problem.ts';

export function viewDraft({
  id,
  kind,
  base,
  sha256,
  askedBy,
  askedAt,
  outcome,
  decided,
}: StoredDraft): z.output<typeof DraftView> {
  return {
    id,
    kind,
    base,
    sha256,
    askedBy,
    askedAt: formatInstant(askedAt),
    outcome,
    decidedBy: decided?.by ?? null,
    decidedAt: decided ? formatInstant(decided.at) : null,
  };
}

export function viewDraftContent(draft: StoredDraft, content: string): z.output<typeof DraftContent> {
  const shown = { draft: viewDraft(draft) };
  if (draft.kind === 'calendar') return { ...shown, calendar: viewCalendar(JSON.parse(content) as Calendar) }; // validated before it was stored
  return { ...shown, catalogue: viewCatalogue(JSON.parse(content) as Catalogue) }; // as above
}

const two = (value: number): string => String(value).padStart(2, '0');
const clockTime = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

function viewCalendar({ version, hours, years }: Calendar): z.output<typeof CalendarView> {
  return { version, hours: hours.map(({ from, to }) => ({ from: clockTime(from), to: clockTime(to) })), years };
}

const viewCatalogue = (catalogue: Catalogue): z.output<typeof CatalogueView> => ({
  ...catalogue,
  entries: catalogue.entries.map((entry) => ({ ...entry, limits: { ...entry.limits } })),
});

export async function listCalendars(tx: OfficeTransaction): Promise<z.output<typeof Calendars>> {
  const rows = await tx.query<{ content: string; done: boolean | null; corrected: number | null }>(
    'api_calendars',
    `SELECT c.content, r.done, r.corrected FROM calendar c
       LEFT JOIN calendar_run r ON r.office_id = c.office_id AND r.version = c.version
       WHERE c.office_id = $1 ORDER BY c.version DESC`,
    [tx.office],
  );
  return {
    inForce: await versionInForce(tx, 'calendar'),
    versions: rows.map(({ content, done, corrected }) => {
      const { version, years } = JSON.parse(content) as Calendar; // validated before it was stored
      const applied = done === null ? null : { done, corrected: corrected ?? 0 };
      return { version, years: years.map(({ year, published }) => ({ year, published })), applied };
    }),
    drafts: (await openDrafts(tx, 'calendar')).map(viewDraft),
  };
}

/** @throws Problem when the office has no such version */
export async function readCalendar(tx: OfficeTransaction, version: number): Promise<z.output<typeof CalendarView>> {
  const calendar = await calendarOf(tx, version);
  if (!calendar) throw new Problem('calendar-not-found');
  return viewCalendar(calendar);
}

export async function listCatalogues(tx: OfficeTransaction): Promise<z.output<typeof Catalogues>> {
  const versions = await tx.query<{ version: number; system: string; entries: number }>(
    'api_catalogues',
    `SELECT c.version, c.system, count(e.code)::int AS entries FROM catalogue c
       LEFT JOIN catalogue_entry e ON e.office_id = c.office_id AND e.version = c.version
       WHERE c.office_id = $1 GROUP BY c.version, c.system ORDER BY c.version DESC`,
    [tx.office],
  );
  const drafts = (await openDrafts(tx, 'catalogue')).map(viewDraft);
  return { inForce: await versionInForce(tx, 'catalogue'), versions, drafts };
}

/** @throws Problem when the office has no such version */
export async function readCatalogue(tx: OfficeTransaction, version: number): Promise<z.output<typeof CatalogueView>> {
  const rows = await tx.query<{ system: string; content: string }>(
    'api_catalogue',
    `SELECT c.system, e.content FROM catalogue c JOIN catalogue_entry e ON e.office_id = c.office_id AND e.version = c.version
       WHERE c.office_id = $1 AND c.version = $2 ORDER BY e.position`,
    [tx.office, version],
  );
  const [first] = rows;
  if (!first) throw new Problem('catalogue-not-found');
  const entries = rows.map(({ content }) => JSON.parse(content) as CatalogueEntry); // validated before it was stored
  return viewCatalogue({ version, system: first.system, entries });
}
