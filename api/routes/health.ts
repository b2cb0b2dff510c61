import { Live, Ready } from '../contract/health.ts';
import type { Deps } from '../deps.ts';
import { problemsOf } from '../plugins/openapi.ts';
import type { App } from './command-route.ts';

export function health(app: App, { pool, temporalReady }: Deps): void {
  app.get('/health/live', { schema: liveSchema }, () => ({ status: 'live' as const }));
  app.get('/health/ready', { schema: readySchema }, async () => {
    const [temporal] = await Promise.all([temporalReady(), pool.query('SELECT 1')]);
    return { status: 'ready' as const, database: true as const, temporal };
  });
}

const liveSchema = { summary: '进程在运行 / the process runs', tags: ['health'], response: { 200: Live } };
const readySchema = {
  summary: '可以受理 / people can work',
  tags: ['health'],
  response: { 200: Ready, ...problemsOf(503) },
};
