import { writeFile } from 'node:fs/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ItemId } from '../../domain/ids.ts';
import { instant } from '../../domain/time.ts';
import { OFFICE } from '../support/people.ts';
import { drive, type Driving, reaches, rowOf, setClock, settles } from '../workflows/driving.ts';
import { lives } from '../workflows/lives.ts';
import { workflowId } from '../../workflows/messages.ts';
import { fileOf, lifeNames, type RecordedLife } from './histories.ts';
import { recordsOf, runsOf } from './replaying.ts';

/**
 * Not a test: records the histories beside this file anew, each life until its archive, on real servers. Needed when the
 * workflow changes on purpose before anything runs in earnest: `npx vitest run --config test/replay/record.config.ts`.
 */
let driving: Driving;
beforeAll(async () => {
  driving = await drive({ simulation: true });
});
afterAll(async () => {
  await driving.end();
});

test.for(lifeNames)('record %s', async (name) => {
  const item = await lives[name](driving);
  await settles(driving, item);
  await untilArchived(item);
  const recorded: RecordedLife = {
    workflowId: workflowId({ office: OFFICE, item }),
    records: await recordsOf(driving.db, item),
    runs: (await runsOf(driving.client, item)).map((history) => JSON.parse(historyToJSON(history)) as unknown),
  };
  expect(recorded.runs.length).toBeGreaterThanOrEqual(2);
  await writeFile(fileOf(name), `${JSON.stringify(recorded, null, 1)}\n`);
});

async function untilArchived(item: ItemId): Promise<void> {
  const { next_due } = await rowOf(driving, item);
  await setClock(driving, instant(next_due ?? 0));
  await driving.wake(item);
  await reaches(driving, item, 'archived');
  await settles(driving, item);
}
