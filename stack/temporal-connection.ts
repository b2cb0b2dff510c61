import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';

const TRIES = 120;
/** Tries between two lines in the log. */
const QUIET = 15;

/** Both ways to Temporal: the worker's, which waits for work, and a client's, whose calls end at a deadline. */
export interface Temporal {
  connection: NativeConnection;
  client: Client;
  close(): Promise<void>;
}

/**
 * Connects to a Temporal whose namespace is there. Both may still be starting: tried once a second.
 * @throws Error after two minutes, and at once when `signal` says that nobody waits any more
 */
export async function connect(
  address: string,
  namespace: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<Temporal> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await reach(address, namespace);
    } catch (cause) {
      if (tries >= TRIES)
        throw new Error(`Temporal at ${address} with namespace ${namespace} did not answer`, { cause });
      if (tries % QUIET === 1) logger.warn({ address, namespace, err: cause }, 'waiting for Temporal');
    }
    await sleep(1_000, undefined, { signal });
  }
}

async function reach(address: string, namespace: string): Promise<Temporal> {
  const outgoing = await Connection.connect({ address, connectTimeout: '2 seconds' });
  try {
    await outgoing.workflowService.describeNamespace({ namespace });
    const connection = await NativeConnection.connect({ address });
    return {
      connection,
      client: new Client({ connection: outgoing, namespace }),
      close: async () => void (await Promise.all([connection.close(), outgoing.close()])),
    };
  } catch (error) {
    await outgoing.close();
    throw error;
  }
}
