import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** Where an item stands once the moves that were waited for are made. */
export interface Stand {
  rev: number;
  drawn: [string, string][];
}

/** Looks on in the database: asked over HTTP, the waiting itself would be most of the load. */
export interface Watcher {
  /** Resolves once the item is at this revision. @throws Error when it does not come there in time */
  reaches(item: string, rev: number): Promise<Stand>;
  /** Its server process and its transactions so far: they are not the stack's. */
  pid: number;
  looks(): number;
  end(): Promise<void>;
}

interface Waiting {
  rev: number;
  until: number;
  done: (stand: Stand) => void;
  fail: (error: Error) => void;
}

const EVERY_MS = 4;
const PATIENCE_MS = 30_000;

/** One question for all who wait, one at a time; `adminUrl` is a superuser's, who sees every office. */
export async function watch(adminUrl: string): Promise<Watcher> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const waiting = new Map<string, Waiting>();
  let looks = 0;
  const ended = new AbortController();

  async function look(): Promise<void> {
    looks += 1;
    const { rows } = await client.query<Stand & { id: string }>({
      name: 'watch',
      text: "SELECT id, rev, state->'drawn' AS drawn FROM item WHERE office_id = 'YX' AND id = ANY($1)",
      values: [[...waiting.keys()]],
    });
    for (const { id, rev, drawn } of rows) {
      const found = waiting.get(id);
      if (!found || rev < found.rev) continue;
      waiting.delete(id);
      found.done({ rev, drawn });
    }
    for (const [id, late] of waiting) if (performance.now() > late.until) give(id, late);
  }

  function give(id: string, { rev, fail }: Waiting): void {
    waiting.delete(id);
    fail(new Error(`the workflow did not bring ${id} to revision ${rev} within ${PATIENCE_MS / 1000} s`));
  }

  async function run(): Promise<void> {
    while (!ended.signal.aborted) {
      await sleep(EVERY_MS);
      if (waiting.size > 0) await look();
    }
  }

  const running = run().catch((error: unknown) => {
    for (const { fail } of waiting.values()) fail(error instanceof Error ? error : new Error(String(error)));
  });
  return {
    pid: rows[0]?.pid ?? 0,
    reaches: async (item, rev) =>
      await new Promise((done, fail) => {
        waiting.set(item, { rev, until: performance.now() + PATIENCE_MS, done, fail });
      }),
    looks: () => looks,
    async end() {
      ended.abort();
      await running;
      await client.end();
    },
  };
}
