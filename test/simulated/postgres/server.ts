import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { Process, Scheduler } from '../scheduler.ts';
import { checkSteps } from './constraints.ts';
import { ABORTED, connectionLost, DatabaseError, DEADLOCK, LOCK_TIMEOUT, SHUTDOWN } from './errors.ts';
import { prints } from './prints.ts';
import { reading } from './reading.ts';
import type { Statement } from './statement.ts';
import { Blocked, type Committed, type Indexes, Locks, Transaction, TransactionIds } from './store.ts';
import { writing } from './writing.ts';

const LOCK_WAIT = 3_000;
const IDLE_IN_TRANSACTION = 5_000;

const byPrint = new Map(
  Object.entries({ ...reading, ...writing }).map(([name, statement]) => [prints[name], statement] as const),
);
const byText = new Map<string, Statement>();

/** Texts of the statements that were met, by name: for saying them again. */
export const texts = new Map<string, string>();

/** Spaces and line ends aside, the text with its name. */
export function printOf(name: string | undefined, text: string): string {
  const said = `${name ?? ''}\n${text.replace(/\s+/g, ' ').trim()}`;
  return createHash('sha256').update(said).digest('hex').slice(0, 12);
}

/** @throws Error when the product says something that nobody here has read yet */
function statementOf(name: string | undefined, text: string): Statement {
  const known = byText.get(text);
  if (known) return known;
  const print = printOf(name, text);
  const found = byPrint.get(print);
  if (!found)
    throw new Error(
      `the statement ${name ?? ''} is new or has changed: write its stand-in, then its print '${print}' into prints.ts\n${text}`,
    );
  byText.set(text, found);
  if (name !== undefined) texts.set(name, text);
  return found;
}

/** The office's clock, as `simulation_clock` has it. */
interface Clock {
  base: number;
  realBase: number;
  scale: number;
}

/**
 * Stands in for PostgreSQL behind `pg`'s pool: READ COMMITTED transactions with row locks, unique keys, foreign keys,
 * checks and triggers over plain tables, for exactly the statements that the product sends. The conformance test
 * compares it with the real one.
 */
export class Database {
  readonly scheduler: Scheduler;
  readonly tables: Committed;
  readonly clock: Clock;
  readonly locks = new Locks();
  readonly indexes: Indexes = new Map();
  readonly ids = new TransactionIds();
  readonly sessions = new Set<Session>();
  downUntil = 0;

  constructor(scheduler: Scheduler, tables: Committed, clock: Clock) {
    this.scheduler = scheduler;
    this.tables = tables;
    this.clock = clock;
  }

  now(): number {
    const { base, realBase, scale } = this.clock;
    return Math.floor(base + (this.scheduler.now - realBase) * scale);
  }

  /** Sets the office's clock forward; real time stays what it is. */
  jump(ms: number): void {
    Object.assign(this.clock, { base: this.now() + ms, realBase: this.scheduler.now });
  }

  /** The server is killed: every connection breaks, what was not committed is gone; nobody connects for a while. */
  crash(downMs: number): void {
    this.downUntil = this.scheduler.now + downMs;
    for (const session of this.sessions) session.break(new DatabaseError(SHUTDOWN));
  }

  /** As `pg`'s pool, as far as the product uses it. */
  poolFor(process: Process): Pool {
    const pool = {
      connect: async (): Promise<PoolClient> => {
        const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        const open = (): Session => {
          if (this.scheduler.now < this.downUntil) throw refused();
          return new Session(this, process);
        };
        const session = await this.scheduler.effect(process, 'connect', open, refused);
        session.assertWhole();
        return session as unknown as PoolClient; // withOffice and the waker use `query` and `release` only
      },
    };
    return pool as unknown as Pool; // withOffice uses `connect` only
  }
}

type Question = string | { name?: string; text: string; values?: unknown[] };

/** One connection with the transaction that is open on it. */
class Session {
  readonly #database: Database;
  readonly #process: Process;
  readonly #coded: boolean;
  #tx: Transaction | undefined;
  #broken: Error | undefined;
  readonly #listeners = new Set<(error: Error) => void>();
  #waiting: { blocked: Blocked; wake: (error?: Error) => void } | undefined;

  constructor(database: Database, process: Process) {
    this.#database = database;
    this.#process = process;
    this.#coded = database.scheduler.random.chance(0.5);
    database.sessions.add(this);
    process.onDeath.add(this.#onDeath);
    process.onPause.add(this.#onPause);
  }

  readonly #onDeath = (): void => this.break(connectionLost(this.#coded));

  /** A paused process must not hold the office: its transaction is ended for it. */
  readonly #onPause = (ms: number): void => {
    const tx = this.#tx;
    if (!tx || ms <= IDLE_IN_TRANSACTION) return;
    this.#database.scheduler.after(IDLE_IN_TRANSACTION, () => {
      if (this.#tx === tx) this.break(connectionLost(false));
    });
  };

