import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runLoops } from '../../background/loops.ts';
import type { ItemId } from '../../domain/ids.ts';
import { violations } from '../support/invariants.ts';
import { D01, OFFICE, submitCase } from '../support/people.ts';
import { CODE, drive, type Driving, eventually, pause, reaches } from './driving.ts';
import { LAMPS, untilWork } from './lives.ts';

let driving: Driving;
const stop = new AbortController();
let loops: Promise<void>;
beforeAll(async () => {
  driving = await drive();
  const { db, client } = driving;
  const logger = pino({ level: 'silent' });
  loops = runLoops(
    { loops: db.background, store: db.store, client, code: CODE, logger, signal: stop.signal },
    { everyMs: 200 },
  );
});
afterAll(async () => {
  stop.abort();
  await loops;
  await driving.end();
});

interface Waiting {
  code: string;
  tries: number;
  retry_at: number;
}

async function stuckOf(item: ItemId): Promise<Waiting | undefined> {
  const { rows } = await driving.db.admin.query<Waiting>('SELECT code, tries, retry_at FROM stuck WHERE item_id = $1', [
    item,
  ]);
  return rows[0];
}

/** Registered, and found to lack something. */
async function stuckCase(register: typeof LAMPS.register): Promise<{ item: ItemId; waits: Waiting }> {
  const item = await submitCase(driving.db.store);
  await driving.person(item, 'intake1', 'register', register);
  const waits = await eventually(
    () => stuckOf(item),
    (seen) => seen !== undefined,
  );
  if (!waits) throw new Error('it is not stuck');
  return { item, waits };
}

async function refusalsOf(...items: ItemId[]): Promise<number> {
  const { rows } = await driving.db.admin.query<{ n: number }>(
    'SELECT count(*) AS n FROM refusal_log WHERE item_id = ANY($1)',
    [items],
  );
  return rows[0]?.n ?? -1;
}

const reason = { texts: { reason: '诉求人撤回' } };

test('every team full: a demand is stuck, and goes on by itself in seconds when a place frees', async () => {
  const { db, person } = driving;
  await db.admin.query("UPDATE team SET max_open_load = CASE id WHEN 'T03' THEN 1 ELSE 0 END");
  const working = await submitCase(db.store);
  await untilWork(driving, working);
  const { item, waits } = await stuckCase(LAMPS.register);
  expect(waits).toMatchObject({ code: 'NO_TEAM', tries: 1 });

  const freed = Date.now();
  await person(working, 'intake1', 'withdraw', { voluntary: 'yes' }, reason);
  await reaches(driving, item, 'matching');
  expect(Date.now() - freed).toBeLessThan(10_000);
  expect(await refusalsOf(item)).toBe(1);
  await db.admin.query('UPDATE team SET max_open_load = 100');
});

test('a gain that is of no use to a demand leaves it waiting, without another refusal', async () => {
  const { db } = driving;
  const { item, waits } = await stuckCase({ ...LAMPS.register, skills: ['juggling'] });
  for (let gains = 0; gains < 5; gains += 1) {
    await db.admin.query("UPDATE team SET max_open_load = max_open_load + 1 WHERE id = 'T03'");
    await pause(100);
  }
  await eventually(
    async () =>
      (
        await db.admin.query(
          `SELECT 1 FROM stuck s JOIN gain g ON g.list = s.lacks
             WHERE NOT pg_visible_in_snapshot(g.xid::text::xid8, s.seen::pg_snapshot)`,
        )
      ).rowCount,
    (unseen) => unseen === 0,
  );
  expect(await stuckOf(item)).toEqual(waits);
  expect(await refusalsOf(item)).toBe(1);
});

test('ten demands that lack the same thing are each tried once when it comes', async () => {
  const { db } = driving;
  const needs = [{ id: 'n', kind: 'goods', unit: 'whale', amount: 1 }];
  const items: ItemId[] = [];
  for (let n = 0; n < 10; n += 1) items.push((await stuckCase({ ...LAMPS.register, needs })).item);
  await db.admin.query(
    `INSERT INTO resource (office_id, id, kind, unit, owner_id, title_zh, title_en, capacity, area, valid_from)
       SELECT office_id, 'R99', kind, 'whale', owner_id, title_zh, title_en, 1, area, valid_from FROM resource WHERE id = 'R05'`,
  );
  for (const item of items) await reaches(driving, item, 'matching');
  expect(await refusalsOf(...items)).toBe(10);
});

test('a gain that is committed while the search is under way is not lost', async () => {
  const { db } = driving;
  const giving = await db.admin.connect();
  await giving.query('BEGIN');
  await giving.query("UPDATE team SET skills = skills || '{diving}' WHERE id = 'T03'"); // not to be seen yet
  const { item } = await stuckCase({ ...LAMPS.register, needs: [], skills: ['diving'] });
  await pause(600); // the loop has looked and found nothing
  expect((await stuckOf(item))?.tries).toBe(1);
  await giving.query('COMMIT');
  giving.release();
  await reaches(driving, item, 'matching');
});

test('a draw that found nobody is made when somebody is given the role', async () => {
  const { db, person } = driving;
  const item = await submitCase(db.store);
  await untilWork(driving, item);
  const away = 'UPDATE role_grant SET valid_to = $1 WHERE role = $2';
  await db.admin.query(away, ['2026-03-02T00:00:00+08:00', 'inspector']);
  await person(item, 'case1', 'hand-in', D01['hand-in'], { texts: { result: '已更换' } });
  await eventually(
    () => stuckOf(item),
    (seen) => seen?.code === 'nobody-eligible',
  );
  await db.admin.query(
    `INSERT INTO role_grant (office_id, id, user_id, role, unit_id, valid_from)
       SELECT office_id, 'new-inspector', user_id, role, unit_id, '2026-01-01' FROM role_grant WHERE role = 'inspector' LIMIT 1`,
  );
  await reaches(driving, item, 'checking');
  expect(await refusalsOf(item)).toBe(1);
});

test('nothing that must hold is broken by it', async () => {
  expect(await violations(driving.db.admin)).toEqual([]);
  const { rows } = await driving.db.admin.query('SELECT 1 FROM gain WHERE office_id <> $1', [OFFICE]);
  expect(rows).toEqual([]);
});
