import { z } from 'zod';
import { type Hearing, partTitle } from '../../domain/commands/demand-list.ts';
import { type CommandContract, contract } from './command.ts';
import { amount, categoryCode, code, distinct, evidence, id, itemRef, limitGiven, words } from './values.ts';

const hearing = {
  channel: code,
  kind: code,
  area: id,
  peopleAffected: z.int().min(1).max(10_000_000),
} satisfies { [Field in keyof Hearing]: z.ZodType<Hearing[Field]> };

/** Digits with what people write between them; 5 to 20 characters. */
const telephone = z
  .string()
  .trim()
  .regex(/^\+?[0-9][0-9 ()-]{3,18}[0-9]$/);

/** `POST /v1/cases`: the last five are words and personal values and are sealed. */
export const CreateCase = z
  .strictObject({
    ...hearing,
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

export const verify = contract(
  'verify',
  z.strictObject({
    outcome: z
      .enum(['exists', 'does_not_exist', 'cannot_verify'])
      .exactOptional()
      .meta({ description: '派人核实时不填 / left out by whoever asks somebody to look' }),
  }),
  ['result'],
  { outcome: 'exists', result: '到场查看，灯具确已全部损坏。' },
);

export const refuse = contract(
  'refuse',
  z.strictObject({
    ground: z.enum([
      'outside_area',
      'outside_authority',
      'emergency_line',
      'in_procedure',
      'already_settled',
      'secret',
      'no_substance',
      'not_found',
    ]),
  }),
  ['reason', 'told'],
  { ground: 'in_procedure', reason: '属于劳动仲裁事项。', told: '已告知仲裁委地址和电话，可携带合同申请。' },
);

export const redirect = contract('redirect', z.strictObject({ channel: code }), ['told'], {
  channel: 'court',
  told: '已告知可向区法院起诉，并给了法律援助电话。',
});

const part = z.strictObject({ title: words(200), kind: code, peopleAffected: hearing.peopleAffected });
const parts = z.array(part).min(2).max(10).meta({
  description: '第一部分留在本件，其余各成新件 / the first stays with this case, each other one becomes a case',
});
const splitBody = z.strictObject({ parts, reason: words(2000).exactOptional(), note: words(2000).exactOptional() });
const splitExample: z.input<typeof splitBody> = {
  parts: [
    { title: '南塘村变压器过载停电', kind: 'help', peopleAffected: 1200 },
    { title: '巷子里路灯太少', kind: 'suggestion', peopleAffected: 300 },
  ],
  reason: '一次来电反映两件事，承办单位不同。',
};

/** The parts' titles are words: sealed, so they go their own way. */
export const split: CommandContract<'split'> = {
  name: 'split',
  body: splitBody.meta({ examples: [splitExample] }),
  bare: false,
  example: splitExample,
  split(given) {
    const { parts: all, ...texts } = splitBody.parse(given);
    const titles = all.map(({ title }, at) => [at === 0 ? 'title' : partTitle(at + 1), title]);
    return {
      payload: { parts: all.map(({ kind, peopleAffected }) => ({ kind, peopleAffected })) },
      texts: { ...texts, ...Object.fromEntries(titles) },
    };
  },
};

export const voidItem = contract('void', z.strictObject({}), ['reason'], { reason: '误将测试电话登记为诉求。' });

export const amend = contract(
  'amend',
  z.strictObject({
    channel: hearing.channel.exactOptional(),
    kind: hearing.kind.exactOptional(),
    area: hearing.area.exactOptional(),
    peopleAffected: hearing.peopleAffected.exactOptional(),
  }),
  ['reason', 'title', 'place'],
  { area: 'QL-G2', place: '青莲社区8栋', reason: '来电人更正楼栋。' },
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
