import { z } from 'zod';
import { isId, type UserId, userId } from '../../domain/ids.ts';
import { MANAGERS, READERS } from '../../domain/people/access.ts';
import { refusal } from '../../domain/refusals.ts';
import { withOffice } from '../../record/office.ts';
import { hashPassword, newPassword, verifyPassword } from '../../record/passwords.ts';
import { createAccount, holdsHighRole, setActive, storePassword } from '../../record/people/accounts.ts';
import { type Changed, done, type OfficeChange, refused } from '../../record/people/change.ts';
import type { Asked } from '../../record/people/grants.ts';
import { accountOf } from '../../record/people/reading.ts';
import { openRequest } from '../../record/people/requests.ts';
import {
  ChangePassword,
  CreateUser,
  ListUsers,
  NewPassword,
  NewUser,
  PeoplePath,
  UserPage,
  UserWithGrants,
  Waits,
} from '../contract/people.ts';
import type { Deps, Session } from '../deps.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { Problem } from '../problem.ts';
import { listUsers, viewRequest, viewUser } from '../queries/people.ts';
import { requireRole } from '../queries/reading.ts';
import { change } from './change.ts';
import type { App } from './command-route.ts';

export function users(app: App, deps: Deps): void {
  const { pool, store } = deps;

  app.get('/v1/users', { schema: listSchema }, async (request) => {
    const { office, user } = sessionOf(request);
    const key = await store.keyOf(office);
    return await withOffice(pool, office, async (tx) => {
      await requireRole(tx, user, READERS);
      return await listUsers(tx, key, request.query);
    });
  });

  app.post('/v1/users', { schema: createSchema }, async (request, reply) => {
    const session = sessionOf(request);
    const key = await store.keyOf(session.office);
    const { username, unit, name } = request.body;
    const password = newPassword();
    const account = {
      username: `${session.office.toLowerCase()}-${username}`, // so that no office learns of another's names
      unit,
      name,
      passwordHash: await hashPassword(password),
    };
    const made = await change(deps, session, { name: 'create-user', roles: MANAGERS }, async (work) =>
      createAccount(work, key, account),
    );
    reply.code(201).header('location', `/v1/users/${made.id}`);
    return { id: made.id, username: made.username, password };
  });

  app.get('/v1/users/:id', { schema: oneSchema }, async (request) => {
    const { office, user } = sessionOf(request);
    const key = await store.keyOf(office);
    return await withOffice(pool, office, async (tx) => {
      await requireRole(tx, user, READERS);
      return await viewUser(tx, key, personFrom(request.params.id));
    });
  });

  for (const [verb, active] of [
    ['activate', true],
    ['deactivate', false],
  ] as const)
    app.post(`/v1/users/:id/${verb}`, { schema: activeSchemas[verb] }, async (request) => {
      const session = sessionOf(request);
      const id = personFrom(request.params.id);
      const wanted = { name: `${verb}-user`, roles: MANAGERS };
      await known(change(deps, session, wanted, async (work) => await setActive(work, id, active)));
      return await answerUser(deps, session, id);
    });

  app.post('/v1/users/:id/reset-password', { schema: resetSchema }, async (request, reply) => {
    const id = personFrom(request.params.id);
    const password = newPassword();
    const hash = await hashPassword(password);
    const wanted = { name: 'reset-password', roles: MANAGERS };
    const asked = await known(change(deps, sessionOf(request), wanted, async (work) => await reset(work, id, hash)));
    if ('given' in asked) return { password };
    return await reply.code(202).send({ request: viewRequest(asked.waits) });
  });
}

/** For everybody: a password of one's own, which whoever made the account does not know. */
export function ownPassword(app: App, { pool }: Deps): void {
  const config = { rateLimit: { max: 20, timeWindow: 60_000 } };
  app.post('/v1/me/password', { schema: ownSchema, config }, async (request, reply) => {
    const { office, user } = sessionOf(request);
    const stored = await withOffice(
      pool,
      office,
      async (tx) =>
        await tx.query<{ hash: string }>(
          'api_password',
          'SELECT password_hash AS hash FROM user_account WHERE office_id = $1 AND id = $2',
          [office, user],
        ),
    );
    if (!(await verifyPassword(request.body.current, stored[0]?.hash ?? ''))) throw new Problem('password-wrong');
    const hash = await hashPassword(request.body.new);
    await withOffice(pool, office, async (tx) => await storePassword(tx, user, hash));
    return await reply.code(204).send(null);
  });
}

/** Whoever knows the password of a holder of a high role could act as one, so that takes two persons as well. */
async function reset(work: OfficeChange, user: UserId, hash: string): Promise<Changed<Asked<true>>> {
  if (!(await accountOf(work.tx, user))) return refused(refusal('unknown-user', { user }));
  if (await holdsHighRole(work, user)) {
    const waits = await openRequest(work, { kind: 'password-reset', user });
    return 'code' in waits ? refused(waits) : done({ waits });
  }
  await storePassword(work.tx, user, hash);
  await work.tell('password-reset', { user, request: null });
  return done({ given: true });
}

/** @throws Problem user-not-found, because no account has such an id */
function personFrom(text: string): UserId {
  if (!isId(text)) throw new Problem('user-not-found');
  return userId(text);
}

/** What is not there is told as such where the address names it. */
async function known<T>(work: Promise<T>): Promise<T> {
  return await work.catch((error: unknown) => {
    throw error instanceof Problem && error.code === 'unknown-user' ? new Problem('user-not-found') : error;
  });
}

async function answerUser(
  { pool, store }: Deps,
  { office }: Session,
  id: UserId,
): Promise<z.output<typeof UserWithGrants>> {
  const key = await store.keyOf(office);
  return await withOffice(pool, office, async (tx) => await viewUser(tx, key, id));
}

const people = { tags: ['people'], security: signedIn };
const one = { ...people, params: PeoplePath };
const listSchema = {
  ...people,
  summary: '账号 / list accounts',
  querystring: ListUsers,
  response: { 200: UserPage, ...problemsOf(400, 401, 403, 503) },
};
const createSchema = {
  ...people,
  summary: '新建账号 / create an account; its password is told once',
  body: CreateUser,
  response: { 201: NewUser, ...problemsOf(400, 401, 403, 409, 413, 415, 422, 503) },
};
const oneSchema = {
  ...one,
  summary: '查看账号及其授权 / one account with its grants, past ones too',
  response: { 200: UserWithGrants, ...problemsOf(401, 403, 404, 503) },
};
const activeSchemas = {
  activate: {
    ...one,
    summary: '启用账号 / activate an account; grants are given anew',
    response: { 200: UserWithGrants, ...problemsOf(401, 403, 404, 409, 503) },
  },
  deactivate: {
    ...one,
    summary: '停用账号 / deactivate an account: its sessions and grants end at once',
    response: { 200: UserWithGrants, ...problemsOf(401, 403, 404, 409, 503) },
  },
};
const resetSchema = {
  ...one,
  summary: '重置密码 / reset a password; that of a holder of a high role waits for a second person',
  response: { 200: NewPassword, 202: Waits, ...problemsOf(401, 403, 404, 409, 503) },
};
const ownSchema = {
  ...people,
  summary: '修改本人密码 / change one’s own password; every session ends',
  body: ChangePassword,
  response: {
    204: z.null().meta({ description: '已修改 / changed' }),
    ...problemsOf(400, 401, 403, 413, 415, 429, 503),
  },
};
