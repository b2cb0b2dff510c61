import { withOffice } from '../../record/office.ts';
import { CasePath, CommandOutcome, FindCommand } from '../contract/items.ts';
import type { Deps } from '../deps.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { commandById, commandByKey } from '../queries/commands.ts';
import type { App } from './command-route.ts';

/** What became of a command: answered from the record, whoever else is away. */
export function commandOutcomes(app: App, { pool, store }: Deps): void {
  app.get('/v1/commands/:id', { schema: byId }, async (request) => {
    const { office, user } = sessionOf(request);
    const officeKey = await store.keyOf(office);
    return await withOffice(pool, office, async (tx) => await commandById(tx, officeKey, user, request.params.id));
  });
  app.get('/v1/commands', { schema: byKey }, async (request) => {
    const { office, user } = sessionOf(request);
    const officeKey = await store.keyOf(office);
    return await withOffice(pool, office, async (tx) => await commandByKey(tx, officeKey, user, request.query.key));
  });
}

const reading = { tags: ['cases'], security: signedIn };
const byId = {
  ...reading,
  summary: '操作结果 / the outcome of a command by its id',
  params: CasePath,
  response: { 200: CommandOutcome, ...problemsOf(401, 403, 404, 503) },
};
const byKey = {
  ...reading,
  summary: '按 Idempotency-Key 查操作结果 / the outcome of a command of one’s own by its key',
  querystring: FindCommand,
  response: { 200: CommandOutcome, ...problemsOf(400, 401, 404, 503) },
};
