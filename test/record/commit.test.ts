import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { hash, type ItemId, itemId } from '../../domain/ids.ts';
import { commit, type Outcome } from '../../record/commit.ts';
import { withOffice } from '../../record/office.ts';
import { openTexts } from '../../record/texts.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { violations } from '../support/invariants.ts';
import { act, D01, move, must, OFFICE, revOf, submitCase, walk } from '../support/people.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(async () => {
  await db.end();
});
afterEach(async () => {
  expect(await violations(db.admin)).toEqual([]);
});

async function count(table: string, item: ItemId): Promise<number> {
  const column = table === 'record' ? 'stream_id' : 'item_id';
  const { rows } = await db.admin.query<{ n: number }>(`SELECT count(*) AS n FROM ${table} WHERE ${column} = $1`, [
    item,
  ]);
  return rows[0]?.n ?? -1;
}

const kinds = (outcomes: Outcome[]): string[] => outcomes.map(({ kind }) => kind).sort();

test('a whole life leaves one record for each command, in order, and ends closed', async () => {
  const item = await walk(db.store);
  const { rows } = await db.admin.query<{ type: string }>(
    `SELECT bytes::jsonb->>'type' AS type FROM record WHERE stream_id = $1 ORDER BY seq`,
    [item],
  );
  expect(rows.map(({ type }) => type)).toEqual([
    'submit',
    'register',
    'start-matching',
    'reserve',
    'assign',
    'dispatch',
    'sign',
    'contact',
    'start-work',
    'hand-in',
    'draw-check',
    'check',
    'draw-call-back',
    'call-back',
    'submit-review',
    'review',
  ]);
  must(await move(db.store, item, 'release', {}));
  const { rows: held } = await db.admin.query('SELECT 1 FROM reservation WHERE item_id = $1 AND NOT released', [item]);
  expect(held).toEqual([]);
});

test('invariant 2: a repeated key answers byte for byte as the first time and applies nothing', async () => {
  const item = await submitCase(db.store);
  const asked = { key: 'k-repeat', expected: { ifMatch: 1 } };
  const first = must(await act(db.store, item, 'intake1', 'register', D01.register, asked));
  const again = await act(db.store, item, 'intake1', 'register', D01.register, asked);
  expect(again).toEqual({ kind: 'replayed', answer: first.answer });
  expect(await count('record', item)).toBe(2);
});

test('invariant 2: the same key with another body is refused as reused', async () => {
  const item = await submitCase(db.store);
  must(await act(db.store, item, 'intake1', 'register', D01.register, { key: 'k-reused' }));
  const other = await act(
    db.store,
    item,
    'intake1',
    'register',
    { ...D01.register, category: 'environment' },
    { key: 'k-reused' },
  );
  expect(other).toEqual({ kind: 'key-reused' });
  const words = await act(db.store, item, 'intake1', 'register', D01.register, {
    key: 'k-reused',
    texts: { note: 'x' },
  });
  expect(words).toEqual({ kind: 'key-reused' });
});

test('invariant 2: the same key belongs to each person apart', async () => {
  const item = await submitCase(db.store, { key: 'k-shared' });
  must(await act(db.store, item, 'intake1', 'register', D01.register, { key: 'k-shared' }));
  expect(await revOf(db.store, item)).toBe(2);
});

test('invariant 2: the same creation sent eight times at once makes one case', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, () =>
      act(db.store, itemId(randomUUID()), 'grid1', 'submit', D01.submit, {
        key: 'k-create',
        texts: { title: '灯' },
        expected: { new: true },
      }),
    ),
  );
  expect(kinds(outcomes)).toEqual(['applied', ...Array.from({ length: 7 }, () => 'replayed')]);
  expect(new Set(outcomes.map((outcome) => 'answer' in outcome && outcome.answer)).size).toBe(1);
});

test('invariant 2: a refused command binds no key and is decided anew', async () => {
  const item = await submitCase(db.store);
  const early = await act(db.store, item, 'clerk1', 'sign', {}, { key: 'k-early' });
  expect(early).toMatchObject({ kind: 'refused', refusal: { code: 'wrong-state' } });
  must(await act(db.store, item, 'intake1', 'register', D01.register));
  must(await move(db.store, item, 'start-matching', {}));
  must(await act(db.store, item, 'match1', 'reserve', D01.reserve));
  must(await act(db.store, item, 'match1', 'assign', D01.assign));
  must(await move(db.store, item, 'dispatch', {}));
  expect(await act(db.store, item, 'clerk1', 'sign', {}, { key: 'k-early' })).toMatchObject({ kind: 'applied' });
  must(await act(db.store, item, 'intake1', 'withdraw', { voluntary: 'yes' }, { texts: { reason: 'x' } }));
  must(await move(db.store, item, 'release', {}));
});

