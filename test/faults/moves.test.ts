import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { ItemId } from '../../domain/ids.ts';
import { teamId } from '../../domain/ids.ts';
import { HOUR, instant } from '../../domain/time.ts';
import { act, D01, must, submitCase } from '../support/people.ts';
import { drive, type Driving, eventually, pause, reaches, rowOf, setClock, typesOf } from '../workflows/driving.ts';
import { LAMPS, untilChecked, untilClosed, untilWork } from '../workflows/lives.ts';
import { expectNothingLost } from './judge.ts';
import { startWorker, type WorkerProcess } from './processes.ts';

vi.setConfig({ testTimeout: 90_000 }); // processes start and end in each of them

let driving: Driving;
let worker: WorkerProcess;
beforeAll(async () => {
  driving = await drive({ simulation: true, worker: false });
  worker = await startWorker(driving);
});
afterAll(async () => {
  await worker.kill();
  await driving.end();
});

const withoutNeeds = { ...LAMPS.register, needs: [] };

async function registered(register: typeof LAMPS.register): Promise<ItemId> {
  const item = await submitCase(driving.db.store);
  await driving.person(item, 'intake1', 'register', register);
  return item;
}

async function stuckOf(item: ItemId): Promise<{ code: string; retry_at: number } | undefined> {
  const { rows } = await driving.db.admin.query<{ code: string; retry_at: number }>(
    'SELECT code, retry_at FROM stuck WHERE item_id = $1',
    [item],
  );
  return rows[0];
}

async function refusalsOf(item: ItemId): Promise<number> {
  const { rowCount } = await driving.db.admin.query('SELECT 1 FROM refusal_log WHERE item_id = $1', [item]);
  return rowCount ?? 0;
}

async function officeNow(): Promise<number> {
  const { rows } = await driving.db.admin.query<{ now: number }>('SELECT office_now_ms() AS now');
  return rows[0]?.now ?? Number.NaN;
}

