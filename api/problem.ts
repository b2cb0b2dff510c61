import type { Details, ProblemCode } from './words/say.ts';
import type { Text } from '../domain/process/definition.ts';

/** One member of a request that is not of its shape; `pointer` is a JSON Pointer into that part of the request. */
export interface ShapeError {
  in: 'body' | 'query' | 'path' | 'header';
  pointer: string;
  code: string;
  message: Text;
}

interface More {
  /** Codes and numbers of the refusal; never what somebody wrote. */
  details?: Details;
  /** Titles of the definition's states, for the sentence. */
  states?: Record<string, Text>;
  /** Further members of the answer. */
  members?: Record<string, unknown>;
  headers?: Record<string, string>;
  errors?: ShapeError[];
}

/** An answer that is not a success, thrown by whoever knows; the problems plugin alone turns it into problem+json. */
export class Problem extends Error {
  override name = 'Problem';
  readonly code: ProblemCode;
  readonly more: More;

  constructor(code: ProblemCode, more: More = {}) {
    super(code);
    this.code = code;
    this.more = more;
  }
}
