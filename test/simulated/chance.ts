import type { Random } from './random.ts';
import type { Blow, Fate, Process } from './scheduler.ts';
import type { Tally } from './tally.ts';
import type { Wire } from './world.ts';

const PAUSES = [300, 2_000, 4_000, 6_500, 12_000, 25_000];

/** Strikes at random between any two effects, as long as it is let. */
export class ChanceFate implements Fate {
  on = true;
  readonly #random: Random;
  readonly #tally: Tally;
  readonly #rate: number;

  constructor(random: Random, tally: Tally, rate: number) {
    this.#random = random;
    this.#tally = tally;
    this.#rate = rate;
  }

  strike(process: Process, label: string, when: 'before' | 'after'): Blow | undefined {
    if (!this.on || !this.#random.chance(this.#rate)) return undefined;
    const roll = this.#random.below(100);
    const who = process.name.replace(/-\d+$/, '');
    if (roll < 40) {
      this.#tally.add(`${who} killed`);
      if (label === 'COMMIT') this.#tally.add(`${who} killed ${when} COMMIT`);
      return 'crash';
    }
    if (roll < 85) {
      this.#tally.add(label === 'COMMIT' ? `connection lost ${when} COMMIT` : 'call or connection lost');
      return 'lose';
    }
    this.#tally.add(`${who} paused`);
    return { pauseMs: this.#random.pick(PAUSES) };
  }
}

/** Loses, doubles and delays what Temporal was told. */
export class ChanceWire implements Wire {
  on = true;
  readonly #random: Random;
  readonly #tally: Tally;
  readonly #later: (ms: number, send: () => void) => void;

  constructor(random: Random, tally: Tally, later: (ms: number, send: () => void) => void) {
    this.#random = random;
    this.#tally = tally;
    this.#later = later;
  }

  carry(send: () => void): void {
    const roll = this.on ? this.#random.below(100) : 100;
    if (roll < 5) return this.#tally.add('signal lost');
    if (roll >= 20) return send();
    this.#tally.add(roll < 10 ? 'signal doubled' : 'signal delayed');
    if (roll < 10) send();
    return this.#later(this.#random.below(20_000), send);
  }
}
