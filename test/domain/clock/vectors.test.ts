import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type LimitKind, reckon } from '../../../domain/clock/due.ts';
import { formatInstant, type Instant, parseInstant } from '../../../domain/time.ts';
import { calendar } from './cases.ts';

interface Vector {
  id: string;
  kind: LimitKind;
  amount: number;
  start: string;
  pauses: [from: string, to: string | null][];
  due: string | null;
  thresholds?: { share: number; at: string | null }[];
  provisional?: true;
  note: string;
}

const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')) as Vector[]; // its shape is in semantics.md

function written(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at);
}

test('there are 138 vectors, each with its own id', () => {
  expect(new Set(vectors.map(({ id }) => id)).size).toBe(138);
});

test.each(vectors)('$id: $note', ({ kind, amount, start, pauses, due, thresholds = [], provisional = false }) => {
  const found = reckon(
    {
      limit: { kind, amount },
      start: parseInstant(start),
      pauses: pauses.map(([from, to]) => ({ from: parseInstant(from), to: to === null ? null : parseInstant(to) })),
      shares: thresholds.map(({ share }) => Math.round(share * 10_000)),
    },
    calendar,
  );
  expect({
    due: written(found.due),
    thresholds: found.thresholds.map(written),
    provisional: found.provisional,
  }).toEqual({
    due,
    thresholds: thresholds.map(({ at }) => at),
    provisional,
  });
});
