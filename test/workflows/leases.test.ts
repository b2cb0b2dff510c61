import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { runLoops } from '../../background/loops.ts';
import { type ItemId, resourceId } from '../../domain/ids.ts';
import type { ItemState } from '../../domain/process/state.ts';
import { DAY, instant } from '../../domain/time.ts';
import { violations } from '../support/invariants.ts';
import { act, submitCase } from '../support/people.ts';
import { CODE, drive, type Driving, eventually, pause, reaches, rowOf, setClock, settles, typesOf } from './driving.ts';
import { LAMPS } from './lives.ts';

let driving: Driving;
const stop = new AbortController();
let loops: Promise<void>;
beforeAll(async () => {
  driving = await drive({ simulation: true });
  const { db, client } = driving;
  const logger = pino({ level: 'silent' });
  const deps = { loops: db.background, store: db.store, client, code: CODE, logger };
  loops = runLoops({ ...deps, signal: stop.signal }, { everyMs: 100 });
});
afterEach(async () => {
  expect(await violations(driving.db.admin)).toEqual([]);
});
afterAll(async () => {
  stop.abort();
  await loops;
  await driving.end();
});

async function stateOf(item: ItemId): Promise<ItemState> {
  const { rows } = await driving.db.admin.query<{ state: ItemState }>('SELECT state FROM item WHERE id = $1', [item]);
  if (!rows[0]) throw new Error('there is no such item');
  return rows[0].state;
}

async function inMatching(): Promise<ItemId> {
  const item = await submitCase(driving.db.store);
  await driving.person(item, 'intake1', 'register', LAMPS.register);
  await reaches(driving, item, 'matching');
  return item;
}

const one = { ...LAMPS.reserve, amount: 1 };

async function nextWeek(item: ItemId): Promise<void> {
  const { rows } = await driving.db.admin.query<{ now: number }>('SELECT office_now_ms() AS now');
  await setClock(driving, instant((rows[0]?.now ?? 0) + 7 * DAY));
  await driving.wake(item);
}

test('invariant 19: what nobody confirms is given back when its lease is over; what somebody confirmed stays', async () => {
  const item = await inMatching();
  await driving.person(item, 'match1', 'reserve', one);
  const [first] = (await stateOf(item)).reservations;
  await driving.person(item, 'match1', 'confirm-reservation', { reservation: first?.id ?? '' });
  await driving.person(item, 'match1', 'reserve', one);
  await nextWeek(item);
  await eventually(
    () => stateOf(item),
    ({ reservations }) => reservations.length === 1,
  );
  await settles(driving, item);
  expect((await stateOf(item)).reservations).toEqual([{ ...first, confirmed: true }]);
  expect((await typesOf(driving, item)).slice(-2)).toEqual(['reach-level', 'release']);
});

test('invariant 19: a lease that is over leaves the team its place and the case where it is', async () => {
  const item = await inMatching();
  await driving.person(item, 'match1', 'reserve', one);
  await driving.person(item, 'dispatch1', 'assign', { team: 'T03' as never }); // an id, as the constructor would brand it
  await nextWeek(item);
  await eventually(
    () => stateOf(item),
    ({ reservations }) => reservations.length === 0,
  );
  expect(await stateOf(item)).toMatchObject({ at: 'matching', lead: { team: 'T03', active: true } });
  await driving.person(item, 'match1', 'reserve', LAMPS.reserve);
  await reaches(driving, item, 'dispatched');
  expect((await stateOf(item)).reservations).toMatchObject([{ confirmed: true }]); // the work uses it, no lease takes it
  await nextWeek(item);
  await eventually(
    () => typesOf(driving, item),
    (types) => types.filter((type) => type === 'reach-level').length > 2,
  );
  expect((await stateOf(item)).reservations).toHaveLength(1);
});

async function stuckOf(item: ItemId): Promise<string[]> {
  const { rows } = await driving.db.admin.query<{ code: string }>('SELECT code FROM stuck WHERE item_id = $1', [item]);
  return rows.map(({ code }) => code);
}

test('a blocked case goes on by itself when the list that was empty gains something', async () => {
  const { db, person } = driving;
  const item = await inMatching();
  await db.admin.query("UPDATE resource SET capacity = reserved WHERE unit = 'piece'");
  await person(item, 'match1', 'block', { blocker: 'NO_RESOURCE' }, { texts: { reason: '灯具已领完' } });
  await eventually(
    () => stuckOf(item),
    (codes) => codes.includes('NO_RESOURCE'),
  );
  expect(await rowOf(driving, item)).toMatchObject({ place: 'pending_resource' });
  await db.admin.query("UPDATE resource SET capacity = 500 WHERE id = 'R05'");
  await reaches(driving, item, 'matching');
  const { fields, candidates } = await stateOf(item);
  expect(fields).not.toHaveProperty('blocker');
  expect(candidates?.resources.map(({ resource }) => resource)).toEqual([resourceId('R05')]);
});

test('a block that the lists do not bear out waits for a person', async () => {
  const item = await inMatching();
  const texts = { texts: { reason: '现有灯具型号不合' } };
  await driving.person(item, 'match1', 'block', { blocker: 'NO_RESOURCE' }, texts);
  await pause(600);
  expect(await rowOf(driving, item)).toMatchObject({ place: 'pending_resource' });
  await driving.person(item, 'match1', 'unblock', {});
  await reaches(driving, item, 'matching');
});

test('a case goes out without what is lacking, and says so until somebody brings it', async () => {
  const { person, db } = driving;
  const item = await inMatching();
  const texts = { texts: { reason: '先围挡，灯具后补' } };
  await person(item, 'match1', 'block', { blocker: 'NO_RESOURCE', need: 'lamps' }, texts);
  await person(item, 'dispatch1', 'assign', { team: 'T03' as never }); // as above
  await reaches(driving, item, 'dispatched');
  const { rows } = await db.admin.query<{ beside: string[] }>('SELECT beside FROM item WHERE id = $1', [item]);
  expect(rows[0]?.beside).toEqual(['NO_RESOURCE']);
  await person(item, 'match1', 'unblock', {});
  expect((await stateOf(item)).fields).not.toHaveProperty('blocker');
  expect(await act(db.store, item, 'match1', 'unblock', {})).toMatchObject({ refusal: { code: 'guard-not-met' } });
});
