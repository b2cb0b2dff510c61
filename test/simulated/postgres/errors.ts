/** An error as the `pg` driver throws it. */
export class DatabaseError extends Error {
  readonly code: string;
  readonly constraint: string | undefined;

  constructor(code: string, constraint?: string) {
    super(`database error ${code}${constraint === undefined ? '' : ` (${constraint})`}`);
    this.code = code;
    this.constraint = constraint;
  }
}

export const UNIQUE = '23505';
export const FOREIGN_KEY = '23503';
export const CHECK = '23514';
export const EXCLUSION = '23P01';
export const RESTRICT = '23001';
export const INTEGRITY = '23000';
export const DEADLOCK = '40P01';
export const LOCK_TIMEOUT = '55P03';
export const ABORTED = '25P02';
export const SHUTDOWN = '57P01';

/** As the driver says it when the other side of a connection is gone: once with a code, once with words only. */
export function connectionLost(coded: boolean): Error {
  const error = new Error(coded ? 'read ECONNRESET' : 'Connection terminated unexpectedly');
  return coded ? Object.assign(error, { code: 'ECONNRESET' }) : error;
}
