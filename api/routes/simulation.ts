import { Socket } from 'node:net';
import { formatInstant, parseInstant } from '../../domain/time.ts';
import { withOffice } from '../../record/office.ts';
import { AdvanceAnswer, AdvanceBody } from '../contract/simulation.ts';
import type { Deps } from '../deps.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { requireRole } from '../queries/reading.ts';
import { advance } from '../simulation.ts';
import type { App } from './command-route.ts';

const ROLES = ['sys_admin', 'process_admin'];

export function simulation(app: App, deps: Deps): void {
  app.post('/v1/simulation/advance', { schema }, async (request) => {
    const { office, user } = sessionOf(request);
    await withOffice(deps.pool, office, async (tx) => await requireRole(tx, user, ROLES));
    const { socket } = request.raw;
    if (socket instanceof Socket) socket.setTimeout(0); // a year of an office takes as long as it takes
    const { now, fired, instants } = await advance(deps, office, parseInstant(request.body.to));
    return { now: formatInstant(now), fired, instants };
  });
}

const schema = {
  summary: '推进模拟时钟 / set the clock of a simulation forward, stopping wherever something falls due',
  tags: ['simulation'],
  security: signedIn,
  body: AdvanceBody,
  response: { 200: AdvanceAnswer, ...problemsOf(400, 401, 403, 409, 413, 415, 422, 503) },
};
