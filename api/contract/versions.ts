import { z } from 'zod';
import { bilingual, categoryCode, code, id, limitGiven, teamRef, unitRef, version, words } from './values.ts';

/** What the office publishes as versions: calendars and catalogues. Each is asked for by one person and published by another. */
const time = z.string().meta({ format: 'date-time' });
const day = z.string().meta({ format: 'date', examples: ['2026-10-01'] });
const date = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/)
  .meta({ format: 'date' });
const base = z
  .int()
  .min(0)
  .max(2_147_483_646)
  .meta({ description: '以哪一版为基础；须为现行版本 / the version it changes: the one in force' });

/** Minutes of a day as people write them; the day may end at 24:00. */
const clockTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/);
const hours = z
  .array(z.strictObject({ from: clockTime, to: clockTime }))
  .min(1)
  .max(12)
  .meta({ description: '办公时间，每个工作日相同 / office hours of every working day' });
const years = z
  .array(
    z.strictObject({
      year: z.int().min(2000).max(2099),
      published: z
        .boolean()
        .meta({ description: '国务院办公厅是否已公布 / whether the State Council has published it' }),
      holidays: z.array(date).max(366),
      makeUpWorkdays: z.array(date).max(366).meta({ description: '调休上班日 / weekend days that are worked' }),
    }),
  )
  .max(100);

export const AskCalendar = z.strictObject({ base, hours, years }).meta({
  examples: [
    {
      base: 1,
      hours: [
        { from: '08:30', to: '12:00' },
        { from: '14:00', to: '17:30' },
      ],
      years: [{ year: 2027, published: true, holidays: ['2027-01-01'], makeUpWorkdays: [] }],
    },
  ],
});

const text = z.strictObject({ zh: words(500), en: words(500) });
const entry = z.strictObject({
  system: code,
  code: categoryCode,
  title: text,
  unit: unitRef.meta({ description: '责任单位 / whose duty it is' }),
  team: teamRef
    .exactOptional()
    .meta({ description: '唯一承办队伍：自动指定 / the one team that takes it: assigned by itself' }),
  limits: z.strictObject({ ordinary: limitGiven, urgent: limitGiven, extra_urgent: limitGiven, complex: limitGiven }),
  filing: text.meta({ description: '立案条件 / when it is filed' }),
  closing: text.meta({ description: '结案条件 / when it may be closed' }),
  evidence: z.array(code).max(20),
  milestones: z.array(z.strictObject({ id: code, limit: limitGiven, evidence: code })).max(20),
  backupTeam: z.boolean().meta({ description: '须有备用队伍 / needs a backup team' }),
  duty: z.strictObject({
    entry: z.string().trim().min(1).max(100).meta({ description: '履职事项清单条目 / entry of the duty list' }),
    takenBack: z.boolean().meta({ description: '已由上级部门收回 / taken back by the upper department' }),
  }),
});

export const AskCatalogue = z
  .strictObject({
    base,
    system: code.meta({ description: '未注明时所指的编码体系 / the scheme that is meant where none is named' }),
    entries: z.array(entry).min(1).max(1_000),
  })
  .meta({
    examples: [
      {
        base: 1,
        system: 'yunxi',
        entries: [
          {
            system: 'yunxi',
            code: 'municipal',
            title: { zh: '市政设施', en: 'municipal facilities' },
            unit: 'YX-CM',
            limits: {
              ordinary: { kind: 'work_day', amount: 2 },
              urgent: { kind: 'urgent_hour', amount: 24 },
              extra_urgent: { kind: 'urgent_hour', amount: 2 },
              complex: { kind: 'work_day', amount: 15 },
            },
            filing: { zh: '设施损坏，位置明确', en: 'a facility is damaged, at a known place' },
            closing: { zh: '恢复使用，有照片为证', en: 'works again, shown by a photo' },
            evidence: ['photo'],
            milestones: [],
            backupTeam: false,
            duty: { entry: '基本-城管-07', takenBack: false },
          },
        ],
      },
    ],
  });

export const DraftPath = z.object({ id });
export const VersionPath = z.object({ version: z.coerce.number().pipe(version) });

const draft = z.object({
  id: z.string(),
  kind: z.enum(['calendar', 'catalogue']),
  base: z.int(),
  sha256: z.string().meta({ description: '内容的规范 JSON 的 SHA-256 / of the content as canonical JSON' }),
  askedBy: z.string(),
  askedAt: time,
  outcome: z.enum(['published', 'refused']).nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
});
export const DraftView = draft.meta({ id: 'Draft' });

const calendarContent = z.object({
  version: z.int(),
  hours: z.array(z.object({ from: z.string(), to: z.string() })),
  years: z.array(
    z.object({ year: z.int(), published: z.boolean(), holidays: z.array(day), makeUpWorkdays: z.array(day) }),
  ),
});
export const CalendarView = calendarContent.meta({ id: 'Calendar' });

const limit = z.object({ kind: z.string(), amount: z.int() });
const catalogueContent = z.object({
  version: z.int(),
  system: z.string(),
  entries: z.array(
    z.object({
      system: z.string(),
      code: z.string(),
      title: bilingual,
      unit: z.string(),
      team: z.string().optional(),
      limits: z.record(z.string(), limit),
      filing: bilingual,
      closing: bilingual,
      evidence: z.array(z.string()),
      milestones: z.array(z.object({ id: z.string(), limit, evidence: z.string() })),
      backupTeam: z.boolean(),
      duty: z.object({ entry: z.string(), takenBack: z.boolean() }),
    }),
  ),
});
export const CatalogueView = catalogueContent.meta({ id: 'Catalogue' });

export const DraftContent = z
  .object({ draft, calendar: calendarContent.optional(), catalogue: catalogueContent.optional() })
  .meta({ id: 'DraftContent' });

export const Calendars = z
  .object({
    inForce: z.int(),
    versions: z.array(
      z.object({
        version: z.int(),
        years: z.array(z.object({ year: z.int(), published: z.boolean() })),
        applied: z.object({ done: z.boolean(), corrected: z.int() }).nullable().meta({
          description: '对在途时限的重算；首版为 null / its application to running clocks; null for the first',
        }),
      }),
    ),
    drafts: z.array(draft),
  })
  .meta({ id: 'Calendars' });

export const Catalogues = z
  .object({
    inForce: z.int(),
    versions: z.array(z.object({ version: z.int(), system: z.string(), entries: z.int() })),
    drafts: z.array(draft),
  })
  .meta({ id: 'Catalogues' });
