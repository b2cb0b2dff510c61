import { Context } from '@temporalio/activity';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Activities, createActivities } from '../../activities/index.ts';
import type { ItemId } from '../../domain/ids.ts';
import { submitCase } from '../support/people.ts';
import { drive, type Driving, eventually, reaches, rowOf, settles, typesOf } from './driving.ts';
import { LAMPS } from './lives.ts';

let driving: Driving;
let open: () => void = () => undefined;
let opened: Promise<void>;
const seen = { started: 0, cancelled: 0 };

/** The real search, held up on its way until the test lets it go. */
function held(activities: Activities): Activities {
  return {
    ...activities,
    async findCandidates(ref) {
      seen.started += 1;
      const { cancelled, heartbeat } = Context.current();
      const beat = setInterval(() => heartbeat(), 100);
      try {
        await Promise.race([opened, cancelled]);
      } catch (error) {
        seen.cancelled += 1;
        throw error;
      } finally {
        clearInterval(beat);
      }
      return await activities.findCandidates(ref);
    },
  };
}

beforeAll(async () => {
  driving = await drive({ worker: true });
  await driving.stopWorker();
  await driving.startWorker({
    activities: held(createActivities({ store: driving.db.store })),
    maxHeartbeatThrottleInterval: '200 milliseconds',
    defaultHeartbeatThrottleInterval: '200 milliseconds',
  });
});
beforeEach(() => {
  opened = new Promise((done) => (open = done));
  [seen.started, seen.cancelled] = [0, 0];
});
afterAll(async () => {
  open();
  await driving.end();
});

async function searching(): Promise<ItemId> {
  const item = await submitCase(driving.db.store);
  await driving.person(item, 'intake1', 'register', LAMPS.register);
  await eventually(
    async () => seen.started,
    (started) => started === 1,
  );
  return item;
}

test('wakes go on beside a slow search, and do not start it again', async () => {
  const item = await searching();
  for (let wakes = 0; wakes < 3; wakes += 1) {
    await driving.wake(item);
    await settles(driving, item);
  }
  expect(seen.started).toBe(1);
  open();
  await reaches(driving, item, 'matching');
});

test('a step that a person takes by hand gives up the search for it', async () => {
  const item = await searching();
  await driving.person(item, 'match1', 'start-matching', {});
  await driving.wake(item);
  await eventually(
    async () => seen.cancelled,
    (cancelled) => cancelled === 1,
  );
  open();
  await settles(driving, item);
  expect((await typesOf(driving, item)).filter((type) => type === 'start-matching')).toHaveLength(1);
});

test('a demand that is withdrawn during the search ends without its result', async () => {
  const item = await searching();
  const texts = { reason: '诉求人撤回' };
  await driving.person(item, 'intake1', 'withdraw', { voluntary: 'yes' }, { texts });
  await settles(driving, item);
  open();
  expect((await rowOf(driving, item)).place).toBe('withdrawn');
  expect(await typesOf(driving, item)).toEqual(['submit', 'register', 'withdraw']);
});
