import { readFile } from 'node:fs/promises';
import { assert, oneof, property, string as anyString, stringMatching } from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { commandContracts } from '../../api/contract/commands.ts';
import { textNames } from '../../api/contract/command.ts';
import { CreateCase } from '../../api/contract/demand-list.ts';
import { id } from '../../api/contract/values.ts';
import { commandNames, commands } from '../../domain/commands/vocabulary.ts';
import { isId } from '../../domain/ids.ts';
import { type Api, createApi } from './harness.ts';

interface Operation {
  summary?: string;
  tags?: string[];
  security?: object[];
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: Schema; example?: unknown }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}
type Schema = Parameters<typeof z.fromJSONSchema>[0];
interface Document {
  openapi: string;
  info: object;
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: object };
}

const isFile = (schema: Schema): boolean => typeof schema === 'object' && schema.format === 'binary';

let api: Api;
let document: Document;
let operations: [string, Operation][];
beforeAll(async () => {
  api = await createApi();
  document = (await api.inject({ method: 'GET', url: '/openapi.json' })).json<Document>();
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
  );
});
afterAll(async () => {
  await api.end();
});

describe('the description of the application', () => {
  test('is OpenAPI 3.1 and every reference in it leads somewhere', () => {
    expect(document.openapi).toBe('3.1.0');
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? '');
    expect(references.length).toBeGreaterThan(100);
    expect([...new Set(references)].filter((name) => !(name in document.components.schemas))).toEqual([]);
    expect(text.match(/"\$ref":"(?!#\/components\/schemas\/)/g)).toBeNull();
  });

  test('has a schema of JSON Schema 2020-12 wherever it has one', () => {
    for (const [name, operation] of operations)
      for (const { schema } of Object.values(operation.requestBody?.content ?? {}))
        expect([name, z.fromJSONSchema(schema) instanceof z.ZodType]).toEqual([name, true]);
  });

  test('gives every operation a summary in both languages, a known tag, and the problems it may answer with', () => {
    const tags = document.tags.map(({ name }) => name);
    for (const [name, { summary = '', tags: own = [], security, responses }] of operations) {
      expect([name, summary]).toEqual([name, expect.stringMatching(/[\u4e00-\u9fff].* \/ .*[a-z]/)]);
      expect([name, own.filter((tag) => !tags.includes(tag)), own.length]).toEqual([name, [], 1]);
      if (name === 'get /health/live') continue;
      const problems = Object.values(responses).flatMap(({ content }) => Object.keys(content ?? {}));
      expect([name, problems]).toEqual([name, expect.arrayContaining(['application/problem+json'])]);
      const open = ['post /v1/login', 'get /v1/progress/{code}', 'get /health/ready'];
      expect([name, security !== undefined]).toEqual([name, !open.includes(name)]);
    }
  });

  test('has an operation for every command that people may give, and none that only the system gives', () => {
    const paths = Object.keys(document.paths);
    const given = commandNames.filter(
      (name) => !['submit', 'absorb', 'reach-level', 'correct-calendar'].includes(name),
    );
    expect(Object.keys(commandContracts).toSorted()).toEqual(given.toSorted());
    for (const name of given) {
      const operation = document.paths[`/v1/cases/{id}/${name}`]?.['post'];
      expect([name, operation?.tags]).toEqual([name, [commands[name].stage]]);
      const headers = operation?.parameters
        ?.filter((parameter) => parameter.in === 'header')
        .map((header) => header.name);
      expect([name, headers]).toEqual([name, ['idempotency-key', 'if-match']]);
    }
    expect(paths).not.toContain('/v1/cases/{id}/reach-level');
  });

  test('gives every body that is sent an example', () => {
    const without = operations.filter(([, { requestBody }]) =>
      Object.values(requestBody?.content ?? {}).some(({ example, schema }) => !isFile(schema) && example === undefined),
    );
    expect(without.map(([name]) => name)).toEqual([]);
  });

  test('is shown on a page', async () => {
    const root = await api.inject({ method: 'GET', url: '/' });
    expect([root.statusCode, root.headers['location']]).toEqual([302, '/docs']);
    const page = await api.inject({ method: 'GET', url: '/docs' });
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, expect.stringContaining('text/html')]);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('upgrade-insecure-requests');
    for (const file of [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? ''))
      expect([
        file,
        (await api.inject({ method: 'GET', url: new URL(file, 'http://x/docs/').pathname })).statusCode,
      ]).toEqual([file, 200]);
  });
});

describe('an example', () => {
  test.each(Object.values(commandContracts))(
    'of $name is a body that passes, before and after JSON Schema',
    ({ body, example }) => {
      expect(body.safeParse(example).success).toBe(true);
      const schema = z.toJSONSchema(body, { io: 'input' });
      expect(
        z.fromJSONSchema({ ...schema, $schema: 'https://json-schema.org/draft/2020-12/schema' }).safeParse(example)
          .success,
      ).toBe(true);
    },
  );

  test.each(Object.values(commandContracts))(
    'of $name comes apart into payload and texts without losing a field',
    ({ example, split }) => {
      const { payload, texts } = split(example);
      expect(leaves({ ...payload, ...texts })).toEqual(leaves(example));
      expect(
        Object.keys(texts).filter((name) => !textNames.some((known) => known === name.replace(/[.][0-9]+$/, ''))),
      ).toEqual([]);
    },
  );

  /** Every value in it, wherever it stands: a part's title goes from the payload to the texts. */
  const leaves = (value: unknown): string[] =>
    typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(leaves).sort()
      : [JSON.stringify(value) ?? ''];

  test('of a new case passes', () => {
    const { examples } = z.toJSONSchema(CreateCase, { io: 'input' });
    expect(examples).toHaveLength(1);
    for (const example of examples ?? []) expect(CreateCase.safeParse(example).success).toBe(true);
  });
});

describe('the shapes at the edge', () => {
  test('an id is one here exactly when it is one in the rules', () => {
    const text = oneof(anyString({ maxLength: 70 }), stringMatching(/^[A-Za-z0-9._-]{0,66}$/));
    assert(
      property(text, (candidate) => {
        expect(id.safeParse(candidate).success).toBe(isId(candidate));
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  test('every demand of the sample office can be sent and registered', async () => {
    interface Demand {
      title: { zh: string };
      channel: string;
      kind: string;
      grid: string | null;
      community: string | null;
      peopleAffected: number | null;
      originalWords: string;
      category: { code: string };
      urgency: string;
      limit: object;
      needs: { skills: string[] };
    }
    const file = new URL('../../prisma/sample/demands.json', import.meta.url);
    const demands = JSON.parse(await readFile(file, 'utf8')) as Demand[]; // our own sample
    const placed = demands.filter(({ community, peopleAffected }) => community !== null && peopleAffected !== null);
    expect(placed.length).toBeGreaterThan(demands.length / 2);
    for (const demand of placed) {
      const { channel, kind, peopleAffected, originalWords: words, title, category, urgency, limit, needs } = demand;
      const area = demand.grid ?? demand.community;
      const created = CreateCase.safeParse({ channel, kind, area, peopleAffected, words, title: title.zh });
      expect([title.zh, created.error?.issues]).toEqual([title.zh, undefined]);
      const body = { category: category.code, urgency, limit, skills: needs.skills, needs: [] };
      expect([title.zh, commandContracts.register.body.safeParse(body).error?.issues]).toEqual([title.zh, undefined]);
    }
  });
});
