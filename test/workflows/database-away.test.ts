import { afterAll, beforeAll, expect, test } from 'vitest';
import { act, must, submitCase } from '../support/people.ts';
import { drive, type Driving, eventually, historyOf, pause, reaches, settles, typesOf } from './driving.ts';
import { LAMPS } from './lives.ts';

let driving: Driving;
beforeAll(async () => {
  driving = await drive();
});
afterAll(async () => {
  await driving.end();
});

/** Says of this database whether the application may connect. */
async function allow(
  sentence: 'REVOKE CONNECT ON DATABASE %I FROM PUBLIC' | 'GRANT CONNECT ON DATABASE %I TO PUBLIC',
): Promise<void> {
  const { admin } = driving.db;
  const { rows } = await admin.query<{ sql: string }>('SELECT format($1, current_database()) AS sql', [sentence]);
  await admin.query(rows[0]?.sql ?? '');
}

/** Ends the application's connections. @returns how many those were */
async function disconnect(): Promise<number> {
  const ended = await driving.db.admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND usename = 'four_lists_app'`,
  );
  return ended.rowCount ?? 0;
}

test('a database that is away delays a move and never fails the workflow', async () => {
  const { db } = driving;
  const item = await submitCase(db.store);
  must(await act(db.store, item, 'intake1', 'register', LAMPS.register));
  await allow('REVOKE CONNECT ON DATABASE %I FROM PUBLIC');
  expect(await disconnect()).toBeGreaterThan(0);
  const answer = async (): Promise<string> => await db.app.query('SELECT 1').then(() => 'in', String);
  await eventually(answer, (said) => said.includes('permission denied'));
  await driving.wake(item);
  await pause(1_500);
  await allow('GRANT CONNECT ON DATABASE %I TO PUBLIC');
  await reaches(driving, item, 'matching');
  await settles(driving, item);
  expect(await typesOf(driving, item)).toEqual(['submit', 'register', 'start-matching']);
  const { events } = await historyOf(driving, item);
  const patient = events?.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
  expect(patient).toContain('catchUp');
});