/** As the clock of a machine might; that of a simulation refuses it, so its trigger is passed over. */
async function putClockBack(to: number): Promise<void> {
  const client = await driving.db.admin.connect();
  try {
    await client.query('BEGIN; SET LOCAL session_replication_role = replica');
    await client.query(
      'UPDATE simulation_clock SET office_base = to_timestamp($1 / 1000.0), real_base = clock_timestamp()',
      [to],
    );
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

/** Nobody is told: it goes on at once where a place that frees is noticed, else at the instant of its next try. */
async function goesOnByItself(item: ItemId, place: string): Promise<void> {
  const moved = async (): Promise<boolean> => (await rowOf(driving, item)).place === place;
  for (let tries = 0; tries < 50 && !(await moved()); tries += 1) await pause(20);
  const stuck = await stuckOf(item);
  if (stuck) await setClock(driving, instant(Math.max(stuck.retry_at, await officeNow())));
  await reaches(driving, item, place, 30);
}

test('a move that is held up because every team is full is made when a place frees, without a flood of refusals', async () => {
  const { db, person } = driving;
  await db.admin.query("UPDATE team SET max_open_load = 1 WHERE id = 'T06'");
  const tutoring = { ...withoutNeeds, skills: ['tutoring'] };
  const first = await registered(tutoring);
  await reaches(driving, first, 'matching');
  await person(first, 'dispatch1', 'assign', { team: teamId('T06') });
  await reaches(driving, first, 'dispatched');

  const second = await registered(tutoring);
  const stuck = await eventually(
    () => stuckOf(second),
    (row) => row !== undefined,
  );
  expect(stuck?.code).toBe('NO_TEAM'); // the receipt: it was refused
  for (let wakes = 0; wakes < 20; wakes += 1) await driving.wake(second);
  await person(first, 'intake1', 'withdraw', { voluntary: 'yes' }, { texts: { reason: '诉求人撤回' } });
  await goesOnByItself(second, 'matching');
  await person(second, 'dispatch1', 'assign', { team: teamId('T06') });
  await reaches(driving, second, 'dispatched');
  expect(await refusalsOf(second)).toBeGreaterThan(0);
  expect(await refusalsOf(second)).toBeLessThan(5);
  await expectNothingLost(driving);
});

test('a move that is held up because every inspector is away is made when one is back', async () => {
  const item = await registered(withoutNeeds);
  const { db, person } = driving;
  await reaches(driving, item, 'matching');
  await person(item, 'dispatch1', 'assign', D01.assign);
  await reaches(driving, item, 'dispatched');
  await person(item, 'clerk1', 'sign', {});
  await person(item, 'case1', 'contact', { means: 'phone' });
  await reaches(driving, item, 'in_progress');
  const away = 'UPDATE role_grant SET valid_to = $1 WHERE role = $2';
  await db.admin.query(away, ['2026-03-02T00:00:00+08:00', 'inspector']);
  await person(item, 'case1', 'hand-in', D01['hand-in'], { texts: { result: '已更换' } });
  const stuck = await eventually(
    () => stuckOf(item),
    (row) => row !== undefined,
  );
  expect(stuck?.code).toBe('nobody-eligible');
  await db.admin.query(away, [null, 'inspector']);
  await goesOnByItself(item, 'checking');
  expect(await refusalsOf(item)).toBeLessThan(5);
  await expectNothingLost(driving);
});

test('invariant 15: a dispatcher moves by hand at the same moment as the workflow; one of the two is applied, never both', async () => {
  const won = { byHand: 0, byWorkflow: 0 };
  const answers = new Set<string>();
  let wait = 5;
  for (let round = 0; round < 30; round += 1) {
    const item = await registered({ ...withoutNeeds, skills: ['patrol'] });
    await reaches(driving, item, 'matching');
    const { rev } = await driving.person(item, 'dispatch1', 'assign', { team: teamId('T05') });
    await pause(wait);
    const hand = await act(driving.db.store, item, 'dispatch1', 'dispatch', {}, { expected: { ifMatch: rev } });
    answers.add(hand.kind === 'refused' ? hand.refusal.code : hand.kind);
    await reaches(driving, item, 'dispatched');
    if (hand.kind === 'applied') won.byHand += 1;
    else won.byWorkflow += 1;
    wait = Math.max(0, wait + (hand.kind === 'applied' ? 3 : -3)); // towards the instant at which both meet
    expect(await typesOf(driving, item)).toEqual(['submit', 'register', 'start-matching', 'assign', 'dispatch']);
  }
  expect([...answers].sort((a, b) => a.localeCompare(b))).toEqual(['applied', 'wrong-state']);
  expect(won.byHand).toBeGreaterThan(2); // the receipt: they did meet
  expect(won.byWorkflow).toBeGreaterThan(2);
  await expectNothingLost(driving);
});

test('invariants 25 to 27: the clock jumps an hour on and an hour back; levels are reached once, and no record is earlier than the last', async () => {
  const hourly = { ...LAMPS.register, limit: { kind: 'urgent_hour' as const, amount: 1 } };
  const item = await registered(hourly);
  await reaches(driving, item, 'matching');
  await driving.person(item, 'match1', 'reserve', LAMPS.reserve);
  await driving.person(item, 'dispatch1', 'assign', D01.assign);
  await reaches(driving, item, 'dispatched');
  const levels = async (): Promise<number> =>
    (await typesOf(driving, item)).filter((type) => type === 'reach-level').length;
  expect(await levels()).toBe(0);
  const before = await officeNow();
  await setClock(driving, instant(before + HOUR + 1_000));
  expect(await officeNow()).toBeGreaterThan(before + HOUR); // the receipt
  await eventually(levels, (count) => count === 2, 30); // nobody wakes it: the waker finds the debt
  await putClockBack(before);
  expect(await officeNow()).toBeLessThan(before + HOUR);
  must(await act(driving.db.store, item, 'clerk1', 'sign', {}));
  await driving.person(item, 'case1', 'contact', { means: 'phone' });
  await reaches(driving, item, 'in_progress');
  await setClock(driving, instant(before + 2 * HOUR));
  await untilChecked(driving, item, 'pass');
  await untilClosed(driving, item);
  expect(await levels()).toBe(2);
  await expectNothingLost(driving);
});

test('the clock jumps over a whole night while many cases are under way; each still goes on', async () => {
  const items = await Promise.all(Array.from({ length: 4 }, async () => await submitCase(driving.db.store)));
  const walks = items.map(async (item) => await untilWork(driving, item));
  await setClock(driving, instant((await officeNow()) + 14 * HOUR));
  await Promise.all(walks);
  for (const item of items) expect((await rowOf(driving, item)).place).toBe('in_progress');
  await expectNothingLost(driving);
});
