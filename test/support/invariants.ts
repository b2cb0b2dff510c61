import type { Pool } from 'pg';
import { newItem, type ItemState } from '../../domain/process/state.ts';
import { evolve, type ItemEvent } from '../../domain/process/events.ts';
import type { Plan } from '../../domain/process/definition.ts';
import { canonical } from '../../proof/canonical.ts';
import { contentHash, type StoredRecord, verifyChain } from '../../proof/record.ts';

/** Questions to the database whose every answer is a violation; the number is the invariant's. */
const questions: Record<string, string> = {
  '2 a key is applied once': 'SELECT key FROM command GROUP BY office_id, actor_id, key HAVING count(*) > 1',
  '7 each command has exactly one record': `SELECT c.id FROM command c LEFT JOIN record r ON r.office_id = c.office_id AND r.command_id = c.id
    GROUP BY c.office_id, c.id HAVING count(r.seq) <> 1`,
  '7 each record of an item has a command': `SELECT r.seq FROM record r LEFT JOIN command c ON c.office_id = r.office_id AND c.id = r.command_id
    WHERE r.stream IN ('case', 'project') AND c.id IS NULL`,
  '8 records are dense': `SELECT stream_id FROM record GROUP BY office_id, stream, stream_id
    HAVING min(seq) <> 1 OR max(seq) <> count(*)`,
  '8 an item stands at its last record': `SELECT i.id FROM item i WHERE i.rev <> (SELECT max(seq) FROM record r
    WHERE r.office_id = i.office_id AND r.stream_id = i.id)`,
  '12 a record is under the plan of its item': `SELECT r.seq FROM record r JOIN item i ON i.office_id = r.office_id AND i.id = r.stream_id
    WHERE r.definition_hash <> i.definition_hash`,
  '17 counters are sums of what is held': `SELECT r.id FROM resource r WHERE r.reserved <> (SELECT coalesce(sum(amount), 0) FROM reservation h
    WHERE h.office_id = r.office_id AND h.resource_id = r.id AND NOT h.released)`,
  '16 nothing is reserved beyond capacity': 'SELECT id FROM resource WHERE reserved > capacity',
  '18 an archived item holds nothing': `SELECT i.id FROM item i JOIN reservation h ON h.office_id = i.office_id AND h.item_id = i.id
    WHERE i.place = 'archived' AND NOT h.released`,
  '18 a merged item holds nothing': `SELECT i.id FROM item i WHERE i.place = 'merged' AND (
    EXISTS (SELECT 1 FROM reservation h WHERE h.office_id = i.office_id AND h.item_id = i.id AND NOT h.released)
    OR EXISTS (SELECT 1 FROM assignment a WHERE a.office_id = i.office_id AND a.item_id = i.id AND NOT a.ended))`,
  '21 a merged item is kept by an open one, or something is on its way': `SELECT b.id FROM item b
    LEFT JOIN item a ON a.office_id = b.office_id AND a.id = b.state->'fields'->>'mergedInto'
    WHERE b.place = 'merged' AND NOT coalesce(a.state->'absorbed' ? b.id, false) AND NOT EXISTS (
      SELECT 1 FROM queued_command q WHERE q.office_id = b.office_id AND q.status = 'queued' AND b.id IN (q.source, q.target))`,
  '21 a rejected question is answered where its kind asks for it': `SELECT q.id FROM queued_command q WHERE q.status = 'rejected' AND q.name = 'absorb'
    AND NOT EXISTS (SELECT 1 FROM queued_command r WHERE r.office_id = q.office_id AND r.name = 'unmerge' AND r.source = q.target AND r.target = q.source)`,
  '19 what an ended item holds is owed back': `SELECT i.id FROM item i JOIN reservation h ON h.office_id = i.office_id AND h.item_id = i.id
    WHERE i.place IN ('closed', 'withdrawn', 'voided') AND NOT h.released AND i.next_due IS NULL`,
  '21 what a record was to begin is there, or on its way': `SELECT q.id FROM queued_command q LEFT JOIN item i ON i.office_id = q.office_id AND i.id = q.target
    WHERE q.name = 'submit' AND (q.status = 'rejected' OR (q.status = 'applied') <> (i.id IS NOT NULL))`,
  '21 an ended item says how it ended': `SELECT id FROM item WHERE NOT CASE place WHEN 'not_accepted' THEN state->'fields' ? 'refusalGround'
    WHEN 'redirected' THEN state->'fields' ? 'redirectedTo' WHEN 'withdrawn' THEN state->'fields'->>'closureType' = 'withdrawn'
    WHEN 'voided' THEN state->'fields'->>'closureType' = 'void' WHEN 'merged' THEN state->'fields' ? 'mergedInto'
    WHEN 'closed' THEN state->'fields'->>'closureType' IN ('solved', 'partly_solved', 'explained', 'unreasonable', 'merged', 'forced') ELSE true END`,
  '38 only a granted reopening and the archive lead out of an end': `SELECT seq FROM (SELECT seq, bytes::jsonb AS said FROM record WHERE stream = 'case') AS r
    WHERE said->>'from' IN ('closed', 'withdrawn', 'voided', 'not_accepted', 'redirected') AND said->>'to' <> said->>'from' AND said->>'type' NOT IN ('grant', 'archive')
      OR said->>'from' = 'archived'`,
  '4 what was applied has the record of its key': `SELECT q.id FROM queued_command q LEFT JOIN command c
    ON c.office_id = q.office_id AND c.actor_id = 'system' AND c.key = q.id AND c.item_id = q.target AND c.name = q.name
    WHERE (q.status = 'applied') <> (c.id IS NOT NULL)`,
  '20 loads are counts of what is assigned': `SELECT t.id FROM team t WHERE t.open_load <> (SELECT count(*) FROM assignment a
    WHERE a.office_id = t.office_id AND a.team_id = t.id AND NOT a.ended)`,
  '20 no team is over its load': 'SELECT id FROM team WHERE open_load > max_open_load',
  '22 a reviewer did nothing else': `SELECT a.item_id FROM duty a JOIN duty b USING (office_id, item_id, user_id)
    WHERE a.duty = 'closure_reviewer' AND b.duty IN ('handler', 'checker', 'resource_decider')`,
  '23 who asks does not decide': 'SELECT id FROM request WHERE asked_by = decided_by',
  '23 of two who agree neither asked, and they are two': `SELECT id FROM request WHERE granted_first IN (asked_by, decided_by)`,
  '9 tasks are those of the items': `SELECT coalesce(t.id, s.task->>'id') FROM task t
    FULL JOIN (SELECT i.office_id, i.id, jsonb_array_elements(i.state->'tasks') AS task FROM item i) AS s
      ON s.office_id = t.office_id AND s.id = t.item_id AND s.task->>'id' = t.id
    WHERE t.id IS NULL OR s.id IS NULL OR t.unit_id <> s.task->>'unit' OR t.answered <> (s.task->>'answer' IS NOT NULL)`,
  '9 requests without an outcome are those of the items': `SELECT coalesce(r.id, s.open->>'id') FROM (SELECT * FROM request WHERE outcome IS NULL) AS r
    FULL JOIN (SELECT i.office_id, i.id, jsonb_array_elements(i.state->'requests') AS open FROM item i) AS s
      ON s.office_id = r.office_id AND s.id = r.item_id AND s.open->>'id' = r.id
    WHERE r.id IS NULL OR s.id IS NULL OR r.asked_by <> s.open->>'askedBy'`,
  '24 the grant covers the time of the record': `SELECT c.id FROM command c LEFT JOIN role_grant g ON g.office_id = c.office_id AND g.id = c.grant_id
    WHERE c.role <> 'system' AND (g.id IS NULL OR g.user_id <> c.actor_id OR g.role <> c.role
      OR extract(epoch FROM g.valid_from) * 1000 > c.at OR extract(epoch FROM g.valid_to) * 1000 <= c.at)`,
  '24 whoever changed the office held the grant at that time': `SELECT r.seq FROM (SELECT office_id, seq, at, bytes::jsonb->'actor' AS actor FROM record
    WHERE stream = 'office') AS r LEFT JOIN role_grant g ON g.office_id = r.office_id AND g.id = r.actor->>'grant'
    WHERE r.actor->>'id' <> 'system' AND (g.id IS NULL OR g.user_id <> r.actor->>'id' OR g.role <> r.actor->>'role'
      OR extract(epoch FROM g.valid_from) * 1000 > r.at OR extract(epoch FROM g.valid_to) * 1000 <= r.at)`,
  '24 each grant that the office tells of is there as it is told': `SELECT r.seq FROM (SELECT office_id, seq, bytes::jsonb->'data' AS data FROM record
    WHERE stream = 'office' AND bytes::jsonb->>'type' = 'granted') AS r LEFT JOIN role_grant g ON g.office_id = r.office_id AND g.id = r.data->>'grant'
    WHERE (g.user_id, g.role, g.unit_id) IS DISTINCT FROM (r.data->>'user', r.data->>'role', r.data->>'unit')
      OR extract(epoch FROM g.valid_from) * 1000 <> (r.data->>'from')::bigint OR g.for_user IS DISTINCT FROM r.data->>'for'`,
  '23 a high role that the office tells of was asked by another': `SELECT r.seq FROM (SELECT office_id, seq, bytes::jsonb AS said FROM record
    WHERE stream = 'office' AND bytes::jsonb->>'type' = 'granted') AS r
    JOIN role o ON o.office_id = r.office_id AND o.code = r.said->'data'->>'role' AND o.high
    LEFT JOIN access_request a ON a.office_id = r.office_id AND a.id = r.said->'data'->>'request'
    WHERE a.id IS NULL OR a.asked_by IN (r.said->'actor'->>'id', a.decided_by) OR a.user_id = a.decided_by`,
  'S6 nobody audits and acts at the same time': `SELECT a.id FROM role_grant a JOIN role_grant b USING (office_id, user_id)
    WHERE a.role = 'auditor' AND b.role <> 'auditor' AND tstzrange(a.valid_from, a.valid_to) && tstzrange(b.valid_from, b.valid_to)`,
  '33 the stream of an office says of each history what its archive says': `SELECT a.run_id FROM history_archive a
    FULL JOIN (SELECT office_id, bytes::jsonb AS said FROM record WHERE stream = 'office' AND bytes::jsonb->>'type' LIKE 'history-%') AS r
      ON r.office_id = a.office_id AND r.said->'data'->>'run' = a.run_id AND r.said->'data'->>'item' = a.item_id
    WHERE a.run_id IS NULL OR r.said IS NULL OR (r.said->>'type' = 'history-lost') <> a.lost OR r.said->'data'->>'sha256' IS DISTINCT FROM a.sha256`,
  '9 what a record names as evidence is what the table says, and the file is marked so': `SELECT r.stream_id, r.seq FROM
    (SELECT office_id, stream_id, seq, given.said, given.n - 1 AS n FROM record, json_array_elements(CASE WHEN stream = 'case'
       THEN bytes::json->'data'->'payload'->'evidence' END) WITH ORDINALITY AS given (said, n)) AS r
    FULL JOIN evidence e ON e.office_id = r.office_id AND e.item_id = r.stream_id AND e.rev = r.seq AND e.n = r.n
    LEFT JOIN case_file f ON f.office_id = e.office_id AND f.item_id = e.item_id AND f.sha256 = e.sha256
    WHERE e.sha256 IS DISTINCT FROM r.said->>'sha256' OR e.kind IS DISTINCT FROM r.said->>'kind' OR f.named IS DISTINCT FROM true`,
  'a file that is marked as named is named': `SELECT f.sha256 FROM case_file f WHERE f.named AND NOT EXISTS (
    SELECT 1 FROM evidence e WHERE e.office_id = f.office_id AND e.item_id = f.item_id AND e.sha256 = f.sha256)`,
  'a file has all its pieces, and no more': `SELECT f.sha256 FROM case_file f WHERE NOT (SELECT finished FROM file_content c
    WHERE c.office_id = f.office_id AND c.id = f.content_id) OR (SELECT count(*) FROM file_chunk k WHERE k.office_id = f.office_id
      AND k.content_id = f.content_id) <> ceil(f.size / 262144.0)`,
  '27 time does not go back': `SELECT seq FROM (SELECT seq, at, lag(at) OVER (PARTITION BY office_id, stream, stream_id ORDER BY seq) AS before
    FROM record) AS r WHERE at < before`,
};

