import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import type { Session } from '../deps.ts';
import { Problem } from '../problem.ts';
import { findSession } from '../sessions.ts';

declare module 'fastify' {
  interface FastifyRequest {
    signedIn: { session: Session; token: string } | null;
  }
}

const BEARER = /^Bearer +([\x21-\x7e]{1,200})$/i;

/** Every route of this scope asks for a session. The session says who asks; what they may, their grants say each time. */
export function requireSession(app: FastifyInstance, pool: Pool): void {
  app.addHook('onRequest', async (request, reply) => {
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    const session = token === undefined ? undefined : await findSession(pool, token);
    if (!session || token === undefined) {
      reply.header('www-authenticate', 'Bearer');
      throw new Problem('not-signed-in');
    }
    request.signedIn = { session, token };
  });
}

/** @throws Error, a bug, on a route outside the scope of `requireSession` */
export function sessionOf(request: FastifyRequest): Session {
  if (!request.signedIn) throw new Error('a route that needs a session has none');
  return request.signedIn.session;
}
