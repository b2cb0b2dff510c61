import { performance } from 'node:perf_hooks';
import type { Servers } from './servers.ts';
import { rounded } from './percentiles.ts';
import { type CpuTimes, type Part, readCpuTimes } from './processes.ts';
import type { Watcher } from './watcher.ts';

/** Every meter at one moment. */
export interface Reading {
  ms: number;
  cpu: CpuTimes;
  /** Transactions, those of the watcher left out; backends tell of theirs once a second. */
  transactions: number;
  /** Transactions that write: only these wait for the disk. */
  writes: number;
  walBytes: number;
  /** The office's time, for finding the records of a window. */
  officeMs: number;
}

export async function readMeters(
  { admin, postgresPid }: Pick<Servers, 'admin' | 'postgresPid'>,
  watcher?: Pick<Watcher, 'looks' | 'pid'>,
): Promise<Reading> {
  const looks = watcher?.looks() ?? 0;
  const { rows } = await admin.query<Record<'transactions' | 'writes' | 'wal' | 'now', number>>(
    `SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()) AS transactions,
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS writes,
       (pg_current_wal_insert_lsn() - '0/0')::bigint AS wal, office_now_ms() AS now`,
  );
  const [row] = rows;
  if (!row) throw new Error('the database tells nothing of itself');
  return {
    ms: performance.now(),
    cpu: readCpuTimes(postgresPid, watcher?.pid),
    transactions: row.transactions - looks,
    writes: row.writes,
    walBytes: row.wal,
    officeMs: row.now,
  };
}

/** What one lifecycle costs, over a window. */
export interface Cost {
  cpuMs: Record<Exclude<Part, 'machine'>, number>;
  transactions: number;
  writes: number;
  walBytes: number;
}

export function costBetween(from: Reading, to: Reading, lifecycles: number): Cost {
  const per = (before: number, after: number): number => rounded((after - before) / lifecycles);
  const { api, worker, temporal, postgres, client, floor } = to.cpu;
  return {
    cpuMs: {
      api: per(from.cpu.api, api),
      worker: per(from.cpu.worker, worker),
      temporal: per(from.cpu.temporal, temporal),
      postgres: per(from.cpu.postgres, postgres),
      client: per(from.cpu.client, client),
      floor: per(from.cpu.floor, floor),
    },
    transactions: per(from.transactions, to.transactions),
    writes: per(from.writes, to.writes),
    walBytes: Math.round(per(from.walBytes, to.walBytes)),
  };
}

/** Share of the machine's time that was somebody else's: above a few hundredths the figures are worth little. */
export function foreignShare(from: Reading, to: Reading, cpus: number): number {
  const total = ({ api, worker, temporal, postgres, client, floor }: CpuTimes): number =>
    api + worker + temporal + postgres + client + floor;
  const foreign = to.cpu.machine - from.cpu.machine - (total(to.cpu) - total(from.cpu));
  return rounded(Math.max(0, foreign) / ((to.ms - from.ms) * cpus));
}
