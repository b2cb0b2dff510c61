import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLooseFileLoop } from '../../background/loose-files.ts';
import type { ItemId } from '../../domain/ids.ts';
import { instant } from '../../domain/time.ts';
import { commit } from '../../record/commit.ts';
import { beginContent, keepChunk, nameEvidence } from '../../record/files.ts';
import { removeLeftContent, removeLooseFile } from '../../record/loose-files.ts';
import { withOffice } from '../../record/office.ts';
import { newDataKey } from '../../record/seal.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { act, bringPhoto, LIT, must, OFFICE, submitCase } from '../support/people.ts';
import { setClock } from '../workflows/driving.ts';

let db: TestDatabase;
const warnings: string[] = [];
const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
const evidence = [{ kind: 'photo', sha256: LIT.sha256 }];

beforeAll(async () => {
  db = await createTestDatabase({ simulation: true });
});
afterAll(async () => {
  expect(warnings).toEqual([]);
  await db.end();
});

/** One tick, as the loop's own login sees the office. */
async function tick(): Promise<void> {
  const loop = createLooseFileLoop({
    remove: async ({ office, item, sha256 }) => void (await removeLooseFile(db.app, office, item, sha256)),
    removeLeft: async (office, content) => await removeLeftContent(db.app, office, content),
    logger,
  });
  const lead = await db.background.connect();
  try {
    await loop(lead);
  } finally {
    lead.release();
  }
}

async function pass(hours: number): Promise<void> {
  const { rows } = await db.admin.query<{ now: number }>('SELECT office_now_ms() AS now');
  await setClock({ db }, instant((rows[0]?.now ?? 0) + hours * 3_600_000));
}

/** Files, contents and pieces of an item. */
async function left(item: ItemId): Promise<number[]> {
  const { rows } = await db.admin.query<{ files: number; contents: number; chunks: number }>(
    `SELECT (SELECT count(*) FROM case_file WHERE item_id = $1) AS files, (SELECT count(*) FROM file_content WHERE item_id = $1) AS contents,
       (SELECT count(*) FROM file_chunk c JOIN file_content f ON f.id = c.content_id WHERE f.item_id = $1) AS chunks`,
    [item],
  );
  return rows.flatMap(({ files, contents, chunks }) => [files, contents, chunks]);
}

test('a file that no record names is removed after 24 hours of the office, with every piece, and not before', async () => {
  const item = await submitCase(db.store);
  await bringPhoto(db.store, item, 'case1');
  await tick();
  await pass(23);
  await tick();
  expect(await left(item)).toEqual([1, 1, 1]);
  await pass(1);
  await tick();
  expect(await left(item)).toEqual([0, 0, 0]);
  const named = await act(db.store, item, 'intake1', 'withdraw', { voluntary: 'yes' }, { texts: { reason: '撤回' } });
  must(named);
});

test('a file that a record names stays for ever, whatever becomes of the rest', async () => {
  const item = await submitCase(db.store);
  must(await act(db.store, item, 'intake1', 'settle-on-the-spot', { evidence }));
  await pass(1_000);
  await tick();
  expect(await left(item)).toEqual([1, 1, 1]);
  await expect(db.admin.query('DELETE FROM evidence')).rejects.toMatchObject({ constraint: 'append_only' });
  await expect(db.admin.query('DELETE FROM case_file WHERE item_id = $1', [item])).rejects.toMatchObject({
    constraint: 'file_stays',
  });
  await expect(removeLooseFile(db.app, OFFICE, item, LIT.sha256)).resolves.toBe(false);
});

test('what was removed cannot be named any more: the command is refused and may be given again after the file was brought again', async () => {
  const item = await submitCase(db.store);
  await bringPhoto(db.store, item, 'intake1');
  await pass(24);
  await tick();
  const request = {
    office: OFFICE,
    item,
    actor: { kind: 'person', user: 'intake1' as never },
    name: 'settle-on-the-spot',
    payload: { evidence },
    texts: {},
    expected: { ifMatch: 1 },
    run: null,
  } as const;
  const settle = async () => await commit(db.store, { ...request, key: randomUUID() });
  expect(await settle()).toMatchObject({ kind: 'refused', refusal: { code: 'evidence-unknown' } });
  await bringPhoto(db.store, item, 'intake1');
  expect(await settle()).toMatchObject({ kind: 'applied' });
});

test('a file is passed over while a commit that names it is under way, and stays once that is done', async () => {
  const item = await submitCase(db.store);
  await bringPhoto(db.store, item, 'intake1');
  await pass(24);
  await withOffice(db.app, OFFICE, async (tx) => {
    await nameEvidence(tx, item, 2, { evidence });
    await tick(); // neither waits nor removes
    expect(await left(item)).toEqual([1, 1, 1]);
  });
  await tick();
  expect(await left(item)).toEqual([1, 1, 1]);
});

test('a commit that comes while the file is being removed is refused, and nothing hangs', async () => {
  const item = await submitCase(db.store);
  await bringPhoto(db.store, item, 'intake1');
  const lead = await db.admin.connect();
  await lead.query('BEGIN');
  await lead.query('SELECT 1 FROM case_file WHERE item_id = $1 FOR UPDATE', [item]);
  const command = act(
    db.store,
    item,
    'intake1',
    'refuse',
    { ground: 'outside_area' },
    { texts: { reason: '不属本街道', told: '已告知所属街道' } },
  );
  must(await command); // it names nothing, and so waits for nothing
  const naming = withOffice(db.app, OFFICE, async (tx) => await nameEvidence(tx, item, 3, { evidence }));
  const refused = naming.then(
    () => 'named',
    (error: { constraint?: string }) => error.constraint,
  );
  await lead.query('DELETE FROM case_file WHERE item_id = $1', [item]);
  await lead.query('COMMIT');
  lead.release();
  expect(await refused).toBe('evidence-unknown');
});

test('what an upload left behind goes after an hour by the real clock, however far the office jumps', async () => {
  const item = await submitCase(db.store);
  const content = await withOffice(db.app, OFFICE, async (tx) => {
    const id = await beginContent(tx, item);
    await keepChunk(tx, newDataKey('x'), id, 0, Buffer.from('half a photograph'));
    return id;
  });
  await pass(1_000);
  await tick();
  expect(await left(item)).toEqual([0, 1, 1]);
  await db.admin.query("UPDATE file_content SET begun_at = begun_at - interval '61 minutes' WHERE id = $1", [content]);
  await tick();
  expect(await left(item)).toEqual([0, 0, 0]);
});
