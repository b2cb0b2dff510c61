import { z } from 'zod';
import { bilingual, code, id } from './values.ts';

const page = { cursor: z.string().max(300).optional(), limit: z.coerce.number().int().min(1).max(100).default(50) };
const day = z.string().meta({ format: 'date' });

export const ListResources = z.strictObject({ kind: code.optional(), ...page });
export const ResourceView = z
  .object({
    id: z.string(),
    title: bilingual,
    kind: z.string(),
    unit: z.string(),
    owner: z.string(),
    capacity: z.int().nullable().meta({ description: 'null：不限 / without limit' }),
    reserved: z.int(),
    free: z.int().nullable(),
    area: z.array(z.string()),
    validFrom: day,
    validTo: day.nullable(),
  })
  .meta({ id: 'Resource' });
export const ResourcePage = z
  .object({ items: z.array(ResourceView), next: z.string().nullable() })
  .meta({ id: 'ResourcePage' });

export const ListTeams = z.strictObject({ skill: code.optional(), unit: id.optional(), ...page });
export const TeamView = z
  .object({
    id: z.string(),
    title: bilingual,
    kind: z.string(),
    unit: z.string(),
    skills: z.array(z.string()),
    area: z.array(z.string()),
    active: z.boolean(),
    openLoad: z.int(),
    maxOpenLoad: z.int(),
    free: z.int(),
  })
  .meta({ id: 'Team' });
export const TeamPage = z.object({ items: z.array(TeamView), next: z.string().nullable() }).meta({ id: 'TeamPage' });

export const EntryPath = z.object({ id: z.string() });

export const ListOverrides = z.strictObject(page);
const time = z.string().meta({ format: 'date-time' });
export const OverridePage = z
  .object({
    items: z.array(
      z
        .object({
          item: z.string(),
          code: z.string(),
          rule: z.string().meta({ description: '破例的规则 / the rule that was to be set aside, by its refusal' }),
          reason: z.string().nullable(),
          askedBy: z.string(),
          role: z.string(),
          at: time,
          outcome: z
            .enum(['granted', 'refused', 'lapsed'])
            .nullable()
            .meta({ description: 'null：待批 / not decided' }),
          decidedBy: z.string().nullable(),
        })
        .meta({ id: 'Override' }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'OverridePage' });
