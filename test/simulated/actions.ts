import * as fc from 'fast-check';

/** One thing that is done to the world; numbers choose among what is there when it is done. */
export type Action =
  | { do: 'submit' | 'step' | 'wild' | 'repeat' | 'reuse' | 'race' | 'behind' | 'fault' | 'office'; choice: number }
  | { do: 'pass' | 'jump'; ms: number };

export interface Script {
  /** Seed of the order of effects and of everything that happens by chance. */
  seed: number;
  /** Office milliseconds in a real one. */
  scale: number;
  /** Faults per effect. */
  rate: number;
  /** Without the loops, and without faults, wakes and timers alone must bring everything about in time. */
  loops: boolean;
  actions: Action[];
}

const choice = fc.noBias(fc.nat(2 ** 31 - 1));
const some = (what: Extract<Action, { choice: number }>['do']): fc.Arbitrary<Action> =>
  choice.map((number) => ({ do: what, choice: number }));

const HOUR = 3_600_000;
const passes = fc.constantFrom(200, 1_000, 3_000, 10_000, 70_000).map((ms): Action => ({ do: 'pass', ms }));
const jumps = fc
  .constantFrom(60_000, HOUR, 2 * HOUR, 8 * HOUR, 24 * HOUR, 48 * HOUR, 31 * 24 * HOUR)
  .map((ms): Action => ({ do: 'jump', ms }));

const action = fc.oneof(
  { weight: 4, arbitrary: some('submit') },
  { weight: 66, arbitrary: some('step') },
  { weight: 6, arbitrary: some('wild') },
  { weight: 4, arbitrary: some('repeat') },
  { weight: 1, arbitrary: some('reuse') },
  { weight: 3, arbitrary: some('race') },
  { weight: 2, arbitrary: some('behind') },
  { weight: 8, arbitrary: passes },
  { weight: 2, arbitrary: jumps },
  { weight: 2, arbitrary: some('office') },
  { weight: 2, arbitrary: some('fault') },
);

/** Scripts of exactly so many actions, so that the number of commands of a test can be told. */
export function scripts(length: number): fc.Arbitrary<Script> {
  return fc.record({
    seed: choice,
    scale: fc.constantFrom(1, 60, 600),
    rate: fc.constantFrom(0, 0.001, 0.004),
    loops: fc.constantFrom(true, true, true, false),
    actions: fc.array(action, { minLength: length, maxLength: length, size: 'max' }),
  });
}