  /** Between the pool and whoever asked it nothing can happen: a connection that is lost by then is not handed out. */
  assertWhole(): void {
    if (this.#broken) throw this.#broken;
  }

  on(_event: 'error', listener: (error: Error) => void): void {
    this.#listeners.add(listener);
  }

  off(_event: 'error', listener: (error: Error) => void): void {
    this.#listeners.delete(listener);
  }

  /** As the driver: whoever waits and whoever listens is told, and nothing can be asked from then on. */
  break(error: Error): void {
    if (this.#broken) return;
    this.#broken = error;
    for (const listener of this.#listeners) listener(error);
    this.#end();
    this.#database.sessions.delete(this);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.wake(error);
  }

  release(): void {
    this.#end();
    this.#database.sessions.delete(this);
    this.#process.onDeath.delete(this.#onDeath);
    this.#process.onPause.delete(this.#onPause);
  }

  async query(question: Question, bound: unknown[] = []): Promise<{ rows: object[] }> {
    const {
      name,
      text,
      values = [],
    } = typeof question === 'string' ? { name: undefined, text: question, values: bound } : question;
    const { scheduler } = this.#database;
    const lost = (): Error => {
      this.break(connectionLost(this.#coded));
      return this.#broken ?? connectionLost(this.#coded);
    };
    for (;;) {
      try {
        const rows = await scheduler.effect(this.#process, name ?? text, () => this.#execute(name, text, values), lost);
        return { rows };
      } catch (error) {
        if (!(error instanceof Blocked)) throw error;
        await this.#wait(error);
      }
    }
  }

  #execute(name: string | undefined, text: string, values: unknown[]): object[] {
    if (this.#broken) throw new Error('Client has encountered a connection error and is not queryable');
    switch (text) {
      case 'BEGIN':
        this.#tx = new Transaction(this.#database);
        return [];
      case 'COMMIT':
        return this.#commit();
      case 'ROLLBACK':
        this.#end();
        return [];
      default:
        return this.#statement(name, text, values);
    }
  }

  #statement(name: string | undefined, text: string, values: unknown[]): object[] {
    const { clock, ids } = this.#database;
    const tx = this.#tx ?? new Transaction(this.#database);
    if (tx.failed) throw new DatabaseError(ABORTED);
    if (name === 'begin') tx.office = String(values[0]);
    try {
      const statement = statementOf(name, text);
      if (this.#tx && values.length > 0 && values[0] !== tx.office)
        throw new Error(`${name} reaches beyond its office`);
      const running = { tx, now: this.#database.now(), scale: clock.scale, snapshot: () => ids.snapshot() };
      const rows = statement.run(running, values as never); // each statement knows its own
      if (!this.#tx) tx.publish();
      return rows;
    } catch (error) {
      if (error instanceof DatabaseError) tx.failed = true;
      else if (!(error instanceof Blocked)) this.#database.scheduler.faults.push(error); // not for the product to swallow
      throw error;
    } finally {
      if (!this.#tx) tx.end();
    }
  }

  /** A failed transaction's COMMIT is answered like any other, and undoes it. */
  #commit(): object[] {
    const tx = this.#tx;
    try {
      if (tx && !tx.failed) {
        checkSteps(tx);
        tx.publish();
      }
      return [];
    } finally {
      this.#end();
    }
  }

  #end(): void {
    const tx = this.#tx;
    this.#tx = undefined;
    if (!tx) return;
    tx.end();
    for (const session of this.#database.sessions) session.#wakeIfFree(tx);
  }

  #wakeIfFree(ended: Transaction): void {
    const waiting = this.#waiting;
    if (!waiting?.blocked.by.includes(ended)) return;
    this.#waiting = undefined;
    waiting.wake();
  }

  /** @throws DatabaseError when waiting would never end, or has taken too long */
  async #wait(blocked: Blocked): Promise<void> {
    const { scheduler } = this.#database;
    if (this.#tx && this.#isRing(blocked, this.#tx)) {
      this.#tx.failed = true;
      throw new DatabaseError(DEADLOCK);
    }
    const error = await new Promise<Error | undefined>((wake) => {
      const waiting = { blocked, wake };
      this.#waiting = waiting;
      scheduler.after(LOCK_WAIT, () => {
        if (this.#waiting !== waiting) return;
        this.#waiting = undefined;
        if (this.#tx) this.#tx.failed = true;
        wake(new DatabaseError(LOCK_TIMEOUT));
      });
    });
    await scheduler.park(this.#process);
    if (error) throw error;
  }

  #isRing(blocked: Blocked, mine: Transaction, seen = new Set<Transaction>()): boolean {
    return blocked.by.some((holder) => {
      if (holder === mine) return true;
      if (seen.has(holder)) return false;
      seen.add(holder);
      const session = [...this.#database.sessions].find((other) => other.#tx === holder);
      const next = session ? session.#waiting : undefined;
      return next !== undefined && this.#isRing(next.blocked, mine, seen);
    });
  }
}
