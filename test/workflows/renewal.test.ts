import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { runLoops } from '../../background/loops.ts';
import { renew, resume } from '../../background/reconciler.ts';
import { type ItemId, itemId } from '../../domain/ids.ts';
import { type ItemRef, wakeOf, workflowId, WORKFLOW_TYPE } from '../../workflows/messages.ts';
import { OFFICE, submitCase } from '../support/people.ts';
import { CODE, drive, type Driving, eventually, reaches, settles, typesOf } from './driving.ts';
import { LAMPS } from './lives.ts';

let driving: Driving;
const stop = new AbortController();
const logger = pino({ level: 'silent' });
let loops: Promise<void>;
let held = false;
let searching = 0;
let open: () => void = () => undefined;
const opened = new Promise<void>((done) => (open = done));

beforeAll(async () => {
  driving = await drive();
  const { db, client } = driving;
  await driving.stopWorker();
  const activities = createActivities({ store: db.store });
  await driving.startWorker({
    activities: {
      ...activities,
      async findCandidates(ref: ItemRef) {
        searching += 1;
        if (held) await opened;
        return await activities.findCandidates(ref);
      },
    },
  });
  const figures = { everyMs: 50, renewAfter: 10 };
  loops = runLoops({ loops: db.background, store: db.store, client, code: CODE, logger, signal: stop.signal }, figures);
});
afterAll(async () => {
  open();
  stop.abort();
  await loops;
  await driving.end();
});

const handle = (item: ItemId, run?: string) =>
  driving.client.workflow.getHandle(workflowId({ office: OFFICE, item }), run);

/** Starts the run of an item where no worker looks: it takes every wake and never moves. */
async function startDeaf(item: ItemId): Promise<string> {
  const options = { ...wakeOf({ office: OFFICE, item }), taskQueue: 'nobody' };
  return (await driving.client.workflow.signalWithStart(WORKFLOW_TYPE, options)).signaledRunId;
}

test('a run that makes no progress through wakes is ended by its id, and the item goes on in a new one', async () => {
  const { db, person } = driving;
  const item = await submitCase(db.store);
  const deaf = await startDeaf(item);
  await person(item, 'intake1', 'register', LAMPS.register);
  await reaches(driving, item, 'matching');
  expect((await handle(item, deaf).describe()).status.name).toBe('TERMINATED');
  expect((await handle(item).describe()).runId).not.toBe(deaf);
  expect(await typesOf(driving, item)).toEqual(['submit', 'register', 'start-matching']);
});

test('a run that waits for an activity is woken and left alone', async () => {
  const { db, person } = driving;
  const item = await submitCase(db.store);
  held = true;
  searching = 0;
  await person(item, 'intake1', 'register', LAMPS.register);
  await eventually(
    async () => searching,
    (count) => count > 0,
  );
  const { runId } = await handle(item).describe();
  await renew(driving.client, { office: OFFICE, item }, logger);
  await renew(driving.client, { office: OFFICE, item }, logger);
  expect(await handle(item).describe()).toMatchObject({ runId, status: { name: 'RUNNING' } });
  held = false;
  open();
  await reaches(driving, item, 'matching');
});

test('renewing an item that has no run starts one', async () => {
  const item = await submitCase(driving.db.store);
  await renew(driving.client, { office: OFFICE, item }, logger);
  expect(await settles(driving, item)).toMatchObject({ place: 'submitted' });
});

test('resuming wakes every open item once, archived ones not, and counts them', async () => {
  const { db, client } = driving;
  const quiet = await submitCase(db.store);
  const done = await archived();
  const woken: ItemId[] = [];
  let steps = 0;
  const { rows } = await db.admin.query<{ n: number }>('SELECT count(*) - 1 AS n FROM item');
  const resumed = await resume(
    db.background,
    async (ref) => {
      woken.push(itemId(ref.item));
      await client.workflow.signalWithStart(WORKFLOW_TYPE, wakeOf(ref));
    },
    () => (steps += 1),
  );
  expect(resumed).toEqual({ woken: rows[0]?.n, failed: 0 });
  expect(steps).toBe(rows[0]?.n);
  expect(new Set(woken).size).toBe(woken.length);
  expect(woken).toContain(quiet);
  expect(woken).not.toContain(done);
  expect(await settles(driving, quiet)).toMatchObject({ place: 'submitted' });
});

test('a wake that Temporal does not take is counted, and the others are woken all the same', async () => {
  const { db } = driving;
  const unlucky = await submitCase(db.store);
  const resumed = await resume(db.background, async ({ item }) => {
    if (item === unlucky) throw new Error('Temporal is away');
  });
  expect(resumed.failed).toBe(1);
  expect(resumed.woken).toBeGreaterThan(2);
});

/** As far as the reconciler can see: its history is to be archived. */
async function archived(): Promise<ItemId> {
  const item = await submitCase(driving.db.store);
  await driving.db.admin.query('INSERT INTO archive_job (office_id, item_id) VALUES ($1, $2)', [OFFICE, item]);
  return item;
}
