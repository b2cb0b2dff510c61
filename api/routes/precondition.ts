import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../problem.ts';

/** @throws Problem when the header is missing, or is not 1 to 128 visible ASCII characters */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string {
  const key = headers['idempotency-key'];
  if (key === undefined || key === '') throw new Problem('idempotency-key-missing');
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(key)) throw new Problem('idempotency-key-invalid');
  return key;
}

/**
 * The revision that a person saw, or `*` for none: that does for commands that the definition says commute.
 * @throws Problem 428 when it is missing, 400 when it is not one strong tag of ours
 */
export function ifMatchOf(headers: IncomingHttpHeaders): number | '*' {
  const tag = headers['if-match']?.trim();
  if (tag === undefined || tag === '') throw new Problem('if-match-missing');
  if (tag === '*') return tag;
  const rev = /^"([1-9]\d{0,8})"$/.exec(tag)?.[1];
  if (rev === undefined) throw new Problem('if-match-invalid');
  return Number(rev);
}

export const etag = (rev: number): string => `"${rev}"`;
