import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive } from '../../stack/process-state.ts';
import { type Walked, walkStory } from '../../stack/walk-story.ts';
import { eventually } from '../workflows/driving.ts';
import { judge, nothingOwed } from './judge.ts';
import { killProcess } from './receipts.ts';
import { type Part, parts, type WholeStack, wholeStack } from './whole-stack.ts';

const MOVES = ['start-matching', 'dispatch', 'start-work', 'draw-check', 'draw-call-back', 'submit-review', 'release'];

let stack: WholeStack;
beforeAll(async () => {
  stack = await wholeStack();
  await stack.start();
}, 120_000);
afterAll(async () => {
  await stack.end();
}, 60_000);

async function running(part: Part): Promise<number> {
  const pid = await eventually(
    () => stack.pidOf(part),
    (found) => found !== undefined,
    30,
  );
  return pid ?? Number.NaN;
}

/** The receipt: the old process is gone, and the supervisor has started another. */
async function kill(part: Part): Promise<void> {
  const before = await running(part);
  await killProcess(before);
  await eventually(
    () => stack.pidOf(part),
    (pid) => pid !== undefined && pid !== before,
    30,
  );
}

/** Everything at once, whoever starts things again included. */
async function cutPower(): Promise<void> {
  const supervisor = stack.supervisor() ?? Number.NaN;
  const pids = [supervisor, ...(await Promise.all(parts.map(running)))];
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await eventually(
    async () => pids.filter(isAlive),
    (left) => left.length === 0,
  );
  await stack.start();
  const now = [stack.supervisor(), ...(await Promise.all(parts.map(running)))];
  expect(now.filter((pid) => pids.includes(pid ?? 0))).toEqual([]);
}

async function expectWhole(walked: Walked): Promise<void> {
  const { problems, histories } = await stack.examine(async (admin, client) => {
    await nothingOwed(admin);
    return await judge({ admin, client });
  });
  expect(problems).toEqual([]);
  expect(histories).toBeGreaterThan(0);
  expect(walked.records).toHaveLength(17);
  expect(walked).toMatchObject({ steps: 10, moves: 7 });
  const moves = walked.records.filter(({ actor }) => actor.role === 'system').map(({ type }) => type);
  expect(moves).toEqual(MOVES);
}

test(
  'PostgreSQL is killed under a story, twice, and comes back: every answered step is there, and it comes to its end',
  { timeout: 150_000 },
  async () => {
    const walked = await walkStory({
      api: stack.api,
      logins: stack.logins(),
      before: async (command) => {
        if (command === 'reserve' || command === 'call-back') await kill('postgres');
      },
    });
    await expectWhole(walked);
  },
);

test(
  'the power is cut, api, worker, Temporal and PostgreSQL end at once, and the next start goes on where they were',
  { timeout: 150_000 },
  async () => {
    const walked = await walkStory({
      api: stack.api,
      logins: stack.logins(),
      before: async (command) => {
        if (command === 'assign' || command === 'check') await cutPower();
      },
    });
    await expectWhole(walked);
  },
);
