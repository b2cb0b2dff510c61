import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** A file of the sample office cannot be used; the message names it and what is wrong in it. */
export class SampleError extends Error {
  override name = 'SampleError';
}

const code = z.string().min(1);
const text = z.object({ zh: z.string().min(1), en: z.string().min(1) });
const day = z.iso.date();

export const Office = z.object({
  office: z.object({ code, name: text }),
  units: z.array(z.object({ code, name: text, kind: code, parent: code.nullable() })),
  users: z.array(
    z.object({
      username: code,
      displayName: text,
      unit: code,
      roles: z.array(code),
      /** Their grants are for every unit, because some have no clerk of their own. */
      officeWide: z.boolean().exactOptional(),
      validFrom: day,
      validTo: day.nullable(),
    }),
  ),
});

export const Resources = z.array(
  z.object({
    code,
    title: text,
    kind: code,
    owner: code,
    capacity: z.object({ amount: z.int().min(0).nullable(), unit: code }),
    area: z.array(code),
    validFrom: day,
    validTo: day.nullable(),
  }),
);

export const Teams = z.array(
  z.object({
    code,
    title: text,
    kind: code,
    unit: code,
    skills: z.array(code),
    maxOpenLoad: z.int().min(0),
    area: z.array(code),
  }),
);

/** As far as the compiler relies on it; what the parts mean is the compiler's to judge. */
export const DefinitionShape = z.looseObject({
  id: code,
  kind: z.enum(['case', 'project', 'wish']),
  version: z.int().min(1),
  engine: z.literal(1),
  title: text,
  start: code,
  states: z.array(z.looseObject({ id: code, stage: code, title: text })),
  transitions: z.array(z.looseObject({ command: code, from: z.array(code), to: code, roles: z.array(code) })),
  clocks: z.array(z.looseObject({ id: code, owner: code, limit: z.unknown(), warnAt: z.array(z.int()) })),
  separation: z.array(z.object({ rule: code, duties: z.array(code) })),
});

/** As far as the calendar's own validation relies on it. */
export const CalendarShape = z.strictObject({
  version: z.int(),
  hours: z.array(z.strictObject({ from: z.int(), to: z.int() })),
  years: z.array(
    z.strictObject({ year: z.int(), published: z.boolean(), holidays: z.array(day), makeUpWorkdays: z.array(day) }),
  ),
});

export type Office = z.output<typeof Office>;
export type Unit = Office['units'][number];
export type User = Office['users'][number];
export type Resource = z.output<typeof Resources>[number];
export type Team = z.output<typeof Teams>[number];

/** @throws SampleError naming the file */
async function readJson(directory: URL, file: string): Promise<unknown> {
  return await inFile(file, async () => JSON.parse(await readFile(new URL(file, directory), 'utf8')) as unknown);
}

/** @throws SampleError naming the file and the first thing in it that is not of its shape */
export async function readShape<Shape extends z.ZodType>(
  directory: URL,
  file: string,
  shape: Shape,
): Promise<z.output<Shape>> {
  const read = shape.safeParse(await readJson(directory, file));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new SampleError(`${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** Whatever goes wrong with what a file says, the file is named. @throws SampleError */
export async function inFile<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof SampleError) throw cause;
    throw new SampleError(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
