import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runLoops } from '../../background/loops.ts';
import { act, D01, must, submitCase } from '../support/people.ts';
import { CODE, drive, type Driving, reaches, settles, typesOf } from './driving.ts';
import { LAMPS } from './lives.ts';

let driving: Driving;
const stop = new AbortController();
let loop: Promise<void>;
beforeAll(async () => {
  driving = await drive();
  const logger = pino({ level: 'silent' });
  const { db, client } = driving;
  loop = runLoops(
    { loops: db.background, store: db.store, client, code: CODE, logger, signal: stop.signal },
    { everyMs: 200 },
  );
});
afterAll(async () => {
  stop.abort();
  await loop;
  await driving.end();
});

test('invariant 4: an item whose wake was lost is driven all the same', async () => {
  const item = await submitCase(driving.db.store);
  must(await act(driving.db.store, item, 'intake1', 'register', LAMPS.register)); // and nobody is told
  await reaches(driving, item, 'matching');
});

test('invariant 4: an item whose workflow was deleted is driven all the same', async () => {
  const item = await submitCase(driving.db.store);
  await driving.person(item, 'intake1', 'register', LAMPS.register);
  await reaches(driving, item, 'matching');
  await settles(driving, item);
  const { db, client } = driving;
  await client.workflow.getHandle(`item/YX/${item}`).terminate('a test');
  must(await act(db.store, item, 'match1', 'reserve', LAMPS.reserve));
  must(await act(db.store, item, 'dispatch1', 'assign', D01.assign));
  await reaches(driving, item, 'dispatched');
  expect((await typesOf(driving, item)).filter((type) => type === 'dispatch')).toHaveLength(1);
});
