import { DatabaseError, FOREIGN_KEY, UNIQUE } from './errors.ts';
import { keyOf, references, type Row, type TableName, type Tables, uniqueIndexes } from './tables.ts';

type Rows<T extends TableName> = Map<string, Row<T>>;
/** What is committed. */
export type Committed = { [T in TableName]: Rows<T> };

const NAMES: readonly TableName[] = Object.keys(keyOf) as TableName[]; // its keys are exactly these

export function emptyTables(): Committed {
  return Object.fromEntries(NAMES.map((name) => [name, new Map()])) as unknown as Committed; // one map per name
}

export function copyOf(tables: Committed): Committed {
  return Object.fromEntries(
    NAMES.map((name) => [name, new Map<string, unknown>(tables[name])]),
  ) as unknown as Committed; // as above
}

/** Who must end before this statement can go on. */
export class Blocked extends Error {
  readonly lock: string;
  readonly by: readonly Transaction[];
  constructor(lock: string, by: readonly Transaction[]) {
    super(`waits for ${lock}`);
    this.lock = lock;
    this.by = by;
  }
}

export class Locks {
  readonly #held = new Map<string, { exclusive: Transaction | undefined; shared: Set<Transaction> }>();

  /** @throws Blocked while another transaction holds it in a mode that does not go with this one */
  take(tx: Transaction, name: string, mode: 'exclusive' | 'shared'): void {
    const lock = this.#held.get(name) ?? { exclusive: undefined, shared: new Set() };
    const others = [lock.exclusive, ...(mode === 'exclusive' ? lock.shared : [])].filter(
      (holder): holder is Transaction => holder !== undefined && holder !== tx,
    );
    if (others.length > 0) throw new Blocked(name, others);
    this.#held.set(name, lock);
    tx.locks.add(name);
    if (mode === 'exclusive') lock.exclusive = tx;
    else lock.shared.add(tx);
  }

  releaseAll(tx: Transaction): void {
    for (const name of tx.locks) {
      const lock = this.#held.get(name);
      if (!lock) continue;
      if (lock.exclusive === tx) lock.exclusive = undefined;
      lock.shared.delete(tx);
      if (!lock.exclusive && lock.shared.size === 0) this.#held.delete(name);
    }
    tx.locks.clear();
  }
}

/** Numbers of transactions that have written, and which of them are under way. */
export class TransactionIds {
  #next = 1;
  readonly #open = new Set<number>();

  begin(): number {
    const xid = this.#next;
    this.#next += 1;
    this.#open.add(xid);
    return xid;
  }

  end(xid: number | undefined): void {
    if (xid !== undefined) this.#open.delete(xid);
  }

  /** As `pg_current_snapshot()` writes it. */
  snapshot(): string {
    const open = [...this.#open].sort((a, b) => a - b);
    return `${open[0] ?? this.#next}:${this.#next}:${open.join(',')}`;
  }
}

/** As `pg_visible_in_snapshot` has it. */
export function isVisibleIn(xid: number, snapshot: string): boolean {
  const [xmin = 0, xmax = 0] = snapshot.split(':').map(Number);
  const open = (snapshot.split(':')[2] ?? '').split(',').map(Number);
  return xid < xmin || (xid < xmax && !open.includes(xid));
}

/** Unique indexes over what is committed: index and value to the row's key. */
export type Indexes = Map<string, string>;

/** What transactions share. */
export interface Storage {
  tables: Committed;
  indexes: Indexes;
  locks: Locks;
  ids: TransactionIds;
}

/** What one transaction has written, over what is committed: READ COMMITTED, seen by nobody else before its end. */
export class Transaction {
  office: string | undefined;
  failed = false;
  xid: number | undefined;
  readonly locks = new Set<string>();
  readonly touchedItems = new Set<string>();
  readonly newCommands: string[] = [];
  readonly #committed: Committed;
  readonly #indexes: Indexes;
  readonly #locks: Locks;
  readonly #ids: TransactionIds;
  readonly #written = new Map<TableName, Map<string, Row<TableName> | null>>();
  readonly #indexed: Indexes = new Map();

  constructor({ tables, indexes, locks, ids }: Storage) {
    this.#committed = tables;
    this.#ids = ids;
    this.#indexes = indexes;
    this.#locks = locks;
  }

  #over<T extends TableName>(table: T): Map<string, Row<T> | null> | undefined {
    return this.#written.get(table) as Map<string, Row<T> | null> | undefined; // `put` keeps a table's rows under its name
  }

