import { refusal, type Refusal, refusalCodes } from '../domain/refusals.ts';

const CHECK = '23514';
const FOREIGN_KEY = '23503';
const EXCLUSION = '23P01';
const UNIQUE = '23505';
const SERIALIZATION = '40001';
const DEADLOCK = '40P01';

interface DatabaseError {
  code?: unknown;
  constraint?: unknown;
}

function read(error: unknown): { code: string; constraint: string } {
  const { code, constraint } = (typeof error === 'object' && error !== null ? error : {}) as DatabaseError;
  return { code: typeof code === 'string' ? code : '', constraint: typeof constraint === 'string' ? constraint : '' };
}

/** A constraint that holds a rule is named after its refusal, with the rule's number behind it where there is one. */
export function refusalOf(error: unknown): Refusal | undefined {
  const { code, constraint } = read(error);
  if (![CHECK, EXCLUSION, FOREIGN_KEY].includes(code)) return undefined;
  const found = refusalCodes.find((known) => constraint === known || constraint.startsWith(`${known}-`));
  return found ? refusal(found) : undefined;
}

/** A connection that ended, perhaps between COMMIT and its answer: told to, idle for too long, with its server, or by the network. */
const LOST = ['ECONNRESET', 'EPIPE', '57P01', '57P02', '25P03', '08006', '08003'];
/** A server that is not there, does not get on, or has no room; 53 is its class for the latter: disk, memory, connections. */
const AWAY = ['55P03', '57014', '57P03', '58030', 'ECONNREFUSED', 'ETIMEDOUT', ...LOST];
const NO_ROOM = /^53/;

/** Worth doing again from the start with the same key: somebody else was first, or the answer to COMMIT was lost. */
export function restarts(error: unknown): boolean {
  const { code } = read(error);
  if ([UNIQUE, SERIALIZATION, DEADLOCK, ...LOST].includes(code)) return true;
  return error instanceof Error && error.message.startsWith('Connection terminated');
}

/** The database is too busy, full or away: the caller may come back with the same key. */
export function isUnavailable(error: unknown): boolean {
  const { code } = read(error);
  const told =
    error instanceof Error && /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message);
  return AWAY.includes(code) || NO_ROOM.test(code) || told;
}
