import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';

/** A simulation says so in every answer. A database is one from its creation or never, so it is asked once. */
export function tellSimulation(app: FastifyInstance, pool: Pool): void {
  let simulation = false;
  app.addHook('onReady', async () => {
    const { rows } = await pool.query<{ simulation: boolean }>('SELECT simulation FROM simulation_clock');
    simulation = rows[0]?.simulation === true;
  });
  app.addHook('onRequest', (_request, reply, done) => {
    if (simulation) reply.header('simulation', 'true');
    done();
  });
}
