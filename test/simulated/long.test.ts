import { expect, test, vi } from 'vitest';

vi.mock('@temporalio/workflow', async () => await import('./temporal/workflow.ts'));
const { commandsIn, lineOf, simulateMany } = await import('./long.ts');

const SEED = 20_260_302;
const COMMANDS = 40_000;

test(`${COMMANDS} commands under faults: nothing is lost, doubled or left owing`, { timeout: 600_000 }, async () => {
  const sum = await simulateMany(SEED, COMMANDS);
  console.log(lineOf(SEED, sum));
  expect(commandsIn(sum.commands)).toBeGreaterThanOrEqual(COMMANDS);
});
