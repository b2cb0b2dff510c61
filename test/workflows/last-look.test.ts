import { activityInfo } from '@temporalio/activity';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Activities, createActivities } from '../../activities/index.ts';
import { D01, submitCase } from '../support/people.ts';
import { drive, type Driving, eventually, reaches } from './driving.ts';
import { LAMPS } from './lives.ts';

let driving: Driving;
let open: () => void = () => undefined;
const opened = new Promise<void>((done) => (open = done));
let read = 0;

/** The real look, but never as a local activity, and held up after it has read. */
function held(activities: Activities): Activities {
  return {
    ...activities,
    async catchUp(question) {
      if (activityInfo().isLocal) throw new Error('too busy for a local activity');
      const caught = await activities.catchUp(question);
      read += 1;
      await opened;
      return caught;
    },
  };
}

beforeAll(async () => {
  driving = await drive({ worker: true });
  await driving.stopWorker();
  await driving.startWorker({ activities: held(createActivities({ store: driving.db.store })) });
});
afterAll(async () => {
  open();
  await driving.end();
});

test('a wake that arrives after the last look has read is seen before the run returns', async () => {
  const { db, person } = driving;
  const item = await submitCase(db.store);
  await person(item, 'intake1', 'settle-on-the-spot', { evidence: D01['hand-in'].evidence });
  await eventually(
    async () => read,
    (count) => count === 1,
  );
  await person(item, 'inspect1', 'reopen', {}, { texts: { reason: '又坏了' } });
  const { rows } = await db.admin.query<{ id: string }>('SELECT id FROM request WHERE item_id = $1', [item]);
  await person(item, 'supervise1', 'grant', { request: rows[0]?.id ?? '' });
  await person(item, 'intake1', 'register', LAMPS.register);
  open();
  await reaches(driving, item, 'matching');
  expect(read).toBeGreaterThan(1);
});
