import { z } from 'zod';
import { stages } from '../../domain/process/definition.ts';
import { bilingual, code, id, instantText, words } from './values.ts';

const time = z.string().meta({ format: 'date-time', examples: ['2026-03-03T09:20:00+08:00'] });

const filters = {
  stage: z.enum(stages).optional(),
  state: code.optional(),
  unit: id.optional().meta({ description: '承办单位 / the unit that handles it' }),
  due_before: instantText.optional(),
};
const view = z.enum(['me', 'team', 'all']).meta({
  description:
    '等我办理、本单位、全部可见 / what waits for me, what my units handle, all that I may see; nothing that is over',
});

export const ReadInbox = z.strictObject({
  view: view.default('me'),
  ...filters,
  cursor: z.string().max(300).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
});

const InboxLine = z
  .object({
    id: z.string(),
    code: z.string(),
    title: z.string().nullable(),
    state: z.object({ id: z.string(), title: bilingual }),
    stage: z.enum(stages),
    labels: z.array(z.object({ code: z.string(), title: bilingual })),
    area: z.string(),
    unit: z.string().nullable(),
    dueAt: time.nullable(),
    receivedAt: time,
    rev: z.int().meta({ description: '用于 If-Match / for If-Match' }),
    because: z.array(z.enum(['step', 'drawn', 'request', 'task', 'stuck'])).meta({
      description:
        '为何等我：下一步归我、抽中我、申请待我决定、协办或吹哨待本单位答复、系统步骤受阻可由我代办 / why it waits for me: the next step is my role’s, I was drawn, a request that I may decide, a task that waits for my unit’s answer, a step of the system is stuck and I may take it',
    }),
    allowed: z.array(z.object({ command: z.string(), title: bilingual, to: z.string() })),
    refused: z.array(z.object({ command: z.string(), title: bilingual, code: z.string(), text: z.string() })),
  })
  .meta({ id: 'InboxLine' });

export const InboxPage = z.object({ items: z.array(InboxLine), next: z.string().nullable() }).meta({ id: 'InboxPage' });

export const SaveView = z.strictObject({ name: words(60), filters: z.strictObject({ view, ...filters }) }).meta({
  examples: [{ name: '本周到期', filters: { view: 'team', due_before: '2026-03-09T00:00:00+08:00' } }],
});
export const SavedView = z
  .object({
    id: z.string(),
    name: z.string(),
    filters: z.object({
      view,
      stage: z.string().optional(),
      state: z.string().optional(),
      unit: z.string().optional(),
      due_before: z.string().optional(),
    }),
  })
  .meta({ id: 'SavedView' });
export const SavedViews = z.object({ items: z.array(SavedView) }).meta({ id: 'SavedViews' });
export const ViewPath = z.object({ id: z.string() });
