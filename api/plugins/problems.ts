import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isUnavailable, restarts } from '../../record/database-errors.ts';
import { Problem } from '../problem.ts';
import { languageOf, say, titleOf, wordOf, type ProblemCode } from '../words/say.ts';

/** One error handler for everything: problem+json in the caller's language, and no word of how it came about. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request.log);
    return sendProblem(request, reply, problem);
  });
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const language = languageOf(request.headers['accept-language']);
  const { details, states, members, headers, errors } = problem.more;
  const { status } = wordOf[problem.code];
  const body = {
    type: 'about:blank',
    title: titleOf(status, language),
    status,
    code: problem.code,
    detail: say(problem.code, language, details, states),
    instance: request.url.split('?', 1)[0],
    ...(details ? { details } : {}),
    ...members,
    ...(errors ? { errors: errors.map((error) => ({ ...error, message: error.message[language] })) } : {}),
  };
  reply
    .code(status)
    .headers({ 'content-language': language, vary: 'accept-language', ...headers })
    .type('application/problem+json; charset=utf-8');
  // the route's response schema says nothing about a status it does not declare
  return reply.serializer((payload: unknown) => JSON.stringify(payload)).send(body);
}

/** What Fastify and its plugins throw, by their codes. */
const framework: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad-request',
  FST_ERR_BAD_URL: 'bad-request',
};

/** Prisma's codes for a database that is not reached, not in time, or has no connection free. */
const prismaAway = ['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028'];

/** @returns the problem that an error stands for; what is ours to mend is logged, without any value in it */
export function problemOf(error: unknown, log: FastifyBaseLogger): Problem {
  if (error instanceof Problem) return error;
  const { code, statusCode } = traits(error);
  const known = framework[code];
  if (known) return new Problem(known);
  if (statusCode === 429) return new Problem('too-many-requests');
  if (isUnavailable(error) || restarts(error) || prismaAway.includes(code)) {
    log.warn(describe(error), 'the database is away or busy');
    return new Problem('database-unavailable', { headers: { 'retry-after': '2' } });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new Problem('bad-request');
  log.error(describe(error), 'an error that should not happen');
  return new Problem('internal-error');
}

function traits(error: unknown): { code: string; statusCode: number | undefined } {
  const { code, statusCode } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  return {
    code: typeof code === 'string' ? code : '',
    statusCode: typeof statusCode === 'number' ? statusCode : undefined,
  };
}

/** Where an error arose and of what kind: a database's message may quote what somebody wrote. */
function describe(error: unknown): { error: string; code: string; constraint: string; frames: string[] } {
  const { constraint } = (typeof error === 'object' && error !== null ? error : {}) as { constraint?: unknown };
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return {
    error: error instanceof Error ? error.name : typeof error,
    code: traits(error).code,
    constraint: typeof constraint === 'string' ? constraint : '',
    frames: stack
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 8)
      .map((line) => line.trim()),
  };
}
