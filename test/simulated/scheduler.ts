import type { Random } from './random.ts';

/** What befalls a process at one point between two effects. */
export type Blow = 'crash' | 'lose' | { pauseMs: number };

/** Decides at every point whether something befalls the process there. */
export interface Fate {
  strike(process: Process, label: string, when: 'before' | 'after'): Blow | undefined;
}

/** One life of a process: after a crash another one takes its name. */
export interface Process {
  name: string;
  alive: boolean;
  /** What the rest of the world does when the process is gone: connections break, its work is never answered. */
  onDeath: Set<() => void>;
  onPause: Set<(ms: number) => void>;
  pausedUntil: number;
}

interface Timed {
  at: number;
  order: number;
  ring: () => void;
}

/** A run of a thousand actions takes about 30,000; somebody who goes on without end has no other end. */
const MOST_EFFECTS = 400_000;

const never = new Promise<never>(() => undefined);
const macrotask = async (): Promise<void> => await new Promise((done) => setImmediate(done));

/**
 * Everything that happens in a simulated run happens here, one effect at a time: whoever is about to touch the world
 * may have to stand aside, and who goes on follows from the seed. Time passes only when nobody can go on.
 */
export class Scheduler {
  now: number;
  /** Chance that somebody else may go first at an effect. */
  yields = 0.15;
  /** Whether time passes while things are done, too. */
  drifts = true;
  /** Workflow code that is running: it must come to rest before anybody else goes on. */
  busy = 0;
  effects = 0;
  readonly random: Random;
  fate: Fate;
  /** Errors that nobody expected. */
  readonly faults: unknown[] = [];
  #ready: { process: Process; go: () => void }[] = [];
  readonly #timed: Timed[] = [];
  #order = 0;

  constructor(now: number, random: Random, fate: Fate) {
    this.now = now;
    this.random = random;
    this.fate = fate;
  }

  /** Begins work of a process; it ends without a trace when the process dies. */
  spawn(process: Process, work: () => Promise<void>): void {
    this.park(process)
      .then(work)
      .catch((error: unknown) => void this.faults.push(error));
  }

  /** Lets others go first. Never returns when the process dies meanwhile. */
  async park(process: Process): Promise<void> {
    await new Promise<void>((go) => this.#ready.push({ process, go }));
  }

  /** Does `act` at once, with the chance of a blow before it and after it. */
  async effect<T>(process: Process, label: string, act: () => T, lost: () => Error): Promise<T> {
    this.effects += 1;
    if (this.drifts && this.random.below(4) === 0) this.now += 1;
    const before = this.fate.strike(process, label, 'before');
    if (before) await this.#suffer(process, before, lost);
    if (!process.alive) return await never;
    if (this.random.chance(this.yields)) await this.park(process);
    const result = act();
    const after = this.fate.strike(process, label, 'after');
    if (after) await this.#suffer(process, after, lost);
    return result;
  }

  async #suffer(process: Process, blow: Blow, lost: () => Error): Promise<void> {
    if (blow === 'lose') throw lost();
    if (blow === 'crash') {
      this.kill(process);
      return await never;
    }
    process.pausedUntil = Math.max(process.pausedUntil, this.now + blow.pauseMs);
    for (const notice of process.onPause) notice(blow.pauseMs);
    return await this.sleep(process, blow.pauseMs);
  }

  kill(process: Process): void {
    if (!process.alive) return;
    process.alive = false;
    for (const end of process.onDeath) end();
    process.onDeath.clear();
  }

  async sleep(process: Process, ms: number): Promise<void> {
    await new Promise<void>((go) => this.after(ms, () => this.#ready.push({ process, go })));
  }

  after(ms: number, ring: () => void): void {
    const timed = { at: this.now + ms, order: (this.#order += 1), ring };
    let at = this.#timed.length;
    while (at > 0 && isLater(this.#timed[at - 1], timed)) at -= 1;
    this.#timed.splice(at, 0, timed);
  }

  /** One more step of somebody; when nobody is ready, time goes on to what rings next, not beyond `until`. */
  async step(until: number): Promise<boolean> {
    const rings = this.#timed[0] !== undefined && this.#timed[0].at <= this.now && this.random.chance(0.5);
    if (this.effects > MOST_EFFECTS) throw new Error(`it does not come to rest: ${this.effects} effects`);
    const moved = (rings && this.#ringNext(until)) || this.#resumeOne() || this.#ringNext(until);
    if (!moved) return false;
    do await macrotask();
    while (this.busy > 0);
    const [fault] = this.faults;
    if (fault !== undefined) throw fault;
    return true;
  }

  #resumeOne(): boolean {
    while (this.#ready.length > 0) {
      const at = this.random.below(this.#ready.length);
      const [chosen] = this.#ready.splice(at, 1);
      if (!chosen?.process.alive) continue;
      if (chosen.process.pausedUntil > this.now) {
        this.after(chosen.process.pausedUntil - this.now, () => this.#ready.push(chosen));
        continue;
      }
      chosen.go();
      return true;
    }
    return false;
  }

  #ringNext(until: number): boolean {
    const [next] = this.#timed;
    if (!next || next.at > until) return false;
    this.#timed.shift();
    this.now = Math.max(this.now, next.at);
    next.ring();
    return true;
  }

  async runUntil(until: number): Promise<void> {
    while (await this.step(until));
    this.now = Math.max(this.now, until);
  }
}

function isLater(before: Timed | undefined, timed: Timed): boolean {
  return before !== undefined && (before.at > timed.at || (before.at === timed.at && before.order > timed.order));
}

export function processOf(name: string): Process {
  return { name, alive: true, onDeath: new Set(), onPause: new Set(), pausedUntil: 0 };
}
