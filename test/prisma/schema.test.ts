import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

// Migrations are written by hand, because Prisma can say neither policies nor triggers; this holds Prisma's view to them.
const schema = readFileSync(new URL('../../prisma/schema.prisma', import.meta.url), 'utf8');
const TYPES: Record<string, string> = {
  String: 'text',
  'String[]': 'ARRAY',
  Int: 'integer',
  BigInt: 'bigint',
  Boolean: 'boolean',
  DateTime: 'timestamp with time zone',
  Date: 'date',
  Json: 'jsonb',
  Bytes: 'bytea',
};

interface Column {
  table: string;
  column: string;
  type: string;
  optional: boolean;
}

const models = [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => ({
  name,
  body,
}));

function columnsOf(body: string): Column[] {
  const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? '';
  return [...body.matchAll(/^ {2}(\w+) +(\w+)(\[\]|\?)?(.*)$/gm)].flatMap(
    ([, field = '', type = '', mark = '', rest = '']) => {
      const written = rest.includes('@db.Date') ? 'Date' : mark === '[]' ? `${type}[]` : type;
      const known = TYPES[written];
      const column = /@map\("(\w+)"\)/.exec(rest)?.[1] ?? field;
      return known === undefined ? [] : [{ table, column, type: known, optional: mark === '?' }];
    },
  );
}

const names = (pattern: RegExp): string[] => [...schema.matchAll(pattern)].map(([, name = '']) => name).sort();
const bySpelling = (a: Column, b: Column): number => (`${a.table}.${a.column}` < `${b.table}.${b.column}` ? -1 : 1);

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(async () => {
  await db.end();
});

test('every column is in schema.prisma, with its type and whether it may be null, and no other', async () => {
  const { rows } = await db.admin.query<Column>(
    `SELECT table_name AS table, column_name AS column, data_type AS type, is_nullable = 'YES' AS optional
       FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'`,
  );
  expect(models.flatMap(({ body }) => columnsOf(body)).sort(bySpelling)).toEqual(rows.sort(bySpelling));
});

test('every foreign key is a relation of schema.prisma, by its name', async () => {
  const { rows } = await db.admin.query<{ conname: string }>(
    "SELECT conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace",
  );
  expect(names(/@relation\([^\n]*fields:[^\n]*map: "([^"]+)"\)/g)).toEqual(rows.map(({ conname }) => conname).sort());
});

test('every index and key is in schema.prisma, by its name, but for exclusions, which Prisma cannot say', async () => {
  const { rows } = await db.admin.query<{ relname: string }>(
    `SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisexclusion AND c.relname <> '_prisma_migrations_pkey'`,
  );
  const single = models
    .filter(({ body }) => /@id(?!\()/.test(body))
    .map(({ body }) => `${/@@map\("(\w+)"\)/.exec(body)?.[1]}_pkey`);
  const said = [...names(/@@(?:id|unique|index)\([^\n]*map: "([^"]+)"/g), ...single];
  expect([...new Set(said)].sort()).toEqual(rows.map(({ relname }) => relname).sort());
});