  get<T extends TableName>(table: T, key: string): Row<T> | undefined {
    const own = this.#over(table)?.get(key);
    if (own !== undefined) return own ?? undefined;
    return (this.#committed[table] as Rows<T>).get(key); // typed by its name
  }

  /** By primary key, as a scan over a small table would find them; `prefix` narrows it to keys that begin so. */
  all<T extends TableName>(table: T): Row<T>[] {
    const over = this.#over(table);
    const rows = this.#committed[table] as Rows<T>; // typed by its name
    if (!over) return [...rows.values()];
    const merged = new Map<string, Row<T> | null>([...rows, ...over]);
    return [...merged.values()].filter((row) => row !== null);
  }

  lock(table: TableName, key: string, mode: 'exclusive' | 'shared' = 'exclusive'): void {
    this.#locks.take(this, `${table}:${key}`, mode);
    this.xid ??= this.#ids.begin();
  }

  /** @throws DatabaseError when a key is taken or a row that it names is not there; Blocked while another inserts it */
  insert<T extends TableName>(table: T, row: Row<T>): void {
    const key = keyOf[table](row);
    this.lock(table, key);
    if (this.get(table, key)) throw new DatabaseError(UNIQUE, `${table}_pkey`);
    const entries = this.#entries(table, row);
    for (const [name, entry] of entries) {
      this.#locks.take(this, entry, 'exclusive');
      if (this.#find(entry) !== undefined) throw new DatabaseError(UNIQUE, name);
    }
    for (const [, entry] of entries) this.#indexed.set(entry, key);
    this.#writes(table).set(key, row as Row<TableName>); // kept under its table's name
    this.#refer(table, row);
  }

  update<T extends TableName>(table: T, row: Row<T>): void {
    const key = keyOf[table](row);
    this.lock(table, key);
    const before = this.get(table, key);
    this.#refer(table, row);
    const kept = new Set(this.#entries(table, row).map(([, entry]) => entry));
    for (const [, entry] of before ? this.#entries(table, before) : [])
      if (!kept.has(entry)) this.#indexed.set(entry, '');
    this.#writes(table).set(key, row as Row<TableName>); // kept under its table's name
  }

  delete(table: TableName, key: string): void {
    this.lock(table, key);
    this.#writes(table).set(key, null);
  }

  findBy(index: string, value: string): string | undefined {
    return this.#find(`${index}:${value}`);
  }

  #find(entry: string): string | undefined {
    return (this.#indexed.get(entry) ?? this.#indexes.get(entry)) || undefined; // empty: taken out again
  }

  #entries<T extends TableName>(table: T, row: Row<T>): [name: string, entry: string][] {
    return (uniqueIndexes[table] ?? []).flatMap(({ name, of }): [string, string][] => {
      const value = of(row);
      return value === undefined ? [] : [[name, `${name}:${value}`]];
    });
  }

  #refer<T extends TableName>(table: T, row: Row<T>): void {
    for (const [name, to, of] of references[table] ?? []) {
      const key = of(row);
      if (key !== null && !this.get(to, key)) throw new DatabaseError(FOREIGN_KEY, name);
    }
  }

  #writes(table: TableName): Map<string, Row<TableName> | null> {
    const found = this.#written.get(table) ?? new Map<string, Row<TableName> | null>();
    this.#written.set(table, found);
    return found;
  }

  /** Row locks with SKIP LOCKED. */
  lockIfFree(table: TableName, key: string): boolean {
    try {
      this.lock(table, key);
      return true;
    } catch (error) {
      if (error instanceof Blocked) return false;
      throw error;
    }
  }

  /** A list has gained something; once per transaction. */
  noteGain(list: 'resource' | 'team' | 'people'): void {
    this.xid ??= this.#ids.begin();
    const row = { list, xid: this.xid };
    if (!this.get('gain', keyOf.gain(row))) this.insert('gain', row);
  }

  /** Gives back what it held, whatever became of it. */
  end(): void {
    this.#locks.releaseAll(this);
    this.#ids.end(this.xid);
  }

  /** Makes what was written visible to everybody. */
  publish(): void {
    for (const [table, writes] of this.#written) {
      const rows = this.#committed[table] as Map<string, Tables[TableName]>; // `writes` holds rows of this table
      for (const [key, row] of writes)
        if (row === null) rows.delete(key);
        else rows.set(key, row);
    }
    for (const [entry, key] of this.#indexed)
      if (key === '') this.#indexes.delete(entry);
      else this.#indexes.set(entry, key);
  }
}
