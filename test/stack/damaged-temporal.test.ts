import { closeSync, existsSync, openSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStoryClient, type StoryClient } from '../../stack/story-client.ts';
import { steps } from '../../stack/story-steps.ts';
import { until } from './scratch.ts';
import { createSite, type Site } from './stack-process.ts';

const START_MS = 60_000;

let site: Site;
const database = (): string => join(site.dataDir, 'temporal', 'temporal.db');
const asides = (): string[] =>
  readdirSync(join(site.dataDir, 'temporal')).filter((name) => name.startsWith('temporal.db.damaged-'));

beforeAll(async () => void (site = await createSite()), START_MS);
afterAll(async () => await site.end(), START_MS);

/** Takes a step of the story and waits for the moves that follow it. */
async function take(client: StoryClient, item: string, at: number): Promise<void> {
  const step = steps[at];
  if (!step || typeof step.by !== 'string') throw new Error('a step of somebody who is named');
  const { by, command, body, moves } = step;
  const { rev } = await client.view(by, item);
  await client.command(by, item, command, body, rev);
  await until(`${command} is followed`, async () => {
    const { rev: now } = await client.view(by, item);
    return now >= rev + 1 + moves.length;
  });
}

/** Writes over a few pages behind the first, as a disk does that has lost them. */
function overwrite(): void {
  const file = openSync(database(), 'r+');
  writeSync(file, Buffer.alloc(200_000, 0xff), 0, 200_000, 40_000);
  closeSync(file);
}

test(
  "Temporal's data that are damaged are set aside, and an open case goes on from the record",
  { timeout: 3 * START_MS },
  async () => {
    const first = await site.started('--no-story');
    const client = createStoryClient(site.info().api, site.logins(), 10_000);
    const { id } = await client.create('grid1', steps[0]?.body ?? {});
    await take(client, id, 1);
    await site.stop(first);
    expect(existsSync(database())).toBe(true);

    writeFileSync(database(), Buffer.alloc(20_000, 0x5a));
    const second = await site.started('--no-story');
    expect(second.words()).toContain("Temporal's data is damaged and was moved to");
    expect(asides()).toHaveLength(1);
    await take(client, id, 2);
    await take(client, id, 3);
    await site.stop(second);

    overwrite();
    const third = await site.started('--no-story');
    expect(third.words()).toContain("Temporal's data is damaged and was moved to");
    expect(asides()).toHaveLength(2);
    await take(client, id, 4);
    await take(client, id, 5);
    expect((await client.view('intake1', id)).state.id).toBe('in_progress');
    await site.stop(third);
  },
);
