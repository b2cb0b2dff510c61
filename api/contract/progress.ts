import { z } from 'zod';
import { stages } from '../../domain/process/definition.ts';
import { bilingual } from './values.ts';

export const ProgressPath = z.object({
  code: z
    .string()
    .max(120)
    .meta({ description: '进度码 / as the receipt has it', examples: ['YX-7K3M-9QRT-XW2P-H5JN-C8DE'] }),
});

const time = z.string().meta({ format: 'date-time' });

/** Everything that somebody sees who holds a progress code: codes, their words and instants, nothing that anybody wrote. */
export const Progress = z
  .object({
    number: z.string(),
    office: bilingual,
    stage: z.object({ id: z.enum(stages), title: bilingual }),
    state: z.object({ id: z.string(), title: bilingual }),
    next: bilingual.meta({ description: '下一步 / what happens next' }),
    due: z
      .object({ at: time, text: bilingual, late: z.boolean() })
      .nullable()
      .meta({ description: '承诺时间；没有时限时为空 / when that is due; null while no limit runs' }),
    at: time.meta({ description: '最近一次办理 / when something was last done' }),
    records: z.int().meta({ description: '记录条数 / how many records there are' }),
    hash: z.string().meta({ description: '最后一条记录的哈希 / hash of the last record' }),
  })
  .meta({
    id: 'Progress',
    examples: [
      {
        number: 'YX-2026-000001',
        office: { zh: '云溪街道', en: 'Yunxi sub-district' },
        stage: { id: 'team-assignment', title: { zh: '队伍派单', en: 'team assignment' } },
        state: { id: 'signed', title: { zh: '已签收', en: 'signed' } },
        next: { zh: '承办人将与您联系', en: 'somebody gets in touch with you' },
        due: {
          at: '2026-03-04T17:30:00+08:00',
          text: { zh: '2026年3月4日17:30前', en: 'by 17:30 on 4 March 2026' },
          late: false,
        },
        at: '2026-03-03T09:20:00+08:00',
        records: 7,
        hash: '5f'.repeat(32),
      },
    ],
  });
