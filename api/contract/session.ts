import { z } from 'zod';
import { bilingual } from './values.ts';

export const LoginBody = z
  .strictObject({ username: z.string().min(1).max(64), password: z.string().min(1).max(256) })
  .meta({ examples: [{ username: 'intake1', password: '…' }] });

export const LoginAnswer = z
  .object({ token: z.string(), expiresAt: z.string().meta({ format: 'date-time' }) })
  .meta({ id: 'Login' });

export const Me = z
  .object({
    user: z.object({ id: z.string(), username: z.string(), name: bilingual }),
    unit: z.object({ id: z.string(), name: bilingual }),
    office: z.object({ id: z.string(), name: bilingual }),
    grants: z.array(
      z.object({
        id: z.string(),
        role: z.string(),
        title: bilingual,
        unit: z.string().nullable().meta({ description: 'null：全街道 / for the whole office' }),
        for: z.string().nullable().meta({ description: '代何人 / for whom they stand in' }),
        validTo: z.string().nullable(),
      }),
    ),
    simulation: z.boolean(),
    now: z.string().meta({ format: 'date-time', description: '本街道的时间 / the office’s time' }),
  })
  .meta({ id: 'Me' });
