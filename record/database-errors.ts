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

/** Worth doing again from the start with the same key: somebody else was first, or the answer to COMMIT was lost. */
export function restarts(error: unknown): boolean {
  const { code } = read(error);
  if ([UNIQUE, SERIALIZATION, DEADLOCK].includes(code)) return true;
  const lost = ['ECONNRESET', 'EPIPE', '57P01', '57P02', '25P03', '08006', '08003'];
  return lost.includes(code) || (error instanceof Error && error.message.startsWith('Connection terminated'));
}

/** The database is too busy or away: the caller may come back with the same key. */
export function isUnavailable(error: unknown): boolean {
  const { code } = read(error);
  const away = [
    '55P03',
    '57014',
    '57P01',
    '57P02',
    '57P03',
    '53300',
    '25P03',
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'EPIPE',
  ];
  const told =
    error instanceof Error && /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message);
  return away.includes(code) || told;
}
