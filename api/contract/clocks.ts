import { z } from 'zod';
import { reasons } from '../../domain/clock/ledger.ts';
import { instantText, limitGiven, version } from './values.ts';

const time = z.string().meta({ format: 'date-time', examples: ['2026-03-03T09:20:00+08:00'] });
const ms = z.int().min(0);

/** Why a limit ends when it ends; lengths in milliseconds, so that nothing is rounded. */
export const LedgerView = z
  .object({
    text: z.string().meta({ description: '一句话说明 / the whole in a sentence' }),
    origin: time.meta({ description: '起算时刻 / where counting begins' }),
    budgetMs: ms.meta({ description: '时限合计 / what the limit holds' }),
    usedMs: ms,
    entries: z.array(
      z.object({
        from: time,
        to: time.nullable().meta({ description: 'null：暂停尚未结束 / the pause goes on' }),
        reason: z.enum(reasons),
        countedMs: ms,
        usedMs: ms.meta({ description: '至此累计 / used up when it ends' }),
        lostMs: ms.nullable().meta({ description: '暂停扣除的计时 / what would have counted without the pause' }),
        provisional: z.boolean(),
        text: z.string(),
      }),
    ),
    more: z.int().min(0).meta({ description: '未列出的区间数 / intervals that are not listed, in a limit of years' }),
  })
  .meta({ id: 'Ledger' });

/** "If it starts then, when is it due?" Nothing is stored. */
export const TryClock = z
  .strictObject({
    start: instantText,
    limit: limitGiven,
    pauses: z
      .array(z.strictObject({ from: instantText, to: instantText.nullable() }))
      .max(50)
      .default([]),
    shares: z
      .array(z.int().min(1).max(10_000))
      .max(20)
      .default([])
      .meta({ description: '万分之几处预警 / shares of the limit in ten-thousandths' }),
    calendar: version
      .optional()
      .meta({ description: '日历版本，缺省为现行 / a version; the one in force when absent' }),
  })
  .meta({
    examples: [{ start: '2026-02-13T16:30:00+08:00', limit: { kind: 'work_hour', amount: 8 }, shares: [8000] }],
  });

export const TriedClock = z
  .object({
    calendar: z.int(),
    due: time.nullable(),
    provisional: z.boolean().meta({ description: '涉及尚未公布的年份 / reaches into a year that is not published' }),
    thresholds: z.array(z.object({ share: z.int(), at: time.nullable() })),
    ledger: LedgerView,
  })
  .meta({ id: 'TriedClock' });
