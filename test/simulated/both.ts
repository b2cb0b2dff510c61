import type { Pool } from 'pg';
import { canonical } from '../../proof/canonical.ts';
import type { Store } from '../../record/commit.ts';
import type { TestDatabase } from '../support/database.ts';
import { OFFICE } from '../support/people.ts';
import { sampleBase, START, undisturbed } from './base.ts';
import type { Machine } from './machine.ts';
import { furnish, GRANTS, MOST_LOAD, TEAMS } from './office.ts';
import { Database } from './postgres/server.ts';
import type { TableName } from './postgres/tables.ts';
import { randomOf } from './random.ts';
import { processOf, Scheduler } from './scheduler.ts';

/** What a question is asked with, on either side. */
export interface Side {
  store: Store;
  /** The loops' login. */
  loops: Pool;
}

/** The real PostgreSQL and its stand-in with the same office, the same clock, the same key and the same chance. */
export class Both {
  readonly db: TestDatabase;
  readonly fake: Database;
  readonly scheduler: Scheduler;
  readonly real: Side;
  readonly stand: Side;
  readonly #machine: Machine;
  #asked = 0;

  static async meet(db: TestDatabase, machine: Machine): Promise<Both> {
    const { tables } = await sampleBase();
    furnish(tables);
    await furnishReal(db);
    const scheduler = new Scheduler(START, randomOf(1), undisturbed);
    scheduler.drifts = false;
    scheduler.yields = 0;
    const fake = new Database(scheduler, tables, { base: START, realBase: START, scale: 1 });
    machine.clock = () => scheduler.now;
    return new Both(db, fake, scheduler, machine);
  }

  constructor(db: TestDatabase, fake: Database, scheduler: Scheduler, machine: Machine) {
    this.db = db;
    this.fake = fake;
    this.scheduler = scheduler;
    this.#machine = machine;
    const pool = fake.poolFor(processOf('stand-in'));
    this.real = { store: { ...db.store, build: 'simulated' }, loops: db.background };
    this.stand = {
      store: { pool, keyOf: async (office) => await db.store.keyOf(office), build: 'simulated' },
      loops: pool,
    };
  }

  /** The same question to both, with the same chance. @returns what each answered */
  async ask<T>(question: (side: Side) => Promise<T>): Promise<{ real: T | string; stand: T | string }> {
    this.#asked += 1;
    // a pool closes what was idle for long, and a new login would take of the chance that is given to the question
    await Promise.all([this.db.app, this.db.background].map(async (pool) => await pool.query('SELECT 1')));
    const answer = async (side: Side): Promise<T | string> => {
      this.#machine.reseed(this.#asked);
      try {
        return await question(side);
      } catch (error) {
        const { code, constraint } = error as { code?: string; constraint?: string }; // both throw as pg does
        return `throws ${code ?? String(error)} ${constraint ?? ''}`;
      }
    };
    return { real: await answer(this.real), stand: await answer(this.stand) };
  }

  async jump(ms: number): Promise<void> {
    this.fake.jump(ms);
    await this.db.admin.query('UPDATE simulation_clock SET office_base = to_timestamp($1 / 1000.0)', [this.fake.now()]);
  }

  /** Tables that differ, with the first rows that do. */
  async differences(): Promise<string[]> {
    const found: string[] = [];
    for (const [table, columns] of compared) {
      const { rows } = await this.db.admin.query<object>(`SELECT ${columns} FROM ${table}`);
      const real = rows.map(plain).sort();
      const names = columns.split(', ');
      const own = [...this.fake.tables[table].values()].map((row) => pick({ ...row }, names)).map(plain);
      const stand = own.sort();
      const [missing] = real.filter((row) => !stand.includes(row));
      const [more] = stand.filter((row) => !real.includes(row));
      if (missing !== undefined || more !== undefined) found.push(`${table}:\n real ${missing}\n fake ${more}`);
    }
    return found;
  }
}

/** What is compared at the end: everything but numbers of transactions, and texts that only the sample loader wrote. */
const compared: readonly (readonly [TableName, string])[] = [
  [
    'item',
    'id, kind, code, definition_hash, rev, people_rev, head, state, place, stage, unit_id, due_at, next_due, at',
  ],
  ['command', 'id, actor_id, key, item_id, name, body_hmac, role, grant_id, received_at, at, rev, answer'],
  ['record', 'stream, stream_id, seq, command_id, definition_hash, at, bytes, hash, prev'],
  ['refusal_log', 'id, item_id, actor_id, command, code, at'],
  ['duty', 'item_id, user_id, duty'],
  ['request', 'item_id, id, command, asked_by, decided_by, outcome, granted_first'],
  ['task', 'item_id, id, kind, unit_id, answered'],
  ['resource', 'id, kind, unit, owner_id, capacity, reserved, area'],
  ['reservation', 'item_id, id, need, resource_id, amount, released'],
  ['team', 'id, unit_id, skills, area, active, open_load, max_open_load'],
  ['assignment', 'item_id, rev, team_id, ended'],
  ['stuck', 'item_id, step, code, tries, retry_at, lacks'],
  ['archive_job', 'item_id'],
  ['queued_command', 'id, target, source, source_rev, n, name, payload, status, code, at'],
  ['case_detail', 'item_id, received_at, area, submitted_by, key_id'],
  ['case_number', 'year, last'],
];

function pick(row: Record<string, unknown>, names: string[]): object {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

function plain(row: object): string {
  const parsed = Object.entries(row).map(([name, value]: [string, unknown]) => {
    return [
      name,
      ['state', 'payload'].includes(name) && typeof value === 'string' ? (JSON.parse(value) as unknown) : value,
    ];
  });
  return canonical(Object.fromEntries(parsed));
}

/** The clock stands still, so that both sides read the same time. */
async function furnishReal({ admin }: TestDatabase): Promise<void> {
  await admin.query('ALTER TABLE simulation_clock DISABLE TRIGGER USER');
  await admin.query(
    `CREATE OR REPLACE FUNCTION office_now() RETURNS TIMESTAMPTZ LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public
       AS 'SELECT date_trunc(''milliseconds'', office_base) FROM simulation_clock'`,
  );
  await admin.query('UPDATE simulation_clock SET office_base = to_timestamp($1 / 1000.0)', [START]);
  for (const [role, user] of GRANTS)
    await admin.query("INSERT INTO role_grant VALUES ($1, $2, $3, $4, 'YX', to_timestamp(0), NULL)", [
      OFFICE,
      `${user}.${role}`,
      user,
      role,
    ]);
  await admin.query('UPDATE team SET max_open_load = $1 WHERE id = ANY($2)', [MOST_LOAD, TEAMS]);
}
