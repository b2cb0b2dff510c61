import type { FastifyRequest } from 'fastify';
import { readProgressCode } from '../../domain/progress-code.ts';
import { withOffice } from '../../record/office.ts';
import { Progress, ProgressPath } from '../contract/progress.ts';
import type { Deps } from '../deps.ts';
import { problemsOf } from '../plugins/openapi.ts';
import { Problem } from '../problem.ts';
import { readProgress } from '../queries/progress.ts';
import type { App } from './command-route.ts';

export interface ProgressLimits {
  /** Questions from one address in a minute, and from all together: more are guesses. */
  progressPerMinute: number;
  progressOfAllPerMinute: number;
}

/**
 * For whoever holds a code, without an account; registered outside the scope that asks for a session. The code names the
 * office, and within it is looked for by its hash: an unknown code and an unknown office cost and answer the same.
 */
export function progress(app: App, { pool }: Deps, limits: ProgressLimits): void {
  const one = { max: limits.progressPerMinute, timeWindow: 60_000 };
  const ofAll = app.createRateLimit({
    max: limits.progressOfAllPerMinute,
    timeWindow: 60_000,
    keyGenerator: () => 'all',
  });
  // the address first: whoever is held back takes nothing of what all have together
  const preHandler = [
    app.rateLimit(one),
    async (request: FastifyRequest) => {
      const all = await ofAll(request);
      if (!all.isAllowed && all.isExceeded) throw new Problem('too-many-requests');
    },
  ];
  app.get('/v1/progress/:code', { schema, preHandler }, async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    const read = readProgressCode(request.params.code);
    if (!read) throw new Problem('progress-code-miswritten');
    return await withOffice(pool, read.office, async (tx) => await readProgress(tx, read.code));
  });
}

const schema = {
  summary: '凭进度码查询 / how far a case has come, for whoever holds its progress code',
  tags: ['progress'],
  params: ProgressPath,
  response: { 200: Progress, ...problemsOf(400, 404, 429, 503) },
};
