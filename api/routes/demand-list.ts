import { randomUUID } from 'node:crypto';
import { itemId } from '../../domain/ids.ts';
import { commit } from '../../record/commit.ts';
import {
  amend,
  CreateCase,
  merge,
  redirect,
  refuse,
  register,
  settleOnTheSpot,
  split,
  unmerge,
  verify,
  voidItem,
  withdraw,
} from '../contract/demand-list.ts';
import { CreatedAnswer } from '../contract/items.ts';
import type { Deps } from '../deps.ts';
import { phoneDigits } from '../mask.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { answerCommand } from './answer.ts';
import { type App, commandRoute, newItemHeaders } from './command-route.ts';
import { idempotencyKeyOf } from './precondition.ts';

export function demandList(app: App, deps: Deps): void {
  app.post('/v1/cases', { schema: createSchema }, async (request, reply) => {
    const session = sessionOf(request);
    const { channel, kind, area, peopleAffected, ...texts } = request.body;
    const asked = { item: itemId(randomUUID()), ifMatch: null };
    const outcome = await commit(deps.store, {
      office: session.office,
      item: asked.item,
      actor: { kind: 'person', user: session.user },
      key: idempotencyKeyOf(request.headers),
      name: 'submit',
      payload: { channel, kind, area, peopleAffected },
      texts,
      ...(texts.reporterPhone === undefined ? {} : { subject: phoneDigits(texts.reporterPhone) }),
      expected: { new: true },
      run: null,
    });
    return await answerCommand(deps, session, reply, asked, outcome);
  });
  commandRoute(app, deps, verify);
  commandRoute(app, deps, register);
  commandRoute(app, deps, refuse);
  commandRoute(app, deps, redirect);
  commandRoute(app, deps, merge);
  commandRoute(app, deps, unmerge);
  commandRoute(app, deps, split);
  commandRoute(app, deps, withdraw);
  commandRoute(app, deps, voidItem);
  commandRoute(app, deps, amend);
  commandRoute(app, deps, settleOnTheSpot);
}

const createSchema = {
  summary: '提交诉求 / bring in a demand',
  operationId: 'submit',
  tags: ['demand-list'],
  security: signedIn,
  headers: newItemHeaders,
  body: CreateCase,
  response: { 201: CreatedAnswer, ...problemsOf(400, 401, 403, 413, 415, 422, 503) },
};
