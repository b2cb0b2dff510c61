import { withOffice } from '../../record/office.ts';
import { TriedClock, TryClock } from '../contract/clocks.ts';
import type { Deps } from '../deps.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { tryClock } from '../queries/tried-clock.ts';
import { languageOf } from '../words/say.ts';
import type { App } from './command-route.ts';

export function clocks(app: App, { pool }: Deps): void {
  app.post('/v1/clocks/try', { schema: trySchema }, async (request, reply) => {
    const { office } = sessionOf(request);
    const language = languageOf(request.headers['accept-language']);
    const tried = await withOffice(pool, office, async (tx) => await tryClock(tx, request.body, language));
    return await reply.headers({ 'content-language': language, vary: 'accept-language' }).send(tried);
  });
}

const trySchema = {
  summary: '时限测算 / when would it be due, and why',
  tags: ['office'],
  security: signedIn,
  body: TryClock,
  response: { 200: TriedClock, ...problemsOf(400, 401, 404, 413, 415, 422, 503) },
};
