import { z } from 'zod';
import type { ItemId, ResourceId, TeamId, UnitId } from '../../domain/ids.ts';
import { parseInstant } from '../../domain/time.ts';

/** Shapes that many contracts share. Limits are generous for an office and finite for a machine. */
export const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
  .meta({ description: '编号 / id: 1–64 letters, digits, dots, dashes, underscores' });
// The pattern is what the ids' own constructors ask for, and a test says so; a transform would lose the examples of
// every schema around it.
export const resourceRef = id as unknown as z.ZodType<ResourceId, string>;
export const teamRef = id as unknown as z.ZodType<TeamId, string>;
export const unitRef = id as unknown as z.ZodType<UnitId, string>;
export const itemRef = id as unknown as z.ZodType<ItemId, string>;

/** A word of the office's catalogues: category, channel, skill, kind or unit of a resource. */
export const code = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/)
  .meta({ description: '代码 / code: snake case, at most 40 characters' });

export const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ description: 'SHA-256 in lower-case hexadecimal' });

export const amount = z.int().min(1).max(1_000_000_000_000);

/** RFC 3339 with an offset, in the years 2000 to 2099, not finer than a millisecond. */
export const instantText = z
  .string()
  .max(40)
  .check((context) => {
    try {
      parseInstant(context.value);
    } catch {
      context.issues.push({ code: 'invalid_format', format: 'datetime', input: context.value });
    }
  })
  .meta({ format: 'date-time', description: '带时区的时间 / RFC 3339 with an offset' });

/** Words that somebody writes: trimmed, not empty, counted in characters as people count them. */
export function words(max: number): z.ZodString {
  return z
    .string()
    .trim()
    .min(1)
    .check((context) => {
      if (Array.from(context.value).length > max)
        context.issues.push({ code: 'too_big', origin: 'string', maximum: max, inclusive: true, input: context.value });
    })
    .meta({ maxLength: max });
}

/** A list whose entries differ in what `keyOf` gives. */
export function distinct<Entry extends z.ZodType>(
  entry: Entry,
  max: number,
  keyOf: (entry: z.output<Entry>) => string,
): z.ZodArray<Entry> {
  return z
    .array(entry)
    .max(max)
    .check((context) => {
      const seen = new Set<string>();
      const twice = context.value.findIndex((one) => seen.size === seen.add(keyOf(one)).size);
      if (twice >= 0)
        context.issues.push({ code: 'custom', path: [twice], params: { twice: true }, input: context.value });
    })
    .meta({ uniqueItems: true });
}

export const bilingual = z.object({ zh: z.string(), en: z.string() }).meta({ id: 'Text' });

export const evidence = z
  .array(z.strictObject({ kind: code, sha256 }))
  .max(50)
  .meta({ description: '佐证材料 / evidence: what kind, and the SHA-256 of the file' });
