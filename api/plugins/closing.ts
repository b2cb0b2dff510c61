import { Problem } from '../problem.ts';
import type { App } from '../routes/command-route.ts';

/**
 * While the server ends, what arrives on a connection that is still open is told to come again, in the form of every
 * other refusal (Fastify's own answer has another shape and no code), and every answer is the last of its connection:
 * one that is kept open by its client would keep the process alive.
 */
export function refuseWhileClosing(app: App): void {
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.addHook('onRequest', (_request, _reply, done) => {
    done(closing ? new Problem('shutting-down', { headers: { 'retry-after': '2' } }) : undefined);
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
}
