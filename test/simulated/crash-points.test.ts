import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Blow, Fate } from './scheduler.ts';

vi.mock('@temporalio/workflow', async () => await import('./temporal/workflow.ts'));
const { sampleBase } = await import('./base.ts');
const { liveOne, typesOf } = await import('./life.ts');
const { onMachine } = await import('./machine.ts');
const { violationsOf } = await import('./properties/all.ts');
const { randomOf } = await import('./random.ts');
const { World } = await import('./world.ts');

type When = 'before' | 'after';

/** Where a process is killed after an effect, it would be the same before the next one; where a call is lost, it is not. */
const WHOLE = ['COMMIT', 'signal', 'complete-task', 'complete-activity', 'answer'];
const isPoint = (blow: Blow, label: string, when: When): boolean =>
  when === (blow === 'crash' ? 'after' : 'before') || (blow === 'lose' && WHOLE.includes(label));

/** Strikes once, at the point of this number; the loops' idle looks are no points: they are all alike. */
function strikeAt(point: number, blow: Blow): Fate & { points: number; where: string } {
  return {
    points: 0,
    where: '',
    strike(process, label, when) {
      if (process.name === 'loops' && label !== 'signal') return undefined;
      if (!isPoint(blow, label, when)) return undefined;
      this.points += 1;
      if (this.points !== point) return undefined;
      this.where = `${process.name} ${when} ${label}`;
      return blow;
    },
  };
}

async function lived(fate: Fate): Promise<{ types: string[]; violations: string[] }> {
  const base = await sampleBase();
  return await onMachine(1, async (machine) => {
    const world = new World(base, machine, randomOf(1), fate, 1);
    const { clients, item } = await liveOne(world);
    return { types: typesOf(world, item).sort(), violations: await violationsOf(world, clients) };
  });
}

let whole: string[];
beforeAll(async () => {
  const life = await lived(strikeAt(0, 'crash'));
  expect(life.violations).toEqual([]);
  whole = life.types;
});

/** The same life with this blow at each point in turn, until there is no further point. */
async function faultyLives(blow: Blow): Promise<{ points: number; faulty: string[] }> {
  const faulty: string[] = [];
  for (let point = 1; ; point += 1) {
    const fate = strikeAt(point, blow);
    try {
      const { types, violations } = await lived(fate);
      if (fate.where === '') return { points: point - 1, faulty };
      expect(types).toEqual(whole);
      expect(violations).toEqual([]);
    } catch (error) {
      faulty.push(`${point} (${fate.where}): ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

describe('one life, struck once between each two of its effects, comes to the same end with the same records', () => {
  test.each<[string, Blow]>([
    ['the process is killed', 'crash'],
    ['the connection or the call is lost', 'lose'],
    ['the process is paused past every time-out', { pauseMs: 25_000 }],
  ])('%s', { timeout: 600_000 }, async (_title, blow) => {
    const { points, faulty } = await faultyLives(blow);
    expect(faulty).toEqual([]);
    expect(points).toBeGreaterThan(400);
  });
});
