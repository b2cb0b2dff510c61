import { z } from 'zod';

/** RFC 9457; `code` is what a program reads, `detail` what a person reads. */
export const ProblemBody = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    instance: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
    errors: z
      .array(z.object({ in: z.string(), pointer: z.string(), code: z.string(), message: z.string() }))
      .optional(),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457 problem+json',
    examples: [
      {
        type: 'about:blank',
        title: '当前不能办理',
        status: 409,
        code: 'wrong-state',
        detail: '当前状态（待受理）下不能这样做。',
        instance: '/v1/cases/0f6c1f7e-8f57-4f0e-9a55-1f5a8f0f7c11/sign',
        details: { at: 'submitted' },
      },
    ],
  });
