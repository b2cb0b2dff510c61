import { z } from 'zod';

export const Live = z.object({ status: z.literal('live') }).meta({ id: 'Live' });
/** People never wait for Temporal, so readiness does not either. */
export const Ready = z
  .object({ status: z.literal('ready'), database: z.literal(true), temporal: z.boolean() })
  .meta({ id: 'Ready' });
