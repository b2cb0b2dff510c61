import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { Text } from '../../domain/process/definition.ts';
import { ProblemBody } from '../contract/problem.ts';
import { wordOf } from '../words/say.ts';

/** `/openapi.json` (3.1) and a page to try it on at `/docs`. Registered before the routes that they describe. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: '四单 · 诉求办理 / Four Lists: from a demand to its closure',
        version: '1',
        description:
          '诉求经五个阶段办理：需求清单、资源匹配、队伍派遣、行动实施、结案评审。先用 POST /v1/login 取得令牌。\n\n' +
          'A demand goes through five stages. Sign in with POST /v1/login, then send the token as Bearer. Every command ' +
          'carries an Idempotency-Key; every command to an existing case carries If-Match with the ETag that was seen.',
      },
      tags,
      components: { securitySchemes: { session: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: withoutInputs,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // served over plain HTTP on the machine itself
    transformStaticCSP: (policy) => policy.replace(/\s*upgrade-insecure-requests;?/, ''),
    uiConfig: { persistAuthorization: false, tryItOutEnabled: true },
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));
}

/** Named schemas are of answers; what is sent is written out where it is sent. */
const withoutInputs: SwaggerTransformObject = (document) => {
  const described = jsonSchemaTransformObject(document);
  if (!('components' in described) || !described.components?.schemas) return described;
  for (const name of Object.keys(described.components.schemas))
    if (name.endsWith('Input')) delete described.components.schemas[name];
  return described;
};

const tags = [
  { name: 'session', description: '登录 / signing in' },
  { name: 'cases', description: '事项 / cases: reading' },
  { name: 'progress', description: '办理进度，无需登录 / how far a case has come, without an account' },
  { name: 'files', description: '材料 / evidence files' },
  { name: 'demand-list', description: '需求清单 / demand list' },
  { name: 'resource-matching', description: '资源匹配 / resource matching' },
  { name: 'team-assignment', description: '队伍派遣 / team assignment' },
  { name: 'action-project', description: '行动实施 / action' },
  { name: 'closure-review', description: '结案评审 / closure review' },
  { name: 'requests', description: '审批 / requests' },
  { name: 'lists', description: '资源与服务团队清单 / resources and teams' },
  { name: 'office', description: '日历、目录与时限 / calendars, catalogues and limits' },
  { name: 'inbox', description: '待办 / the inbox' },
  { name: 'notices', description: '通知与实时事件 / notices and live events' },
  { name: 'people', description: '账号、角色与授权 / accounts, roles and grants' },
  { name: 'simulation', description: '模拟时钟 / the simulation clock' },
  { name: 'health', description: '健康 / health' },
];

export const signedIn: { session: string[] }[] = [{ session: [] }];

export const summary = ({ zh, en }: Text): string => `${zh} / ${en}`;

interface Documented {
  description: string;
  content: { 'application/problem+json': { schema: z.ZodType } };
}

/** The problems that a route may answer with, by status. */
export function problemsOf(...statuses: number[]): Record<number, Documented> {
  const codes = Object.entries(wordOf);
  return Object.fromEntries(
    statuses.map((status) => {
      const known = codes.filter(([, word]) => word.status === status).map(([code]) => code);
      const content = { 'application/problem+json': { schema: ProblemBody } };
      return [status, { description: known.join(', '), content }];
    }),
  );
}
