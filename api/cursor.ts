import type { z } from 'zod';
import { Problem } from './problem.ts';

/** A place in a list that a client hands back unread: base64url of JSON. */
export function writeCursor(place: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @throws Problem cursor-invalid for anything that `writeCursor` has not made for such a list */
export function readCursor<Place>(schema: z.ZodType<Place>, cursor: string): Place {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new Problem('cursor-invalid');
  }
}

/** The first `limit` of `limit + 1` rows, and where the next page begins when there was one more. */
export function page<Row>(
  rows: Row[],
  limit: number,
  placeOf: (row: Row) => readonly (string | number | null)[],
): { items: Row[]; next: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? writeCursor(placeOf(last)) : null };
}
