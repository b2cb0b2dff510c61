/** A guard as a tree: total, without loops, so that it always ends and never throws. */
export type Guard =
  | { all: Guard[] }
  | { any: Guard[] }
  | { not: Guard }
  | { value: string; is: GuardValue }
  | { value: string; in: GuardValue[] }
  | { value: string; atLeast: number };

export type GuardValue = string | number | null;

/**
 * What a guard may read, by name; a name that is absent reads as null. Names that begin with `payload.` are unknown
 * while somebody only asks what they may do.
 */
export interface Scope {
  read: (name: string) => GuardValue;
  payloadKnown: boolean;
}

export type Truth = 'yes' | 'no' | 'unknown';

/** Kleene's three values: what depends on an unknown is unknown, unless the rest already decides. */
export function evaluate(guard: Guard, scope: Scope): Truth {
  if ('all' in guard) return least(guard.all.map((part) => evaluate(part, scope)));
  if ('any' in guard) return negate(least(guard.any.map((part) => negate(evaluate(part, scope)))));
  if ('not' in guard) return negate(evaluate(guard.not, scope));
  if (guard.value.startsWith('payload.') && !scope.payloadKnown) return 'unknown';
  const value = scope.read(guard.value);
  if ('is' in guard) return truth(value === guard.is);
  if ('in' in guard) return truth(guard.in.includes(value));
  return truth(typeof value === 'number' && value >= guard.atLeast);
}

const truth = (holds: boolean): Truth => (holds ? 'yes' : 'no');

function least(parts: Truth[]): Truth {
  if (parts.includes('no')) return 'no';
  return parts.includes('unknown') ? 'unknown' : 'yes';
}

function negate(value: Truth): Truth {
  if (value === 'unknown') return value;
  return value === 'yes' ? 'no' : 'yes';
}

/** An automatic transition's guard reads the state only: nobody has given a payload when the workflow asks. */
export function guardProblems(guard: Guard, automatic: boolean): string[] {
  if ('all' in guard) return guard.all.flatMap((part) => guardProblems(part, automatic));
  if ('any' in guard) return guard.any.flatMap((part) => guardProblems(part, automatic));
  if ('not' in guard) return guardProblems(guard.not, automatic);
  return automatic && guard.value.startsWith('payload.') ? [`an automatic guard reads ${guard.value}`] : [];
}
