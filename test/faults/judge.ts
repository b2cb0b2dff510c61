import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type History, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Client, HistoryAndWorkflowId } from '@temporalio/client';
import { type InjectedSinks, Worker } from '@temporalio/worker';
import type { Pool } from 'pg';
import { expect } from 'vitest';
import { contentHash } from '../../proof/record.ts';
import { workflowBundle } from '../../stack/workflow-bundle.ts';
import type { ItemSinks } from '../../workflows/standing.ts';
import { differences, type Stand } from '../replay/replaying.ts';
import { violations } from '../support/invariants.ts';
import { type Driving, eventually, quietly } from '../workflows/driving.ts';

/** Beside those of the invariants: what only a fault could bring about. Each answer is a violation. */
const questions: Record<string, string> = {
  '26 a level is reached once per run of its clock and limit': `SELECT stream_id FROM record, json_array_elements(bytes::json->'data'->'events') AS event
    WHERE event->>'type' = 'level-reached'
    GROUP BY office_id, stream_id, event->'level'->>'id', event->'level'->>'run', event->'level'->>'limit', event->'level'->>'level'
    HAVING count(*) > 1`,
  '25 no level is reached before its instant': `SELECT stream_id, seq FROM record, json_array_elements(bytes::json->'data'->'events') AS event
    WHERE event->>'type' = 'level-reached' AND (event->'level'->>'reached')::bigint > at`,
  '12 each record begins where the one before ended': `SELECT stream_id, seq FROM (
    SELECT stream_id, seq, bytes::json->>'from' AS begins, lag(bytes::json->>'to') OVER (PARTITION BY office_id, stream, stream_id ORDER BY seq) AS ended
    FROM record) AS r WHERE begins IS DISTINCT FROM ended`,
  '1 each command stands in the record that names it': `SELECT c.id FROM command c JOIN record r ON r.office_id = c.office_id AND r.command_id = c.id
    WHERE r.bytes::json->>'cmd' <> c.id OR r.seq <> c.rev OR c.answer::json->>'rev' <> r.seq::text`,
};

/** Every history of the namespace, runs that are over included. */
export async function historiesOf(client: Client): Promise<HistoryAndWorkflowId[]> {
  const histories: HistoryAndWorkflowId[] = [];
  for await (const one of client.workflow.list().intoHistories()) histories.push(one);
  return histories;
}

export interface Judgement {
  problems: string[];
  /** Histories that were replayed. */
  histories: number;
}

/** The queries, every chain, every item refolded, and every history of the namespace against the current workflow code. */
export async function judge(
  { admin, client }: { admin: Pool; client: Client },
  kept: HistoryAndWorkflowId[] = [],
): Promise<Judgement> {
  const problems = await violations(admin);
  for (const [title, question] of Object.entries(questions)) {
    const { rows } = await admin.query(question);
    if (rows.length > 0) problems.push(`${title}: ${JSON.stringify(rows.slice(0, 3))}`);
  }
  const replayed = await replayAll([...kept, ...(await historiesOf(client))], await standsOf(admin));
  return { problems: [...problems, ...replayed.problems], histories: replayed.histories };
}

/** Waits until nothing is owed any more, then judges. */
export async function expectNothingLost({ db, client }: Pick<Driving, 'db' | 'client'>): Promise<void> {
  await nothingOwed(db.admin);
  const { problems, histories } = await judge({ admin: db.admin, client });
  expect(problems).toEqual([]);
  expect(histories).toBeGreaterThan(0);
}

/** Invariant 4: at most so long after the last fault was healed. @throws Error naming what is owed still */
export async function nothingOwed(admin: Pool, seconds = 120): Promise<void> {
  const owed = async (): Promise<string[]> => {
    const { rows } = await admin.query<{ id: string }>(
      `SELECT id || ' ' || place || ' ' || rev AS id FROM item WHERE next_due <= office_now_ms() ORDER BY next_due`,
    );
    return rows.map(({ id }) => id);
  };
  await eventually(owed, (items) => items.length === 0, seconds);
}

/** What the records say of each revision, by item. */
async function standsOf(admin: Pool): Promise<Map<string, Stand[]>> {
  const { rows } = await admin.query<Stand & { item: string }>(
    `SELECT stream_id AS item, seq AS rev, hash AS head, bytes::json->>'state' AS state FROM record ORDER BY stream_id, seq`,
  );
  const stands = new Map<string, Stand[]>();
  for (const { item, ...stand } of rows) stands.set(item, [...(stands.get(item) ?? []), stand]);
  return stands;
}

/** Invariant 11: no history is out of step with the code, and none folded anything but what the records say. */
async function replayAll(all: HistoryAndWorkflowId[], records: Map<string, Stand[]>): Promise<Judgement> {
  const told = new Map<string, Stand[]>();
  const sinks: InjectedSinks<ItemSinks> = {
    item: {
      stands: {
        // objects of the workflow's sandbox have prototypes of their own; a clone has ours
        fn: ({ workflowId }, rev, head, state) =>
          void told.set(workflowId, [
            ...(told.get(workflowId) ?? []),
            { rev, head, state: contentHash(structuredClone(state)) },
          ]),
        callDuringReplay: true,
      },
    },
  };
  const bundle = await workflowBundle(quietly());
  const problems: string[] = [];
  let histories = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: bundle, sinks }, all)) {
    const { history } = all[histories] ?? {}; // one at a time, in their order
    histories += 1;
    if (error) problems.push(`11 ${workflowId} does not replay: ${error.message}; its history is in ${keep(history)}`);
  }
  for (const [workflowId, stands] of told) {
    const own = records.get(workflowId.split('/')[2] ?? '') ?? [];
    problems.push(...differences(stands, own).map((problem) => `11 ${workflowId}: ${problem}`));
  }
  return { problems, histories };
}

/** For whoever has to find out; a history holds ids, codes and hashes, and no word that somebody wrote. */
function keep(history: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), 'four-lists-history-')), 'history.json');
  writeFileSync(path, historyToJSON(history as History));
  return path;
}
