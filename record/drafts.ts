import { randomUUID } from 'node:crypto';
import type { Catalogue } from '../domain/catalogue.ts';
import type { Calendar } from '../domain/clock/calendar.ts';
import { type Draft, type DraftKind, type DraftOutcome, judgeDraft, outdated } from '../domain/draft.ts';
import { userId, type UserId } from '../domain/ids.ts';
import { refusal, type Refusal } from '../domain/refusals.ts';
import { type Instant, instant } from '../domain/time.ts';
import { canonical } from '../proof/canonical.ts';
import { sha256 } from '../proof/record.ts';
import { applyToRunning, storeCalendar } from './calendars.ts';
import { storeCatalogue } from './catalogues.ts';
import type { OfficeTransaction } from './office.ts';
import { type Changed, done, type OfficeChange, refused } from './people/change.ts';

/** What is asked to be published: the whole next version, whose number is one more than that of its base. */
export type Content = { kind: 'calendar'; version: Calendar } | { kind: 'catalogue'; version: Catalogue };

export interface StoredDraft extends Draft {
  id: string;
  sha256: string;
  askedAt: Instant;
  decided: { by: UserId; at: Instant } | null;
}

/** The number of the version in force; 0 where the office has none. */
export async function versionInForce(tx: OfficeTransaction, kind: DraftKind): Promise<number> {
  const [row] =
    kind === 'calendar'
      ? await tx.query<{ version: number }>(
          'calendar_in_force',
          'SELECT coalesce(max(version), 0) AS version FROM calendar WHERE office_id = $1',
          [tx.office],
        )
      : await tx.query<{ version: number }>(
          'catalogue_in_force',
          'SELECT coalesce(max(version), 0) AS version FROM catalogue WHERE office_id = $1',
          [tx.office],
        );
  return row?.version ?? 0;
}

interface Row {
  id: string;
  kind: DraftKind;
  base: number;
  sha256: string;
  asked_by: string;
  asked_at: number;
  decided_by: string | null;
  decided_at: number | null;
  outcome: DraftOutcome | null;
  content: string;
}

function storedFrom({ id, kind, base, sha256: digest, outcome, ...row }: Omit<Row, 'content'>): StoredDraft {
  const decided =
    row.decided_by === null || row.decided_at === null
      ? null
      : { by: userId(row.decided_by), at: instant(row.decided_at) };
  return {
    id,
    kind,
    base,
    sha256: digest,
    askedBy: userId(row.asked_by),
    askedAt: instant(row.asked_at),
    outcome,
    decided,
  };
}

const COLUMNS = 'id, kind, base, sha256, asked_by, asked_at, decided_by, decided_at, outcome';

/** @returns undefined when the office has no such draft */
export async function findDraft(
  tx: OfficeTransaction,
  id: string,
): Promise<{ draft: StoredDraft; content: string } | undefined> {
  const [row] = await tx.query<Row>('draft', `SELECT ${COLUMNS}, content FROM draft WHERE office_id = $1 AND id = $2`, [
    tx.office,
    id,
  ]);
  return row ? { draft: storedFrom(row), content: row.content } : undefined;
}

/** Those that wait for a second person, in the order in which they were asked for. */
export async function openDrafts(tx: OfficeTransaction, kind: DraftKind): Promise<StoredDraft[]> {
  const rows = await tx.query<Omit<Row, 'content'>>(
    'open_drafts',
    `SELECT ${COLUMNS} FROM draft WHERE office_id = $1 AND kind = $2 AND outcome IS NULL ORDER BY asked_at, id`,
    [tx.office, kind],
  );
  return rows.map(storedFrom);
}

/** Asks for a version to be published; the same question by the same person is the same draft. */
export async function askDraft(
  { tx, at, by, tell }: OfficeChange,
  { kind, version }: Content,
): Promise<Changed<StoredDraft>> {
  const base = version.version - 1;
  const late = outdated({ base }, await versionInForce(tx, kind));
  if (late) return refused(late);
  const missing = kind === 'catalogue' ? await unknownIn(tx, version) : undefined;
  if (missing) return refused(missing);
  const content = canonical(version);
  const digest = sha256(content);
  const [open] = (await openDrafts(tx, kind)).filter((one) => one.sha256 === digest && one.askedBy === by.user);
  if (open) return done(open);
  const id = randomUUID();
  await tx.query(
    'ask_draft',
    'INSERT INTO draft (office_id, id, kind, base, content, sha256, asked_by, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
    [tx.office, id, kind, base, content, digest, by.user, at],
  );
  await tell(`${kind}-asked`, { draft: id, base, sha256: digest });
  return done({ id, kind, base, sha256: digest, askedBy: by.user, askedAt: at, outcome: null, decided: null });
}

/** Units and teams that a catalogue names must be those of the office. */
async function unknownIn(tx: OfficeTransaction, { entries }: Catalogue): Promise<Refusal | undefined> {
  const teams = entries.flatMap(({ team }) => (team === undefined ? [] : [team]));
  const [unit] = await tx.query<{ id: string }>(
    'units_unknown',
    'SELECT id FROM unnest($2::text[]) AS id WHERE id NOT IN (SELECT id FROM unit WHERE office_id = $1) LIMIT 1',
    [tx.office, entries.map((entry) => entry.unit)],
  );
  if (unit) return refusal('unknown-unit', { unit: unit.id });
  const [team] = await tx.query<{ id: string }>(
    'teams_unknown',
    'SELECT id FROM unnest($2::text[]) AS id WHERE id NOT IN (SELECT id FROM team WHERE office_id = $1) LIMIT 1',
    [tx.office, teams],
  );
  return team ? refusal('unknown-team', { team: team.id }) : undefined;
}

/** A second person publishes a draft or refuses it; whoever repeats their own decision is told that it stands. */
export async function decideDraft(
  { tx, at, by, tell }: OfficeChange,
  { draft, content }: { draft: StoredDraft; content: string },
  outcome: DraftOutcome,
): Promise<Changed<StoredDraft>> {
  const { id, kind, base } = draft;
  if (draft.outcome === outcome && draft.decided?.by === by.user) return done(draft);
  const refuses = judgeDraft(draft, by.user, outcome, await versionInForce(tx, kind));
  if (refuses) return refused(refuses);
  await tx.query(
    'decide_draft',
    'UPDATE draft SET decided_by = $3, decided_at = $4, outcome = $5 WHERE office_id = $1 AND id = $2',
    [tx.office, id, by.user, at, outcome],
  );
  if (outcome === 'published') await publish(tx, kind, content);
  await tell(`${kind}-${outcome}`, { draft: id, version: base + 1, sha256: draft.sha256, askedBy: draft.askedBy });
  return done({ ...draft, outcome, decided: { by: by.user, at } });
}

async function publish(tx: OfficeTransaction, kind: DraftKind, content: string): Promise<void> {
  if (kind === 'catalogue') return await storeCatalogue(tx, JSON.parse(content) as Catalogue); // validated before it was asked for
  const calendar = JSON.parse(content) as Calendar; // as above
  await storeCalendar(tx, calendar);
  await applyToRunning(tx, calendar.version);
}
