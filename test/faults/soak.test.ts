import { expect, test } from 'vitest';
import { soak } from './soak/run.ts';

test(
  'invariants 1 to 15: four clients and seven faults; what was answered is in the records, once, and all is driven',
  { timeout: 300_000 },
  async () => {
    const report = await soak({ seconds: 36, clients: 4, every: 5, seed: 20_261_124, say: () => undefined });
    expect(report.lost).toEqual([]);
    expect(report.doubled).toEqual([]);
    expect(report.problems).toEqual([]);
    expect(Object.keys(report.landed).length).toBeGreaterThan(4); // else it shows nothing
    expect(report.records.steps).toBeGreaterThan(20);
    expect(report.records.moves).toBeGreaterThan(5);
    expect(report.histories).toBeGreaterThan(0);
    expect(report.drainSeconds).toBeLessThan(180);
  },
);
