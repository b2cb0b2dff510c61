import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { applied, type Catalogue, type CatalogueEntry, factOf, validateCatalogue } from '../../domain/catalogue.ts';

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../prisma/sample/${name}`, import.meta.url), 'utf8'));
const catalogue = read('catalogue.json') as Catalogue; // its shape is tested where it is loaded

function changed(change: Partial<CatalogueEntry>): Catalogue {
  const [first, ...rest] = catalogue.entries;
  if (!first) throw new Error('the sample has no entry');
  return { ...catalogue, entries: [{ ...first, ...change }, ...rest] };
}

describe('validateCatalogue', () => {
  test('finds nothing wrong with the sample', () => expect(validateCatalogue(catalogue)).toEqual([]));

  const limit = { kind: 'work_day', amount: 1 } as const;
  test.each<[string, Catalogue]>([
    ['yunxi/municipal is listed twice', changed({ code: 'municipal' })],
    ['there is no category of the code system gbt_39666', { ...catalogue, system: 'gbt_39666' }],
    ['the version is a whole number from 1', { ...catalogue, version: 1.5 }],
    [
      'yunxi/environment: milestone a is listed twice',
      changed({
        milestones: [
          { id: 'a', limit, evidence: 'photo' },
          { id: 'a', limit, evidence: 'photo' },
        ],
      }),
    ],
    [
      'yunxi/environment: milestone a asks for evidence seal, which is not a kind of this category',
      changed({ milestones: [{ id: 'a', limit, evidence: 'seal' }] }),
    ],
  ])('%s', (problem, wrong) => {
    const found = validateCatalogue(wrong);
    expect(found.map(({ en }) => en)).toEqual([problem]);
    expect(found.every(({ zh }) => /[\u4e00-\u9fff]/.test(zh))).toBe(true);
  });

  test('two schemes of codes stand side by side', () => {
    expect(
      validateCatalogue({
        ...catalogue,
        entries: [...catalogue.entries, ...changed({ system: 'gbt_39666' }).entries.slice(0, 1)],
      }),
    ).toEqual([]);
  });
});

test('the rules read an entry without its words, and an item keeps it without the limits of other urgencies', () => {
  const [first] = catalogue.entries;
  if (!first) throw new Error('the sample has no entry');
  const fact = factOf(first, 3);
  expect(Object.keys(fact).sort()).toEqual(
    ['backupTeam', 'code', 'duty', 'evidence', 'limits', 'milestones', 'system', 'unit', 'version'].sort(),
  );
  expect(Object.keys(applied(fact))).not.toContain('limits');
});

test('the sample has a category for each of the 25 demands, with the limits of its urgency known (issue 5, 3)', () => {
  const demands = read('demands.json') as { category: { code: string }; urgency: keyof CatalogueEntry['limits'] }[];
  const known = new Map(catalogue.entries.map((entry) => [entry.code, entry]));
  expect(demands).toHaveLength(25);
  expect(demands.filter(({ category, urgency }) => !known.get(category.code)?.limits[urgency])).toEqual([]);
});

test('the sample has one category that was taken back, and one whose team is named', () => {
  expect(catalogue.entries.filter(({ duty }) => duty.takenBack).map(({ code }) => code)).toEqual(['gas_business']);
  expect(catalogue.entries.filter(({ team }) => team !== undefined).map(({ code }) => code)).toEqual([
    'policy_consult',
  ]);
});
