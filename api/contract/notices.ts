import { z } from 'zod';
import { noticeKinds } from '../../domain/process/notices.ts';

const time = z.string().meta({ format: 'date-time', examples: ['2026-03-03T09:20:00+08:00'] });
const noticeId = z
  .string()
  .regex(/^[1-9]\d{0,14}\.[a-z-]{1,40}$/)
  .meta({ description: '通知编号 / id of a notice', examples: ['1207.assigned'] });

export const ListNotices = z.strictObject({
  unread: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  cursor: z.string().max(300).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export const NoticeView = z
  .object({
    id: noticeId,
    kind: z.enum(noticeKinds),
    text: z.string(),
    subject: z.string().meta({ description: '所指代码 / the code it is about: a place, duty, command, clock or role' }),
    item: z.object({ id: z.string(), code: z.string() }).nullable(),
    at: time,
    readAt: time.nullable(),
  })
  .meta({ id: 'Notice' });

export const NoticePage = z
  .object({ items: z.array(NoticeView), unread: z.int(), next: z.string().nullable() })
  .meta({ id: 'NoticePage' });

export const NoticePath = z.object({ id: z.string() });
export const ReadAll = z.strictObject({ through: noticeId }).meta({ examples: [{ through: '1207.assigned' }] });
export const ReadAnswer = z.object({ read: z.int(), unread: z.int() }).meta({ id: 'NoticesRead' });
