import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ItemId } from '../../domain/ids.ts';
import { act, D01, must, submitCase } from '../support/people.ts';
import { drive, type Driving, historyOf, pause, reaches, settles } from './driving.ts';
import { LAMPS, lives, untilWork } from './lives.ts';

let driving: Driving;
beforeAll(async () => {
  driving = await drive();
});
afterAll(async () => {
  await driving.end();
});

async function eventsOf(item: ItemId): Promise<number> {
  return (await historyOf(driving, item)).events?.length ?? 0;
}

test('a move costs at most seven events of history, its wake included', async () => {
  const item = await submitCase(driving.db.store);
  await untilWork(driving, item);
  await settles(driving, item);
  const before = await eventsOf(item);
  await driving.person(item, 'case1', 'hand-in', D01['hand-in'], { texts: { result: '已更换' } });
  await reaches(driving, item, 'checking');
  await settles(driving, item);
  const cost = (await eventsOf(item)) - before;
  console.log(`history events of one move: ${cost}`);
  expect(cost).toBeLessThanOrEqual(7);
});

test('a whole life of seven moves costs at most sixty', async () => {
  const item = await lives.normal(driving);
  await settles(driving, item);
  const cost = await eventsOf(item);
  console.log(`history events of a life of 10 steps and 7 moves: ${cost}`);
  expect(cost).toBeLessThanOrEqual(60);
});

test('a step after which nothing is owed wakes nobody and costs no history', async () => {
  const item = await submitCase(driving.db.store);
  await driving.person(item, 'intake1', 'register', LAMPS.register);
  await reaches(driving, item, 'matching');
  await settles(driving, item);
  const before = await eventsOf(item);
  const applied = must(await act(driving.db.store, item, 'match1', 'reserve', { ...LAMPS.reserve, amount: 1 }));
  expect(applied.wakes).toBe(false);
  await pause(300);
  expect(await eventsOf(item)).toBe(before);
});

test('wakes that arrive together are answered by one look', async () => {
  const item = await submitCase(driving.db.store);
  await driving.stopWorker();
  await Promise.all(Array.from({ length: 20 }, () => driving.wake(item)));
  await driving.startWorker();
  await settles(driving, item);
  const history = await historyOf(driving, item);
  const looks = history.events?.filter((event) => event.markerRecordedEventAttributes).length;
  expect(looks).toBe(1);
});
