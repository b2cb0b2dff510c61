import type { Transaction } from './store.ts';

/** What a statement runs with: its transaction and the office's time. */
export interface Running {
  tx: Transaction;
  /** `office_now_ms()`. */
  now: number;
  scale: number;
  /** `pg_current_snapshot()`. */
  snapshot: () => string;
}

/** What one statement of the product does; each knows the types of the values that are bound to it. */
export interface Statement {
  run: (running: Running, values: never) => object[];
}

export type Statements = Readonly<Record<string, Statement>>;

/** The office, which is the first bound value of all but a few, then what else is bound. */
export type Bound<More extends unknown[] = string[]> = [office: string, ...More];
