import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { type Random, randomOf } from './random.ts';

/** What the code under test takes from its machine: a clock and chance, here given by the simulation. */
export interface Machine {
  /** What `Date.now()` answers. */
  clock: () => number;
  /** From here on ids, salts and keys follow from this seed. */
  reseed(seed: number): void;
}

/**
 * Puts the machine in the simulation's hands for the length of `work`, so that a seed repeats a run to the last byte:
 * ids are in the records, their hashes are the seeds of draws.
 */
export async function onMachine<T>(seed: number, work: (machine: Machine) => Promise<T>): Promise<T> {
  let random: Random = randomOf(seed);
  const machine: Machine = { clock: () => 0, reseed: (other) => void (random = randomOf(other)) };
  const bytes = (size: number): Buffer => Buffer.from(Array.from({ length: size }, () => random.below(256)));
  const { randomUUID, randomBytes, scrypt } = crypto;
  const { now } = Date;
  Date.now = () => machine.clock();
  install({ randomUUID: () => uuidOf(bytes(16).toString('hex')), randomBytes: bytes, scrypt: noWork });
  try {
    return await work(machine);
  } finally {
    Date.now = now;
    install({ randomUUID, randomBytes, scrypt });
  }
}

/** Names imported from a built-in module follow its exports once these are synchronised. */
function install(members: Record<'randomUUID' | 'randomBytes' | 'scrypt', unknown>): void {
  Object.assign(crypto, members);
  syncBuiltinESMExports();
}

function uuidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join('-');
}

/** Nobody logs in here: a password's hash may be anything, and is not worth its 50 ms. */
function noWork(
  _password: string,
  _salt: Buffer,
  size: number,
  _cost: object,
  done: (error: null, key: Buffer) => void,
): void {
  done(null, Buffer.alloc(size));
}
