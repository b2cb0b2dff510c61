import { z } from 'zod';
import type { SubmitPayload } from '../../domain/commands/demand-list.ts';
import { contract } from './command.ts';
import { amount, categoryCode, code, distinct, evidence, id, itemRef, limitGiven, words } from './values.ts';

const submitPayload = {
  channel: code,
  kind: code,
  area: id,
  peopleAffected: z.int().min(1).max(10_000_000),
} satisfies { [Field in keyof SubmitPayload]: z.ZodType<SubmitPayload[Field]> };

/** Digits with what people write between them; 5 to 20 characters. */
const telephone = z
  .string()
  .trim()
  .regex(/^\+?[0-9][0-9 ()-]{3,18}[0-9]$/);

/** `POST /v1/cases`: the last five are words and personal values and are sealed. */
export const CreateCase = z
  .strictObject({
    ...submitPayload,
    title: words(200),
    words: words(2000),
    place: words(200).exactOptional(),
    reporterName: words(100).exactOptional(),
    reporterPhone: telephone.exactOptional(),
  })
  .meta({
    examples: [
      {
        channel: 'grid',
        kind: 'help',
        area: 'QL-G1',
        peopleAffected: 72,
        title: '青莲3栋楼道灯全坏',
        words: '3栋从一楼到六楼的灯都不亮，晚上老人上下楼看不见。希望尽快来修。',
        place: '青莲社区3栋',
        reporterName: '张某某',
        reporterPhone: '13800001234',
      },
    ],
  });

export const register = contract(
  'register',
  z.strictObject({
    category: categoryCode,
    codeSystem: code
      .exactOptional()
      .meta({ description: '编码体系，缺省为本街道体系 / the scheme of the code; the office’s own when absent' }),
    urgency: z.enum(['ordinary', 'urgent', 'extra_urgent', 'complex']),
    limit: limitGiven.exactOptional(),
    skills: distinct(code, 20, (skill) => skill),
    needs: distinct(z.strictObject({ id: code, kind: code, unit: code, amount }), 20, (need) => need.id),
  }),
  [],
  {
    category: 'municipal',
    urgency: 'ordinary',
    limit: { kind: 'work_day', amount: 2 },
    skills: ['electrical'],
    needs: [{ id: 'lamps', kind: 'goods', unit: 'piece', amount: 20 }],
  },
);

export const refuse = contract(
  'refuse',
  z.strictObject({
    ground: z.enum(['outside_area', 'other_channel', 'already_settled', 'no_substance', 'secret', 'emergency_line']),
  }),
  ['reason'],
  { ground: 'other_channel', reason: '属于劳动仲裁事项，已告知仲裁委电话。' },
);

export const withdraw = contract('withdraw', z.strictObject({ voluntary: z.enum(['yes', 'in_doubt']) }), ['reason'], {
  voluntary: 'yes',
  reason: '诉求人来电表示问题已自行解决。',
});

export const settleOnTheSpot = contract('settle-on-the-spot', z.strictObject({ evidence }), [], {
  evidence: [{ kind: 'photo', sha256: 'ab'.repeat(32) }],
  note: '当场更换灯泡。',
});

export const merge = contract('merge', z.strictObject({ into: itemRef }), ['reason'], {
  into: '3d7c2b1e-6f0a-4c53-9a55-0a4f7a1d2c11',
  reason: '同一楼栋同一问题，诉求人不同。',
});

export const unmerge = contract('unmerge', z.strictObject({}), ['reason'], { reason: '两处故障原因不同，分别办理。' });
