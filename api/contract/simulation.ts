import { z } from 'zod';
import { instantText } from './values.ts';

export const AdvanceBody = z
  .strictObject({ to: instantText })
  .meta({ examples: [{ to: '2026-04-02T09:00:00+08:00' }] });

export const AdvanceAnswer = z
  .object({
    now: z.string().meta({ format: 'date-time' }),
    fired: z.int().meta({ description: '到期事项次数 / items that owed something, counted at each instant' }),
    instants: z.int().meta({ description: '停留的时刻数 / instants at which the clock stood' }),
  })
  .meta({ id: 'Advance' });