test('invariant 3: a refused command leaves a row in the refusal log and nothing else', async () => {
  const item = await submitCase(db.store);
  const before = await snapshot();
  const refused = await act(db.store, item, 'case1', 'register', D01.register);
  expect(refused).toMatchObject({ kind: 'refused', refusal: { code: 'not-permitted' }, rev: 1 });
  const after = await snapshot();
  expect(after['refusal_log']).toBe((before['refusal_log'] ?? 0) + 1);
  expect({ ...after, refusal_log: 0 }).toEqual({ ...before, refusal_log: 0 });
});

/** Rows of every table, so that nothing can be left behind unseen. */
async function snapshot(): Promise<Record<string, number>> {
  const { rows: tables } = await db.admin.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const { rows } = await db.admin.query<{ n: number }>(`SELECT count(*) AS n FROM "${name}"`);
    counts[name] = rows[0]?.n ?? -1;
  }
  return counts;
}

test('invariant 3: what the database refuses is told as the rule it holds', async () => {
  const nowhere = { ...D01.submit, area: 'no-such-place' };
  const item = itemId(randomUUID());
  const refused = await act(db.store, item, 'grid1', 'submit', nowhere, {
    texts: { title: 'x' },
    expected: { new: true },
  });
  expect(refused).toMatchObject({ kind: 'refused', refusal: { code: 'unknown-area' } });
  expect(await count('command', item)).toBe(0);
});

test('invariant 15: of eight commands with the same If-Match exactly one is applied', async () => {
  const item = await submitCase(db.store);
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, () =>
      act(db.store, item, 'intake1', 'register', D01.register, { expected: { ifMatch: 1 } }),
    ),
  );
  expect(kinds(outcomes)).toEqual(['applied', ...Array.from({ length: 7 }, () => 'stale')]);
  expect(await revOf(db.store, item)).toBe(2);
});

test('the moves of the system do not make a person stale, those of people do', async () => {
  const item = await submitCase(db.store);
  must(await act(db.store, item, 'intake1', 'register', D01.register));
  must(await move(db.store, item, 'start-matching', {}));
  const late = await act(db.store, item, 'match1', 'reserve', D01.reserve, { expected: { ifMatch: 2 } });
  expect(late).toMatchObject({ kind: 'applied', rev: 4 });
  expect(await act(db.store, item, 'match1', 'assign', D01.assign, { expected: { ifMatch: 3 } })).toEqual({
    kind: 'stale',
    rev: 4,
  });
  expect(await act(db.store, item, 'match1', 'assign', D01.assign, { expected: { ifMatch: 5 } })).toEqual({
    kind: 'stale',
    rev: 4,
  });
  must(await act(db.store, item, 'match1', 'release', {}));
});

test('invariant 13: a move decided on another record writes nothing', async () => {
  const item = await submitCase(db.store);
  must(await act(db.store, item, 'intake1', 'register', D01.register));
  const request = {
    office: OFFICE,
    item,
    actor: { kind: 'system' as const },
    key: 'k-move',
    texts: {},
    run: 'r',
    name: 'start-matching' as const,
    payload: {},
  };
  const otherHead = await commit(db.store, { ...request, expected: { rev: 2, head: hash('0'.repeat(64)) } });
  expect(otherHead).toEqual({ kind: 'stale', rev: 2 });
  expect(await count('record', item)).toBe(2);
});

test('the system takes only what the definition calls automatic', async () => {
  const item = await submitCase(db.store);
  expect(await move(db.store, item, 'refuse', { ground: 'no_substance' })).toMatchObject({
    kind: 'refused',
    refusal: { code: 'not-permitted' },
  });
});

test('a command on an item that is not there is absent, not an error', async () => {
  expect(await act(db.store, itemId(randomUUID()), 'intake1', 'register', D01.register)).toEqual({ kind: 'absent' });
});

test('invariant 17: six reservations at once take what there is and no more', async () => {
  const items = await Promise.all(Array.from({ length: 6 }, () => walk(db.store, 'start-matching')));
  const outcomes = await Promise.all(
    items.map((item) => act(db.store, item, 'match1', 'reserve', { ...D01.reserve, amount: 7 })),
  );
  expect(kinds(outcomes)).toEqual(['applied', 'applied', 'refused', 'refused', 'refused', 'refused']);
  for (const outcome of outcomes)
    if (outcome.kind === 'refused') expect(outcome.refusal.code).toBe('resource-over-capacity');
  for (const item of items) await act(db.store, item, 'match1', 'release', {});
});

test('invariant 20: a team takes no more than its largest open load, however many ask at once', async () => {
  await db.admin.query("UPDATE team SET max_open_load = open_load + 2 WHERE id = 'T03'");
  const items = await Promise.all(Array.from({ length: 5 }, () => walk(db.store, 'start-matching')));
  const outcomes = await Promise.all(items.map((item) => act(db.store, item, 'dispatch1', 'assign', D01.assign)));
  expect(kinds(outcomes)).toEqual(['applied', 'applied', 'refused', 'refused', 'refused']);
  for (const outcome of outcomes)
    if (outcome.kind === 'refused') expect(outcome.refusal.code).toBe('team-over-capacity');
  await db.admin.query("UPDATE team SET max_open_load = 12 WHERE id = 'T03'");
  for (const item of items) await act(db.store, item, 'match1', 'release', {});
});

