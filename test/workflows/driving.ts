import { randomUUID } from 'node:crypto';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, type Worker, type WorkerOptions } from '@temporalio/worker';
import { inject } from 'vitest';
import { createItemWorker } from '../../stack/item-worker.ts';
import { workflowBundle } from '../../stack/workflow-bundle.ts';
import { wake as wakeItem } from '../../background/wake.ts';
import type { CommandName, Payloads } from '../../domain/commands/vocabulary.ts';
import type { ItemId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import type { CommitRequest } from '../../record/commit.ts';
import type { Applied } from '../../record/write.ts';
import { KNOWN_QUERY, type Known, workflowId } from '../../workflows/messages.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { act, must, OFFICE } from '../support/people.ts';

/** A database and a namespace of the test's own, and a worker in this process that drives its items. */
export interface Driving {
  db: TestDatabase;
  client: Client;
  address: string;
  namespace: string;
  /** One person's command, as the api would commit it, and the wake that follows where something is owed. */
  person: <Name extends CommandName>(
    item: ItemId,
    user: string,
    name: Name,
    payload: Payloads[Name],
    more?: Partial<CommitRequest<Name>>,
  ) => Promise<Applied>;
  wake: (item: ItemId) => Promise<void>;
  startWorker: (options?: Partial<WorkerOptions>) => Promise<void>;
  stopWorker: () => Promise<void>;
  end: () => Promise<void>;
}

/** What the archiver says of the code; nothing runs it again here. */
export const CODE = { sdk: 'a test', bundle: '0'.repeat(64) };

const DAY = { seconds: 86_400 as never }; // proto's Long takes a plain number too

export interface DriveOptions {
  simulation?: boolean;
  /** Whether a worker runs in this process from the beginning. */
  worker?: boolean;
  /** Another server than the one that all tests share. */
  temporal?: { address: string; namespace: string };
}

export async function drive({ simulation = false, worker = true, temporal }: DriveOptions = {}): Promise<Driving> {
  const logger = quietly();
  const { address, namespace } = temporal ?? (await namespaceOfItsOwn());
  const db = await createTestDatabase({ simulation });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace, identity: 'a test' });
  const native = worker ? await NativeConnection.connect({ address }) : undefined;
  const running = runner(db, native, namespace, logger);
  if (worker) await running.start();
  const wake = async (item: ItemId): Promise<void> => await wakeItem(client, { office: OFFICE, item });
  return {
    db,
    client,
    address,
    namespace,
    wake,
    startWorker: running.start,
    stopWorker: running.stop,
    async person(item, user, name, payload, more = {}) {
      const applied = must(await act(db.store, item, user, name, payload, more));
      if (applied.wakes) await wake(item).catch(() => undefined); // as the api: nobody waits for Temporal
      return applied;
    },
    async end() {
      await running.stop();
      await native?.close();
      await connection.close();
      await db.end();
    },
  };
}

/** Ready at once; nobody else's items are in it. */
async function namespaceOfItsOwn(): Promise<{ address: string; namespace: string }> {
  const address = inject('servers').temporalAddress;
  const connection = await Connection.connect({ address });
  const namespace = `test-${randomUUID()}`;
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: DAY });
  await connection.close();
  return { address, namespace };
}

let quiet: DefaultLogger | undefined;
/** The SDK tells of every worker that starts and stops; told not to once per process, before anything else of it. */
export function quietly(): DefaultLogger {
  if (!quiet) {
    quiet = new DefaultLogger('ERROR');
    Runtime.install({ logger: quiet, telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } } });
  }
  return quiet;
}

function runner(
  db: TestDatabase,
  connection: NativeConnection | undefined,
  namespace: string,
  logger: DefaultLogger,
): { start: Driving['startWorker']; stop: Driving['stopWorker'] } {
  let worker: Worker | undefined;
  let done: Promise<void> | undefined;
  return {
    async start(options = {}) {
      if (!connection) throw new Error('this test drives its items from another process');
      const bundle = await workflowBundle(logger);
      worker = await createItemWorker({
        connection,
        namespace,
        bundle,
        logger,
        store: db.store,
        options: { identity: 'a test', ...options },
      });
      done = worker.run();
    },
    async stop() {
      worker?.shutdown();
      await done;
      worker = undefined;
      done = undefined;
    },
  };
}

/** Waits for what somebody else does by itself. @throws Error with the last thing seen when it does not come about */
export async function eventually<T>(look: () => Promise<T>, holds: (seen: T) => boolean, seconds = 15): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (tries >= seconds * 50) throw new Error(`it did not come about; last seen: ${JSON.stringify(seen)}`);
    await pause(20);
  }
}

export async function pause(ms: number): Promise<void> {
  await new Promise((done) => setTimeout(done, ms));
}

export interface ItemRow {
  place: string;
  rev: number;
  head: string;
  next_due: number | null;
}

/** The item as its row has it. */
export async function rowOf({ db }: Pick<Driving, 'db'>, item: ItemId): Promise<ItemRow> {
  const { rows } = await db.admin.query<ItemRow>('SELECT place, rev, head, next_due FROM item WHERE id = $1', [item]);
  const [row] = rows;
  if (!row) throw new Error('there is no such item');
  return row;
}

/** Waits until the workflow has brought the item to this place. */
export async function reaches(driving: Pick<Driving, 'db'>, item: ItemId, place: string, seconds = 15): Promise<void> {
  await eventually(
    () => rowOf(driving, item),
    (row) => row.place === place,
    seconds,
  );
}

/** Types of an item's records, in order. */
export async function typesOf({ db }: Pick<Driving, 'db'>, item: ItemId): Promise<string[]> {
  const { rows } = await db.admin.query<{ type: string }>(
    "SELECT bytes::json->>'type' AS type FROM record WHERE stream_id = $1 ORDER BY seq",
    [item],
  );
  return rows.map(({ type }) => type);
}

/** Where the item's workflow believes it to stand. */
export async function knownTo({ client }: Driving, item: ItemId): Promise<Known> {
  return await client.workflow.getHandle(workflowId({ office: OFFICE, item })).query<Known>(KNOWN_QUERY);
}

/** Waits until the workflow knows what the row says: everything owed is done and every wake is answered. */
export async function settles(driving: Driving, item: ItemId): Promise<ItemRow> {
  return await eventually(
    async () => ({ ...(await rowOf(driving, item)), known: await knownTo(driving, item) }),
    ({ rev, head, known }) => known.rev === rev && known.head === head,
  );
}

export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** The history of the item's latest run. */
export async function historyOf({ client }: Driving, item: ItemId): Promise<History> {
  return await client.workflow.getHandle(workflowId({ office: OFFICE, item })).fetchHistory();
}

/** Sets the clock of a simulation forward; nobody is told. */
export async function setClock({ db }: Pick<Driving, 'db'>, to: Instant): Promise<void> {
  await db.owner.query(
    'UPDATE simulation_clock SET office_base = to_timestamp($1 / 1000.0), real_base = clock_timestamp()',
    [to],
  );
}
