import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Deps } from './deps.ts';
import { requireSession } from './plugins/auth.ts';
import { answerBrokenRequest, answerWhatNodeWould } from './plugins/broken-request.ts';
import { refuseWhileClosing } from './plugins/closing.ts';
import { acceptStrictJson } from './plugins/json.ts';
import { logRequests } from './plugins/logging.ts';
import { watchMethods } from './plugins/methods.ts';
import { describeRoutes } from './plugins/openapi.ts';
import { answerProblems, problemOf, sendProblem } from './plugins/problems.ts';
import { shapeCompiler } from './plugins/shape.ts';
import { tellSimulation } from './plugins/simulation-header.ts';
import { Problem } from './problem.ts';
import { actionProject } from './routes/action-project.ts';
import { closureReview } from './routes/closure-review.ts';
import type { App } from './routes/command-route.ts';
import { commandOutcomes } from './routes/commands.ts';
import { demandList } from './routes/demand-list.ts';
import { health } from './routes/health.ts';
import { items } from './routes/items.ts';
import { requests } from './routes/requests.ts';
import { resourceMatching } from './routes/resource-matching.ts';
import { resources } from './routes/resources.ts';
import { type LoginLimits, session, signIn } from './routes/session.ts';
import { simulation } from './routes/simulation.ts';
import { teamAssignment } from './routes/team-assignment.ts';
import { teams } from './routes/teams.ts';

const BODY_LIMIT = 256 * 1024;

export interface Limits extends LoginLimits {
  /** Requests to addresses that do not exist, from one address in a minute. */
  missesPerMinute: number;
  /** How long a client may take to send its headers; looked at three times within. */
  headersWithinMs: number;
}

/** An office behind one address signs in at eight in the morning; whoever guesses passwords needs far more. */
const generous: Limits = { loginsPerMinute: 120, missesPerMinute: 300, headersWithinMs: 15_000 };

/** Answers are data; the pages under /docs bring a policy of their own. */
const nothingToLoad = { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } };

/** The application without a port: composes, listens to nothing, reads no configuration. */
export async function buildApp(deps: Deps, limits: Partial<Limits> = {}): Promise<App> {
  const { loginsPerMinute, missesPerMinute, headersWithinMs } = { ...generous, ...limits };
  const app = createServer(deps, headersWithinMs).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(shapeCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('signedIn', null);
  answerProblems(app);
  answerWhatNodeWould(app);
  acceptStrictJson(app);
  logRequests(app);
  refuseWhileClosing(app);
  tellSimulation(app, deps.pool);
  const answerOtherMethods = watchMethods(app);
  await app.register(helmet, { strictTransportSecurity: false, contentSecurityPolicy: nothingToLoad });
  await app.register(rateLimit, { global: false });
  await describeRoutes(app);
  app.setNotFoundHandler(
    { preHandler: app.rateLimit({ max: missesPerMinute, timeWindow: 60_000 }) },
    (request, reply) => sendProblem(request, reply, new Problem('not-found')),
  );
  health(app, deps);
  signIn(app, deps, { loginsPerMinute });
  await app.register((scope, _options, done) => {
    signedInRoutes(scope.withTypeProvider<ZodTypeProvider>(), deps);
    done();
  });
  answerOtherMethods(app);
  return app;
}

function createServer(deps: Deps, headersTimeout: number): FastifyInstance {
  return Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    connectionTimeout: 120_000,
    keepAliveTimeout: 72_000,
    http: {
      maxHeaderSize: 16 * 1024,
      headersTimeout,
      connectionsCheckingInterval: headersTimeout / 3,
      requireHostHeader: false, // answered by us, in words
    },
    forceCloseConnections: 'idle',
    return503OnClosing: false, // answered by us, in words
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, request, reply) => {
      sendProblem(request, reply, problemOf(error, request.log));
    },
  });
}

/** Everything that asks for a session. Answers are somebody's own and kept nowhere on the way. */
function signedInRoutes(app: App, deps: Deps): void {
  requireSession(app, deps.pool);
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  session(app, deps);
  demandList(app, deps);
  resourceMatching(app, deps);
  teamAssignment(app, deps);
  actionProject(app, deps);
  closureReview(app, deps);
  requests(app, deps);
  items(app, deps);
  commandOutcomes(app, deps);
  resources(app, deps);
  teams(app, deps);
  simulation(app, deps);
}
