import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { PoolClient } from 'pg';
import type { Logger } from 'pino';
import { canonical } from '../proof/canonical.ts';
import { keepRun, lookAgain, loseRun, runsOfRecord } from '../record/archive.ts';
import type { Store } from '../record/commit.ts';
import { type ItemRef, workflowId } from '../workflows/messages.ts';
import type { Tick } from './leader.ts';
import { withPatience } from './wake.ts';

/** Items looked at per tick. */
const MOST = 20;
/** A run closes a moment after the last record, and later ones may come: looked for after a minute, then less and less often. */
const FIRST_WAIT = 60_000;
const LONGEST_WAIT = 7 * 86_400_000;
/** How long the transfer of one history may take. */
const HISTORY_MS = 20_000;
/** With a week between the last ones this is beyond the 90 days for which Temporal keeps a closed run. */
const LAST_LOOK = 26;

export interface ArchiverDeps {
  client: Client;
  store: Pick<Store, 'pool' | 'build'>;
  /** Version of Temporal's SDK and SHA-256 of the workflow bundle. */
  code: { sdk: string; bundle: string };
  logger: Logger;
  /** Override for tests. */
  firstWait?: number;
}

/**
 * Keeps the history of every closed run of the items whose episode is over for good, later runs too, and says so in the
 * office's stream; of a run that moved the item and is gone from Temporal it says that its history is lost. What a look
 * cannot settle, because a run is under way or Temporal does not answer, the next one does.
 */
export function createArchiver({ client, store, code, logger, firstWait = FIRST_WAIT }: ArchiverDeps): Tick {
  return async (lead) => {
    for (const { ref, looks } of await dueJobs(lead)) {
      const settled = await tried(ref);
      const wait = Math.min(LONGEST_WAIT, firstWait * 2 ** Math.min(looks, 20));
      await lookAgain(store, ref.office, ref.item, settled && looks >= LAST_LOOK ? null : wait);
      if (settled === undefined) return; // most likely Temporal is away: the next tick asks for the next item
    }
  };

  async function tried(ref: ItemRef): Promise<boolean | undefined> {
    try {
      return await look(ref);
    } catch (error) {
      logger.warn({ err: error, ...ref }, 'the histories of an item could not be kept yet');
      return undefined;
    }
  }

  /** @returns whether no run is left to be dealt with */
  async function look(ref: ItemRef): Promise<boolean> {
    const { named, settled } = await runsOfRecord(store, ref.office, ref.item);
    const listed = await listedRuns(client, ref);
    const open = [...new Set([...named, ...listed])].filter((run) => !settled.includes(run));
    let all = true;
    for (const run of open) all = (await settle(ref, run)) && all;
    return all;
  }

  async function settle(ref: ItemRef, run: string): Promise<boolean> {
    const handle = client.workflow.getHandle(workflowId(ref), run);
    try {
      const { status } = await withPatience(client, async () => await handle.describe());
      if (status.name === 'RUNNING') return false;
      const history = await withPatience(client, async () => await handle.fetchHistory(), HISTORY_MS);
      const events = history.events?.length ?? 0;
      await keepRun(store, { ...ref, run, history: canonical(JSON.parse(historyToJSON(history))), events, ...code });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      await loseRun(store, { ...ref, run });
      logger.warn({ ...ref, run }, 'a run is gone from Temporal before its history could be kept');
    }
    return true;
  }
}

/** Runs that moved nothing are named in no record: Temporal lists them, a moment late. */
async function listedRuns(client: Client, ref: ItemRef): Promise<string[]> {
  const query = `WorkflowId = '${workflowId(ref)}'`;
  return await withPatience(client, async () => {
    const runs: string[] = [];
    for await (const { runId } of client.workflow.list({ query })) runs.push(runId);
    return runs;
  });
}

async function dueJobs(lead: PoolClient): Promise<{ ref: ItemRef; looks: number }[]> {
  const { rows } = await lead.query<ItemRef & { looks: number }>(
    `SELECT office_id AS office, item_id AS item, looks FROM archive_job WHERE look_at <= clock_timestamp()
       ORDER BY look_at, office_id, item_id LIMIT $1`,
    [MOST],
  );
  return rows.map(({ office, item, looks }) => ({ ref: { office, item }, looks }));
}
