import { z } from 'zod';
import { withOffice } from '../../record/office.ts';
import { LoginAnswer, LoginBody, Me } from '../contract/session.ts';
import type { Deps } from '../deps.ts';
import { createLogin } from '../login.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { readMe } from '../queries/me.ts';
import { endSession } from '../sessions.ts';
import type { App } from './command-route.ts';

export interface LoginLimits {
  /** Tries from one address in a minute. */
  loginsPerMinute: number;
}

/** Registered outside the scope that asks for a session. */
export function signIn(app: App, { pool }: Deps, { loginsPerMinute }: LoginLimits): void {
  const login = createLogin(pool);
  const config = { rateLimit: { max: loginsPerMinute, timeWindow: 60_000 } };
  app.post('/v1/login', { schema: loginSchema, config }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    return await login(request.body);
  });
}

export function session(app: App, { pool, store }: Deps): void {
  app.post('/v1/logout', { schema: logoutSchema }, async (request, reply) => {
    const token = request.signedIn?.token ?? '';
    await endSession(pool, sessionOf(request), token);
    return await reply.code(204).send(null);
  });
  app.get('/v1/me', { schema: meSchema }, async (request) => {
    const { office, user } = sessionOf(request);
    const key = await store.keyOf(office);
    return await withOffice(pool, office, async (tx) => await readMe(tx, key, user));
  });
}

const loginSchema = {
  summary: '登录 / sign in',
  tags: ['session'],
  body: LoginBody,
  response: { 200: LoginAnswer, ...problemsOf(400, 401, 413, 415, 429, 503) },
};
const logoutSchema = {
  summary: '退出 / sign out',
  tags: ['session'],
  security: signedIn,
  response: { 204: z.null().meta({ description: '已退出 / signed out' }), ...problemsOf(401, 503) },
};
const meSchema = {
  summary: '我的身份与授权 / who I am and what I may',
  tags: ['session'],
  security: signedIn,
  response: { 200: Me, ...problemsOf(401, 503) },
};