test('two first cases of one resident, at once, share one key', async () => {
  const items = await Promise.all(
    [1, 2].map((n) =>
      submitCase(db.store, { subject: '13800001234', texts: { reporterName: '张三', title: `第${n}件` } }),
    ),
  );
  const { rows } = await db.admin.query<{ key_id: string }>(
    'SELECT DISTINCT key_id FROM case_detail WHERE item_id = ANY($1)',
    [items],
  );
  expect(rows).toHaveLength(1);
});

test('words and personal values are nowhere in the database in the clear, and open with the key', async () => {
  const words = {
    title: 'CANARYtitle',
    words: 'CANARYwords',
    reporterName: 'CANARYname',
    reporterPhone: '13912345678',
  };
  const item = await submitCase(db.store, { texts: words, subject: '13912345678' });
  must(
    await act(
      db.store,
      item,
      'intake1',
      'refuse',
      { ground: 'no_substance' },
      { texts: { reason: 'CANARYreason', told: 'CANARYtold' } },
    ),
  );
  const { rows: tables } = await db.admin.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
  );
  const leaks: string[] = [];
  for (const { name } of tables) {
    const { rows } = await db.admin.query<{ text: string }>(
      `SELECT coalesce(string_agg(t::text, ' '), '') AS text FROM "${name}" t`,
    );
    if (/CANARY|13912345678/.test(rows[0]?.text ?? 'CANARY: nothing was read')) leaks.push(name);
  }
  expect(leaks).toEqual([]);
  const opened = await withOffice(
    db.app,
    OFFICE,
    async (tx) => await openTexts(tx, await db.store.keyOf(OFFICE), [item], null),
  );
  expect(Object.fromEntries(opened.map(({ name, value }) => [name, value]))).toEqual({
    ...words,
    reason: 'CANARYreason',
    told: 'CANARYtold',
  });
});

test('a record commits to each text, so that a changed text shows', async () => {
  const item = await submitCase(db.store, { texts: { title: '灯坏了' } });
  const [opened] = await withOffice(
    db.app,
    OFFICE,
    async (tx) => await openTexts(tx, await db.store.keyOf(OFFICE), [item], ['title']),
  );
  const { rows } = await db.admin.query<{ said: string }>(
    "SELECT bytes::jsonb->'data'->'texts'->>'title' AS said FROM record WHERE stream_id = $1",
    [item],
  );
  expect(opened?.commitment).toBe(rows[0]?.said);
});

test('invariant 22: no reviewer has handled, checked or chosen resources, over the whole history', async () => {
  const item = await walk(db.store, 'submit-review');
  await db.admin.query(
    `INSERT INTO role_grant SELECT 'YX', u || '.review', u, 'closure_reviewer', 'YX-JD', '2026-01-01', NULL
       FROM unnest(ARRAY['match1', 'case1', 'inspect1']) AS u ON CONFLICT DO NOTHING`,
  );
  for (const user of ['match1', 'case1', 'inspect1'])
    expect(await act(db.store, item, user, 'review', { closureType: 'solved' })).toMatchObject({
      kind: 'refused',
      refusal: { code: 'separation-of-duties' },
    });
  must(await act(db.store, item, 'review1', 'review', { closureType: 'solved' }));
  must(await move(db.store, item, 'release', {}));
});

test('invariant 38: nothing leaves the archive', async () => {
  const sim = await createTestDatabase({ simulation: true });
  try {
    const item = await submitCase(sim.store);
    must(
      await act(
        sim.store,
        item,
        'intake1',
        'refuse',
        { ground: 'no_substance' },
        { texts: { reason: 'x', told: 'x' } },
      ),
    );
    await sim.owner.query("UPDATE simulation_clock SET office_base = office_base + interval '40 days'");
    const { rows } = await sim.admin.query<{ clock: { run: number; levels: number[] } }>(
      "SELECT state->'clocks'->0 AS clock FROM item",
    );
    expect(rows[0]?.clock.levels).toHaveLength(1);
    must(
      await move(sim.store, item, 'reach-level', {
        id: 'retention',
        run: rows[0]?.clock.run ?? 0,
        limit: { kind: 'natural_day', amount: 30 },
        level: 1,
      }),
    );
    must(await move(sim.store, item, 'archive', {}));
    const attempts = [
      await act(sim.store, item, 'grid1', 'reopen', {}, { texts: { reason: 'x' } }),
      await act(sim.store, item, 'intake1', 'register', D01.register),
      await act(sim.store, item, 'intake1', 'withdraw', { voluntary: 'yes' }, { texts: { reason: 'x' } }),
    ];
    expect(kinds(attempts)).toEqual(['refused', 'refused', 'refused']);
    const forced = sim.admin.query("UPDATE item SET rev = rev + 1, state = jsonb_set(state, '{rev}', '5')");
    await expect(forced).rejects.toMatchObject({ constraint: 'archived_is_final' });
    expect(await violations(sim.admin)).toEqual([]);
  } finally {
    await sim.end();
  }
});
