/** The same seed gives the same numbers, on every machine. */
export interface Random {
  /** From 0 up to, not including, 1. */
  share(): number;
  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number;
  chance(share: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** Between the two, small values as likely as large ones: waiting times are like that. */
  spread(least: number, most: number): number;
  uuid(): string;
}

/** mulberry32: 32 bits of state are plenty to scatter cases. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  const share = (): number => next() / 2 ** 32;
  const hex = (): string => next().toString(16).padStart(8, '0');
  return {
    share,
    whole: (least, most) => least + Math.floor(share() * (most - least + 1)),
    chance: (of) => share() < of,
    pick(from) {
      const found = from[Math.floor(share() * from.length)];
      if (found === undefined) throw new RangeError('there is nothing to pick from');
      return found;
    },
    spread: (least, most) => Math.round(least * (most / least) ** share()),
    uuid() {
      const [a, b, c, d] = [hex(), hex(), hex(), hex()];
      return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${c.slice(4)}${d}`;
    },
  };
}
