import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStackConfig } from '../../config.ts';
import { freePort } from '../../stack/process-state.ts';
import { findTemporal } from '../../stack/temporal-executable.ts';
import { differences, recordsOf, replay, runsOf } from '../replay/replaying.ts';
import { workflowBundle } from '../../stack/workflow-bundle.ts';
import { drive, type Driving, quietly, settles } from './driving.ts';
import { lives } from './lives.ts';

/** A server that asks for a new run after so few events. */
const LIMIT = 25;
let server: ChildProcess;
let driving: Driving;
beforeAll(async () => {
  const { signal } = new AbortController();
  const { path } = await findTemporal({ cacheDir: readStackConfig().cacheDir, say: () => undefined, signal });
  const port = String(await freePort());
  const limit = `limit.historyCount.suggestContinueAsNew=${LIMIT}`;
  const args = ['server', 'start-dev', '--headless', '--namespace', 'small', '--port', port, '--log-level', 'never'];
  server = spawn(path, [...args, '--dynamic-config-value', limit], { stdio: 'ignore' });
  driving = await drive({ temporal: { address: `127.0.0.1:${port}`, namespace: 'small' } });
});
afterAll(async () => {
  await driving.end();
  server.kill('SIGKILL');
});

test('a long life goes on in new runs that know nothing but which item it is, and loses no move', async () => {
  const item = await lives.normal(driving);
  const { rev } = await settles(driving, item);
  expect(rev).toBe(17);
  const runs = await runsOf(driving.client, item);
  expect(runs.length).toBeGreaterThanOrEqual(2);
  expect(runs[0]?.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
  const records = await recordsOf(driving.db, item);
  const bundle = await workflowBundle(quietly());
  for (const run of runs) expect(differences(await replay(bundle, `item/YX/${item}`, run), records)).toEqual([]);
});
