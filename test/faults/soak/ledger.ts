import type { Pool } from 'pg';
import type { Ask, Reply } from '../http.ts';

/** One command as its sender knows it: what was asked, and everything that was heard of it. */
export interface Entry {
  client: number;
  ask: Ask & { key: string };
  heard: Reply[];
  /** What `GET /v1/commands` said of it, when the answer itself was lost. */
  told?: string;
  /** Entries of one name were sent at the same moment with the same `If-Match`. */
  race?: string;
}

/** What all clients did and heard, kept outside the system that is under test. */
export interface Ledger {
  entries: Entry[];
  /** What a client saw that must not be: kept as soon as it was seen. */
  seen: string[];
}

export const isApplied = (reply: Reply): reply is Exclude<Reply, { lost: string }> =>
  !('lost' in reply) && reply.status >= 200 && reply.status < 300;

/** Nobody knows what became of it: the same may be asked again with the same key. */
export const isUnknown = (reply: Reply): boolean => 'lost' in reply || reply.status >= 500 || reply.status === 429;

export interface Verdict {
  /** Answered with success, and not in the records with the same bytes. */
  lost: string[];
  /** Applied more than once, or answered in two ways. */
  doubled: string[];
  /** Everything else that contradicts what was heard. */
  otherwise: string[];
}

interface Row {
  actor: string;
  key: string;
  answer: string;
  records: number;
}

const nameOf = ({ user, key }: { user: string; key: string }): string => `${user} ${key}`;

/** Compares what was heard with what the records say. */
export async function verdict({ entries, seen }: Ledger, admin: Pool): Promise<Verdict> {
  const { rows } = await admin.query<Row>(
    `SELECT c.actor_id AS actor, c.key, c.answer,
       (SELECT count(*) FROM record r WHERE r.office_id = c.office_id AND r.command_id = c.id)::int AS records
     FROM command c WHERE c.role <> 'system'`,
  );
  const stored = new Map(rows.map((row) => [nameOf({ user: row.actor, key: row.key }), row]));
  const asked = new Set(entries.map(({ ask }) => nameOf(ask)));
  return {
    lost: entries.flatMap((entry) => lostIn(entry, stored.get(nameOf(entry.ask)))),
    doubled: [
      ...rows.filter(({ records }) => records !== 1).map(({ actor, key }) => `${actor} ${key} has not one record`),
      ...(stored.size === rows.length ? [] : ['a key was applied twice']),
      ...entries.filter(({ heard }) => answersOf(heard).size > 1).map(({ ask }) => `${nameOf(ask)} had two answers`),
      ...racesWonTwice(entries, stored),
    ],
    otherwise: [
      ...seen,
      ...rows
        .filter(({ actor, key }) => !asked.has(nameOf({ user: actor, key })))
        .map(({ key }) => `nobody asked ${key}`),
      ...entries
        .filter(({ ask, heard }) => wasRefused(heard) && stored.has(nameOf(ask)))
        .map(({ ask }) => `${nameOf(ask)} was refused and applied`),
      ...entries.flatMap(({ ask, heard }) => unexpected(heard).map((what) => `${ask.path}: ${what}`)),
    ],
  };
}

const answersOf = (heard: Reply[]): Set<string> => new Set(heard.filter(isApplied).map(({ bytes }) => bytes));

/** A receipt is made anew for every answer, and stored nowhere: two answers of one command are compared with it, the record without. */
export function storedOf(bytes: string): string {
  const { receipt: _receipt, ...answer } = JSON.parse(bytes) as { receipt?: object };
  return JSON.stringify(answer);
}

function lostIn({ ask, heard, told }: Entry, row: Row | undefined): string[] {
  const answers = [...answersOf(heard), ...(told === undefined ? [] : [told])];
  if (answers.length === 0) return [];
  if (!row) return [`${nameOf(ask)} was answered and is not there`];
  return answers
    .filter((bytes) => storedOf(bytes) !== row.answer)
    .map((bytes) => `${nameOf(ask)}: answered ${bytes}, stored ${row.answer}`);
}

/** Invariant 15: of commands with the same If-Match, sent at once, one is applied at most. */
function racesWonTwice(entries: Entry[], stored: Map<string, Row>): string[] {
  const races = new Map<string, number>();
  for (const { race, ask } of entries)
    if (race !== undefined && stored.has(nameOf(ask))) races.set(race, (races.get(race) ?? 0) + 1);
  return [...races].filter(([, won]) => won > 1).map(([race]) => `both of ${race} were applied`);
}

/** An earlier try of which nothing was heard may be applied after a later one was refused. */
const wasRefused = (heard: Reply[]): boolean =>
  heard.length > 0 && !heard.some((reply) => isUnknown(reply) || isApplied(reply));

/** Away or busy is told as 503; any other failure of the server is a bug. */
function unexpected(heard: Reply[]): string[] {
  return heard.flatMap((reply) =>
    'lost' in reply || reply.status < 500 || reply.status === 503
      ? []
      : [`${reply.status} ${reply.bytes.slice(0, 200)}`],
  );
}

/** How often each outcome was heard: `applied`, `replayed`, the code of a problem, or `no answer`. */
export function outcomes({ entries }: Ledger): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { heard } of entries)
    for (const reply of heard) {
      const name = outcomeOf(reply);
      counts[name] = (counts[name] ?? 0) + 1;
    }
  return Object.fromEntries(Object.entries(counts).sort(([, a], [, b]) => b - a));
}

function outcomeOf(reply: Reply): string {
  if ('lost' in reply) return 'no answer';
  if (reply.status < 300) return reply.replayed ? 'replayed' : 'applied';
  try {
    return (JSON.parse(reply.bytes) as { code: string }).code; // problem+json
  } catch {
    return String(reply.status);
  }
}
