import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { commands } from '../../domain/commands/vocabulary.ts';
import { commit } from '../../record/commit.ts';
import type { CommandContract, PersonCommand } from '../contract/command.ts';
import { CasePath, CommandAnswer } from '../contract/items.ts';
import type { Deps } from '../deps.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn, summary } from '../plugins/openapi.ts';
import { itemFrom } from '../queries/reading.ts';
import { answerCommand } from './answer.ts';
import { idempotencyKeyOf, ifMatchOf } from './precondition.ts';

/** An application whose routes are typed by their zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Told in the description of the route; their own codes say more than a schema could when they are missing. */
const headers = z.looseObject({
  'idempotency-key': z.string().optional().meta({ description: '必填：重试时不变 / required, the same for a repeat' }),
  'if-match': z.string().optional().meta({
    description: '必填："版本"；互不影响的操作可用 * / required: the ETag that was seen, or * for what commutes',
  }),
});
export const newItemHeaders = headers.omit({ 'if-match': true });

const schemaOf = <Name extends PersonCommand>({ name, body, bare }: CommandContract<Name>) => ({
  summary: summary(commands[name].title),
  operationId: name,
  tags: [commands[name].stage],
  security: signedIn,
  params: CasePath,
  headers,
  body: bare ? body.optional() : body,
  response: { 200: CommandAnswer, ...problemsOf(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 503) },
});

/** `POST /v1/cases/{id}/{command}` for one command: its body by the contract, its answer by the record. */
export function commandRoute<Name extends PersonCommand>(app: App, deps: Deps, contract: CommandContract<Name>): void {
  const { name, split } = contract;
  app.post(`/v1/cases/:id/${name}`, { schema: schemaOf(contract) }, async (request, reply) => {
    const session = sessionOf(request);
    const asked = { item: itemFrom(request.params.id), ifMatch: ifMatchOf(request.headers) };
    const { payload, texts } = split(request.body ?? {});
    const outcome = await commit(deps.store, {
      office: session.office,
      item: asked.item,
      actor: { kind: 'person', user: session.user },
      key: idempotencyKeyOf(request.headers),
      name,
      payload,
      texts,
      expected: { ifMatch: asked.ifMatch },
      run: null,
    });
    return await answerCommand(deps, session, reply, asked, outcome);
  });
}
