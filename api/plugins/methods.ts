import type { FastifyInstance, HTTPMethods } from 'fastify';
import { Problem } from '../problem.ts';

const METHODS: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * An address that exists says which methods it takes: 405 with `Allow`, and `OPTIONS` answers. Called before the
 * routes; the plugin that it returns is registered after them.
 */
export function watchMethods(app: FastifyInstance): (rest: FastifyInstance) => void {
  const known = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ method, url }) => {
    const methods = known.get(url) ?? new Set<string>();
    for (const name of [method].flat()) methods.add(name);
    known.set(url, methods);
  });
  return (rest) => {
    const found = [...known].filter(([url]) => !url.startsWith('/docs') && !url.endsWith(ANY_COMMAND));
    for (const [url, methods] of found) answerTheRest(rest, url, new Set(methods));
  };
}

/** Stands for what is no command at all, so it has no methods to tell of. */
const ANY_COMMAND = '/:command';

function answerTheRest(app: FastifyInstance, url: string, methods: Set<string>): void {
  const allow = [...methods, ...(methods.has('OPTIONS') ? [] : ['OPTIONS'])].sort().join(', ');
  const others = METHODS.filter((method) => !methods.has(method) && method !== 'OPTIONS');
  const schema = { hide: true };
  app.route({
    method: others,
    url,
    schema,
    onRequest: async () => {
      throw new Problem('method-not-allowed', { headers: { allow } });
    },
    handler: () => undefined,
  });
  if (methods.has('OPTIONS')) return;
  app.options(url, { schema }, async (_request, reply) => await reply.code(204).header('allow', allow).send());
}
