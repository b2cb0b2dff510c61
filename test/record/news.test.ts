import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MOST_NEWS, NEWS_KEPT, tellNews } from '../../record/news.ts';
import { withOffice } from '../../record/office.ts';
import { appendToOfficeStream } from '../../record/office-stream.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { act, must, OFFICE, submitCase, walk } from '../support/people.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await db.admin.query("UPDATE resource SET capacity = 1000 WHERE id = 'R05'");
});
afterAll(async () => {
  await db.end();
});

const all = async <Row extends object>(sql: string): Promise<Row[]> => (await db.admin.query<Row>(sql)).rows;
async function tellAll(): Promise<void> {
  while ((await tellNews(db.app, OFFICE)) > 0);
}
/** The highest number, how many records have one, how many different ones, and how many have none. */
const standing = async (): Promise<object | undefined> =>
  (
    await all(
      'SELECT coalesce(max(n), 0)::int AS last, count(n)::int AS told, count(DISTINCT n)::int AS different, count(*) FILTER (WHERE n IS NULL)::int AS waiting FROM news',
    )
  )[0];

describe('the news', () => {
  test('are every record once, numbered densely, those of one stream in their order', async () => {
    await walk(db.store);
    await submitCase(db.store);
    const [{ n: records } = { n: 0 }] = await all<{ n: number }>('SELECT count(*)::int AS n FROM record');
    expect(records).toBeGreaterThan(10);
    await tellAll();
    expect(await standing()).toEqual({ last: records, told: records, different: records, waiting: 0 });
    expect(
      await all(
        'SELECT 1 FROM news a JOIN news b USING (office_id, stream, stream_id) WHERE a.seq < b.seq AND a.n > b.n',
      ),
    ).toEqual([]);
    expect(
      await all(
        "SELECT 1 FROM news n JOIN record r USING (office_id, stream, stream_id, seq) WHERE n.place IS DISTINCT FROM r.bytes::jsonb->>'to'",
      ),
    ).toEqual([]);
  });

  test('told by many at once are told once', async () => {
    for (let n = 0; n < 5; n += 1) await submitCase(db.store);
    const before = await standing();
    await Promise.all(Array.from({ length: 6 }, async () => await tellNews(db.app, OFFICE)));
    const after = await standing();
    expect(after).toMatchObject({ waiting: 0 });
    expect((after as { last: number }).last).toBe((before as { last: number }).last + 5);
  });

  test('of records that were committed late get a number when they are there, and none is passed over', async () => {
    const late = await db.app.connect();
    try {
      await late.query('BEGIN');
      await late.query("SELECT set_config('app.office', 'YX', true)");
      await late.query("INSERT INTO news (office_id, stream, stream_id, seq) VALUES ('YX', 'case', 'late', 1)");
      await submitCase(db.store);
      await tellAll();
      expect(await standing()).toMatchObject({ waiting: 0 });
      await late.query('ROLLBACK');
    } finally {
      late.release();
    }
    await withOffice(db.app, OFFICE, async (tx) => {
      await appendToOfficeStream(tx, { type: 'history-lost', data: { item: 'x', run: 'y' } }, 'test');
    });
    expect(await tellNews(db.app, OFFICE)).toBe(1);
  });

  test('more than one batch takes several', async () => {
    const [row] = await all<{ seq: number; n: number }>(
      "SELECT max(seq) AS seq, max(n)::int AS n FROM news WHERE stream = 'office'",
    );
    await withOffice(db.app, OFFICE, async (tx) => {
      for (let n = 0; n < MOST_NEWS + 10; n += 1)
        await appendToOfficeStream(tx, { type: 'history-lost', data: { item: 'x', run: String(n) } }, 'test');
    });
    expect(await tellNews(db.app, OFFICE)).toBe(MOST_NEWS);
    expect(await tellNews(db.app, OFFICE)).toBe(10);
    expect(await tellNews(db.app, OFFICE)).toBe(0);
    expect(row?.seq).toBeGreaterThan(0);
  });

  test('that are old are let go', async () => {
    await db.admin.query(`UPDATE news_head SET last = last + ${NEWS_KEPT}`);
    const [{ last } = { last: 0 }] = await all<{ last: number }>('SELECT last FROM news_head');
    await submitCase(db.store);
    await tellAll();
    expect(await all('SELECT n FROM news')).toEqual([{ n: last + 1 }]);
  });
});

describe('notices', () => {
  const noticesOf = async (item: string): Promise<string[]> =>
    (
      await all<{ told: string }>(
        `SELECT user_id || ' ' || kind || ' ' || subject AS told FROM notice WHERE stream_id = '${item}' ORDER BY n, user_id`,
      )
    ).map(({ told }) => told);

  test('tell the clerks of the unit, whoever is drawn, and who decides; each once, however often it is told', async () => {
    const item = await walk(db.store);
    must(await act(db.store, item, 'match1', 'release', {}));
    must(await act(db.store, item, 'inspect1', 'reopen', {}, { texts: { reason: '又坏了' } }));
    await tellAll();
    const first = await noticesOf(item);
    expect(first).toEqual([
      'clerk1 assigned dispatched',
      'clerk3 assigned dispatched',
      'case1 assigned in_progress',
      'case3 assigned in_progress',
      'inspect1 drawn checker',
      'callback1 drawn caller',
      'review1 request-waits reopen',
      'review2 request-waits reopen',
      'supervise1 request-waits reopen',
      'supervise2 request-waits reopen',
    ]);
    await db.admin.query(`UPDATE news SET n = NULL WHERE stream_id = '${item}'`);
    await tellAll();
    expect(await noticesOf(item)).toEqual(first);
    const [request] = await all<{ id: string }>(`SELECT id FROM request WHERE item_id = '${item}'`);
    must(await act(db.store, item, 'supervise1', 'grant', { request: request?.id ?? '' }));
    await tellAll();
    expect((await noticesOf(item)).slice(first.length)).toEqual(['inspect1 request-granted reopen']);
  });

  test('hold codes and ids, and no word of what people wrote', async () => {
    const columns = await all<{ column: string }>(
      "SELECT column_name AS column FROM information_schema.columns WHERE table_name = 'notice' ORDER BY 1",
    );
    expect(columns.map(({ column }) => column)).toEqual([
      'at',
      'kind',
      'n',
      'office_id',
      'read_at',
      'seq',
      'stream',
      'stream_id',
      'subject',
      'user_id',
    ]);
    const subjects = await all<{ subject: string }>('SELECT DISTINCT subject FROM notice');
    expect(subjects.filter(({ subject }) => !/^[a-z_-]+$/.test(subject))).toEqual([]);
  });
});
