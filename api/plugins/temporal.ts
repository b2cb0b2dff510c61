import { Client, Connection } from '@temporalio/client';
import type { FastifyBaseLogger } from 'fastify';
import { WORKFLOW_TYPE, wakeOf } from '../../workflows/messages.ts';
import type { Deps } from '../deps.ts';

const WAKE_DEADLINE = 2_000;
const LOOK_DEADLINE = 1_000;
/** One line in so many milliseconds says enough: while Temporal is away every wake fails. */
const QUIET = 30_000;

interface Waker {
  wake: Deps['wake'];
  temporalReady: Deps['temporalReady'];
  close: () => Promise<void>;
}

/**
 * Wakes items' workflows. Connects when it is first used and never makes anybody wait: a wake that fails is written to
 * the log and made good by the waker, which finds the debt in the record.
 */
export function connectWaker(
  { address, namespace }: { address: string; namespace: string },
  logger: FastifyBaseLogger,
): Waker {
  // without the SDK's own retries, which outlast every deadline: trying again is the waker's part
  const connection = Connection.lazy({ address, connectTimeout: WAKE_DEADLINE, interceptors: [] });
  const client = new Client({ connection, namespace });
  const warn = sparingly((error) =>
    logger.warn({ error: nameOf(error) }, 'Temporal is away: wakes wait for the waker'),
  );
  return {
    wake(office, item) {
      const wake = wakeOf({ office, item });
      connection
        .withAbortSignal(AbortSignal.timeout(WAKE_DEADLINE), async () => {
          await client.workflow.signalWithStart(WORKFLOW_TYPE, wake);
        })
        .catch(warn);
    },
    async temporalReady() {
      try {
        const look = async (): Promise<unknown> => await connection.workflowService.getSystemInfo({});
        await connection.withAbortSignal(AbortSignal.timeout(LOOK_DEADLINE), look);
        return true;
      } catch {
        return false;
      }
    },
    close: async () => await connection.close(),
  };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

function sparingly(say: (error: unknown) => void): (error: unknown) => void {
  let quiet = false;
  return (error) => {
    if (quiet) return;
    quiet = true;
    setTimeout(() => (quiet = false), QUIET).unref();
    say(error);
  };
}
