import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { Problem, type ShapeError } from '../problem.ts';

type Issue = z.core.$ZodIssue;

const places: Readonly<Record<string, ShapeError['in']>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};
const chinese = z.locales.zhCN().localeError;
const english = z.locales.en().localeError;

/** Checks a part of the request by its schema; what is wrong is told with pointers, in both languages. */
export const shapeCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const place = places[httpPart ?? 'body'] ?? 'body';
  return (given: unknown) => {
    const data = given ?? undefined; // Fastify says null for a body that is not there; a body that says null never comes this far
    const read = schema.safeParse(data, { error: english });
    if (read.success) return { value: read.data };
    if (data === undefined && place === 'body') return { error: new Problem('body-missing') };
    const translated = schema.safeParse(data, { error: chinese });
    const zh = translated.error?.issues ?? [];
    const issues = read.error.issues.slice(0, MOST_ERRORS);
    const errors = issues.flatMap((issue, at) => shapeErrors(issue, zh[at] ?? issue, place));
    return { error: new Problem('shape-invalid', { errors: errors.slice(0, MOST_ERRORS) }) };
  };
};

/** Enough to mend a form by; a body may hold ten thousand mistakes, and its answer must not grow with their square. */
const MOST_ERRORS = 50;
/** The same word twice in a list is our own finding: no locale has a sentence for it. */
const TWICE = { zh: '与前面的一项重复', en: 'the same as one before it' };
/** The locales' own sentence lists every unknown field of the body, and each of them would repeat it. */
const UNKNOWN = { zh: '没有这个字段', en: 'there is no such field' };

function shapeErrors(issue: Issue, zh: Issue, place: ShapeError['in']): ShapeError[] {
  const twice = issue.code === 'custom' && issue.params?.['twice'] === true;
  const { code, path } = issue;
  if (code === 'unrecognized_keys') {
    const keys = issue.keys.slice(0, MOST_ERRORS);
    return keys.map((key) => ({ in: place, pointer: pointerTo([...path, key]), code, message: UNKNOWN }));
  }
  const message = twice ? TWICE : { zh: zh.message, en: issue.message };
  return [{ in: place, pointer: pointerTo(path), code, message }];
}

/** RFC 6901. */
function pointerTo(path: PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
