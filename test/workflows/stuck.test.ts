import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ItemId } from '../../domain/ids.ts';
import { instant, MINUTE } from '../../domain/time.ts';
import { D01, submitCase } from '../support/people.ts';
import { drive, type Driving, eventually, pause, reaches, rowOf, setClock, settles } from './driving.ts';
import { LAMPS } from './lives.ts';

let driving: Driving;
beforeAll(async () => {
  driving = await drive({ simulation: true });
});
afterAll(async () => {
  await driving.end();
});

async function stuckOf(item: ItemId): Promise<{ step: string; code: string; tries: number; retry_at: number }[]> {
  const { rows } = await driving.db.admin.query<{ step: string; code: string; tries: number; retry_at: number }>(
    'SELECT step, code, tries, retry_at FROM stuck WHERE item_id = $1',
    [item],
  );
  return rows;
}

async function refusalsOf(item: ItemId): Promise<string[]> {
  const { rows } = await driving.db.admin.query<{ code: string }>('SELECT code FROM refusal_log WHERE item_id = $1', [
    item,
  ]);
  return rows.map(({ code }) => code);
}

async function registered(register: typeof LAMPS.register): Promise<ItemId> {
  const item = await submitCase(driving.db.store);
  await driving.person(item, 'intake1', 'register', register);
  return item;
}

test('a demand for which no team may be found waits, says which list is empty, and goes on when a team is there', async () => {
  const item = await registered({ ...LAMPS.register, skills: ['diving'] });
  const [stuck] = await eventually(
    () => stuckOf(item),
    (seen) => seen.length === 1,
  );
  expect(stuck).toMatchObject({ step: 'start-matching', code: 'NO_TEAM', tries: 1 });
  const row = await settles(driving, item);
  expect(row).toMatchObject({ place: 'registered', next_due: stuck?.retry_at });
  expect(await refusalsOf(item)).toEqual(['no-candidate']);

  await driving.db.admin.query("UPDATE team SET skills = skills || '{diving}' WHERE id = 'T03'");
  await setClock(driving, instant(row.next_due ?? 0));
  await driving.wake(item);
  await reaches(driving, item, 'matching');
  expect(await stuckOf(item)).toEqual([]);
});

test('tries that find nothing come less and less often, and wakes do not make them more', async () => {
  const item = await registered({ ...LAMPS.register, needs: [{ id: 'n', kind: 'goods', unit: 'whale', amount: 1 }] });
  const [first] = await eventually(
    () => stuckOf(item),
    (seen) => seen.length === 1,
  );
  expect(first?.code).toBe('NO_RESOURCE');
  for (let wakes = 0; wakes < 5; wakes += 1) await driving.wake(item);
  await settles(driving, item);
  expect(await stuckOf(item)).toEqual([first]);
  await setClock(driving, instant(first?.retry_at ?? 0));
  await driving.wake(item);
  const [second] = await eventually(
    () => stuckOf(item),
    (seen) => seen[0]?.tries === 2,
  );
  const { next_due } = await rowOf(driving, item);
  expect((second?.retry_at ?? 0) - (first?.retry_at ?? 0)).toBeGreaterThanOrEqual(2 * MINUTE);
  expect(next_due).toBe(second?.retry_at);
  expect(await refusalsOf(item)).toEqual(['no-candidate', 'no-candidate']);
});

test('a move that is refused waits as stuck, and is made when nobody hinders it any more', async () => {
  const item = await registered({ ...LAMPS.register, needs: [] });
  const { person, db } = driving;
  await reaches(driving, item, 'matching');
  await person(item, 'dispatch1', 'assign', D01.assign);
  await reaches(driving, item, 'dispatched');
  await person(item, 'clerk1', 'sign', {});
  await person(item, 'case1', 'contact', { means: 'phone' });
  await reaches(driving, item, 'in_progress');
  const away = 'UPDATE role_grant SET valid_to = $1 WHERE role = $2';
  await db.admin.query(away, ['2026-03-02T00:00:00+08:00', 'inspector']);
  await person(item, 'case1', 'hand-in', D01['hand-in'], { texts: { result: '已更换' } });
  const [stuck] = await eventually(
    () => stuckOf(item),
    (seen) => seen.length === 1,
  );
  expect(stuck).toMatchObject({ step: 'draw-check', code: 'nobody-eligible' });
  await db.admin.query(away, [null, 'inspector']);
  await setClock(driving, instant(stuck?.retry_at ?? 0));
  await driving.wake(item);
  await reaches(driving, item, 'checking');
  expect(await refusalsOf(item)).toEqual(['nobody-eligible']);
});

test('a person may take the step by hand while the search finds nothing', async () => {
  const item = await registered({ ...LAMPS.register, skills: ['juggling'] });
  await eventually(
    () => stuckOf(item),
    (seen) => seen.length === 1,
  );
  await driving.person(item, 'match1', 'start-matching', {});
  await driving.wake(item); // what is owed now is owed later than the next try: nobody is woken for that
  await settles(driving, item);
  await pause(200);
  expect((await rowOf(driving, item)).place).toBe('matching');
  expect(await stuckOf(item)).toEqual([]);
});
