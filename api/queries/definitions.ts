import type { Definition, Text } from '../../domain/process/definition.ts';
import type { OfficeTransaction } from '../../record/office.ts';

/** The words of a definition: what its states are called. */
export type StateTitles = Readonly<Record<string, Text>>;

// A published definition never changes, so what was read once is true for ever; an office has few versions in use.
const known = new Map<string, StateTitles>();
const LIMIT = 500;

/** Titles of the states of a published version. @throws Error when the office has no such version */
export async function stateTitles(tx: OfficeTransaction, hash: string): Promise<StateTitles> {
  const key = `${tx.office}/${hash}`;
  const found = known.get(key);
  if (found) return found;
  const [row] = await tx.query<{ definition: string }>(
    'api_definition',
    'SELECT definition FROM definition_version WHERE office_id = $1 AND hash = $2',
    [tx.office, hash],
  );
  if (!row) throw new Error(`the office has no definition version ${hash}`);
  const { states } = JSON.parse(row.definition) as Definition; // compiled before it was stored
  const titles = Object.fromEntries(states.map(({ id, title }) => [id, title]));
  if (known.size >= LIMIT) known.clear();
  known.set(key, titles);
  return titles;
}

export function titleIn(states: StateTitles, id: string): Text {
  return states[id] ?? { zh: id, en: id };
}