interface Row extends StoredRecord {
  office_id: string;
  stream_id: string;
}

/**
 * Everything that must hold of a database at rest, asked as its superuser: the queries, every chain, every item as the
 * fold of its records. @returns the violations in words; none when all is well
 */
export async function violations(admin: Pool): Promise<string[]> {
  const found: string[] = [];
  for (const [title, question] of Object.entries(questions)) {
    const { rows } = await admin.query(question);
    if (rows.length > 0) found.push(`${title}: ${JSON.stringify(rows.slice(0, 3))}`);
  }
  return [...found, ...(await foldProblems(admin)), ...(await officeChainProblems(admin))];
}

async function officeChainProblems(admin: Pool): Promise<string[]> {
  const { rows } = await admin.query<Row>(
    "SELECT office_id, stream_id, seq, bytes, hash FROM record WHERE stream = 'office' ORDER BY office_id, seq",
  );
  return [...new Set(rows.map(({ office_id }) => office_id))].flatMap((office) => {
    const chain = verifyChain(rows.filter((row) => row.office_id === office));
    return chain.intact ? [] : [`33 the stream of office ${office} breaks at ${chain.seq}: ${chain.reason}`];
  });
}

async function foldProblems(admin: Pool): Promise<string[]> {
  const items = await admin.query<{ office_id: string; id: string; head: string; state: ItemState; plan: string }>(
    `SELECT i.office_id, i.id, i.head, i.state, d.plan FROM item i
       JOIN definition_version d ON d.office_id = i.office_id AND d.hash = i.definition_hash`,
  );
  const records = await admin.query<Row>(
    'SELECT office_id, stream_id, seq, bytes, hash FROM record ORDER BY office_id, stream_id, seq',
  );
  return items.rows.flatMap((item) => {
    const own = records.rows.filter((row) => row.office_id === item.office_id && row.stream_id === item.id);
    const chain = verifyChain(own);
    if (!chain.intact) return [`33 the chain of ${item.id} breaks at ${chain.seq}: ${chain.reason}`];
    if (chain.head !== item.head) return [`9 ${item.id} does not stand at the head of its chain`];
    return refold(JSON.parse(item.plan) as Plan, own, item); // compiled before it was stored
  });
}

function refold(plan: Plan, records: StoredRecord[], item: { id: string; state: ItemState }): string[] {
  let state = newItem(plan);
  for (const { bytes, seq } of records) {
    const said = JSON.parse(bytes) as { state: string; data: { events: ItemEvent[] } }; // written by record/write.ts
    state = evolve(state, said.data.events);
    if (contentHash(state) !== said.state) return [`9 ${item.id}: record ${seq} does not fold to the state it names`];
  }
  return canonical(state) === canonical(item.state) ? [] : [`9 ${item.id} is not the fold of its records`];
}
