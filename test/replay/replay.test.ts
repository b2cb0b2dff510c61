import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { workflowBundle } from '../../stack/workflow-bundle.ts';
import { quietly } from '../workflows/driving.ts';
import { lifeNames, readLife } from './histories.ts';
import { differences, replay, type Stand } from './replaying.ts';

const logger = quietly();
let bundle: { code: string };
beforeAll(async () => {
  bundle = await workflowBundle(logger);
});

test.for(lifeNames)('invariant 11: the recorded life %s replays to what its records say', async (name) => {
  const { workflowId, records, runs } = readLife(name);
  const told: Stand[] = [];
  for (const run of runs) told.push(...(await replay(bundle, workflowId, historyFromJSON(run))));
  expect(differences(told, records)).toEqual([]);
  expect(told.at(-1)).toEqual(records.at(-1));
});

test('a mistake planted in the workflow is caught by every life', async () => {
  const workflowsPath = fileURLToPath(new URL('planted/index.ts', import.meta.url));
  const planted = await bundleWorkflowCode({ workflowsPath, logger });
  for (const name of lifeNames) {
    const { workflowId, runs } = readLife(name);
    await expect(replay(planted, workflowId, historyFromJSON(runs[0]))).rejects.toThrow(/[Nn]ondeterminism/);
  }
});

test('a payload forged in a history replays clean, and the fold gives it away', async () => {
  const { workflowId, records, runs } = readLife('normal');
  const forged = structuredClone(runs[0]);
  expect(forge(forged, '"free":20', '"free":21')).toBeGreaterThan(0);
  const told = await replay(bundle, workflowId, historyFromJSON(forged));
  expect(differences(told, records).length).toBeGreaterThan(0);
});

test('no history holds a word that somebody wrote', () => {
  for (const name of lifeNames) {
    const texts: string[] = [];
    eachPayload(readLife(name).runs, (text) => void texts.push(text));
    expect(texts.length).toBeGreaterThan(2);
    expect(texts.filter((text) => /\p{Script=Han}/u.test(text))).toEqual([]);
  }
});

/** Calls `use` with every payload's text; what it returns, if anything, takes its place. */
function eachPayload(value: unknown, use: (text: string) => string | void): void {
  if (typeof value !== 'object' || value === null) return;
  if ('data' in value && typeof value.data === 'string') {
    const replaced = use(Buffer.from(value.data, 'base64').toString('utf8'));
    if (replaced !== undefined) value.data = Buffer.from(replaced).toString('base64');
    return;
  }
  for (const member of Object.values(value)) eachPayload(member, use);
}

function forge(history: unknown, from: string, to: string): number {
  let places = 0;
  eachPayload(history, (text) => {
    if (!text.includes(from)) return undefined;
    places += 1;
    return text.replaceAll(from, to);
  });
  return places;
}
