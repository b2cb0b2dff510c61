/** Numbers from a seed: the same seed, the same numbers. */
export interface Random {
  /** From 0 up to, and without, 1. */
  next(): number;
  /** An integer from 0 up to, and without, `below`. */
  below(below: number): number;
  chance(probability: number): boolean;
  /** One of them. @throws RangeError when there is none */
  pick<T>(from: readonly T[]): T;
  shuffled<T>(from: readonly T[]): T[];
}

/** Mulberry32, in the public domain: small, and good enough to choose what happens next. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick<T>(from: readonly T[]): T {
      const at = below(from.length);
      if (at >= from.length) throw new RangeError('there is nothing to pick from');
      return from[at] as T; // within its length
    },
    shuffled<T>(from: readonly T[]): T[] {
      const ranked = from.map((value) => ({ value, rank: next() }));
      return ranked.sort((a, b) => a.rank - b.rank).map(({ value }) => value);
    },
  };
}
