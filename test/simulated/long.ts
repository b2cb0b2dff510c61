import * as fc from 'fast-check';
import { type Script, scripts } from './actions.ts';
import { type Report, simulate } from './run.ts';
import { Tally } from './tally.ts';

/** What many runs came to. */
export interface Sum {
  runs: number;
  commands: Tally;
  faults: Tally;
  effects: number;
  longestRecovery: number;
}

/** Everything that was asked of the door: by people, answered or not, and by the system. */
export function commandsIn(tally: Tally): number {
  const asked = ['applied', 'replayed', 'refused', 'stale', 'absent', 'key-reused', 'moved', 'stuck'];
  return asked.reduce((sum, what) => sum + tally.of(what), 0);
}

const ACTIONS = 1_000;
const SHORT = 120;

/**
 * Runs scripts that follow from the seed until so many commands were given. A failure names the seed; `shrink` looks
 * for the shortest script that still fails.
 * @throws Error with seed, path and script of the first run that leaves something violated
 */
export async function simulateMany(seed: number, commands: number, shrink = false): Promise<Sum> {
  const sum: Sum = { runs: 0, commands: new Tally(), faults: new Tally(), effects: 0, longestRecovery: 0 };
  for (let round = 0; commandsIn(sum.commands) < commands; round += 1) {
    const property = fc.asyncProperty(scripts(shrink ? SHORT : ACTIONS), async (script) => {
      const report = await simulate(script);
      add(sum, report);
      if (report.violations.length > 0) throw new Error(report.violations.slice(0, 10).join('\n'));
    });
    await fc.assert(property, {
      seed: seed + round,
      numRuns: 1,
      endOnFailure: !shrink,
      reporter: (details) => tell(details, seed),
    });
  }
  return sum;
}

function add(sum: Sum, report: Report): void {
  sum.runs += 1;
  sum.effects += report.effects;
  sum.longestRecovery = Math.max(sum.longestRecovery, report.recovery);
  sum.commands.merge(report.commands);
  sum.faults.merge(report.faults);
}

function tell(details: fc.RunDetails<[Script]>, seed: number): void {
  if (!details.failed) return;
  const { errorInstance, counterexample } = details;
  const reason = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  const script = JSON.stringify(counterexample?.[0]);
  const again = `npm run simulate -- --seed ${details.seed} --commands 1`;
  throw new Error(
    `the run of seed ${details.seed} (begun with ${seed}) leaves violated:\n${reason}\n${again}\n${script.slice(0, 2_000)}`,
    {
      cause: errorInstance,
    },
  );
}

/** One line: what was asked, what befell, what was lost. A violation would have thrown. */
export function lineOf(seed: number, sum: Sum): string {
  const { commands, faults, runs, effects, longestRecovery } = sum;
  return (
    `seed ${seed}: ${commandsIn(commands)} commands in ${runs} runs, ${effects} effects (${String(commands)}); ` +
    `faults (${String(faults)}); longest recovery ${longestRecovery} ms; lost 0, doubled 0`
  );
}
