import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';

vi.mock('@temporalio/workflow', async () => await import('./temporal/workflow.ts'));
const { scripts } = await import('./actions.ts');
const { sampleBase, undisturbed } = await import('./base.ts');
const { liveOne, typesOf } = await import('./life.ts');
const { onMachine } = await import('./machine.ts');
const { violationsOf } = await import('./properties/all.ts');
const { randomOf } = await import('./random.ts');
const { simulate } = await import('./run.ts');
const { World } = await import('./world.ts');

const LIFE =
  'submit register start-matching reserve assign dispatch sign contact start-work hand-in draw-check check ' +
  'start-work hand-in reach-level reach-level draw-check check draw-call-back call-back submit-review review release reach-level archive';

describe('the simulation', () => {
  test('brings a demand from hearing to archive when nothing befalls it, the red of a stopped clock included', async () => {
    const base = await sampleBase();
    await onMachine(1, async (machine) => {
      const world = new World(base, machine, randomOf(1), undisturbed, 1);
      const { clients, item } = await liveOne(world);
      expect(typesOf(world, item).join(' ')).toBe(LIFE);
      expect(await violationsOf(world, clients)).toEqual([]);
    });
  });

  test('repeats a run from its script to the last byte of every record', async () => {
    const [script] = fc.sample(scripts(150), { seed: 11, numRuns: 1 });
    if (!script) throw new Error('no script was drawn');
    const [first, second] = [await simulate({ ...script, rate: 0.004 }), await simulate({ ...script, rate: 0.004 })];
    expect(second).toEqual(first);
    expect((await simulate({ ...script, rate: 0.004, seed: script.seed + 1 })).print).not.toBe(first.print);
  });

  test('refuses a statement that it has not met, so that nothing drifts apart unseen', async () => {
    const base = await sampleBase();
    await onMachine(1, async (machine) => {
      const world = new World(base, machine, randomOf(1), undisturbed, 1);
      world.scheduler.yields = 0; // nobody else is there to go first
      const client = await world.store(world.loops).pool.connect();
      await expect(client.query('SELECT 2')).rejects.toThrow('is new or has changed');
    });
  });
});
