import { parseArgs } from 'node:util';
import { faults } from './soak/chaos.ts';
import { soak, type SoakReport } from './soak/run.ts';

const HELP =
  'npm run soak -- [--minutes 15] [--clients 16] [--every 10] [--seed N] [--only "kill api,pause postgres"] [--json]';

function table(rows: Record<string, number>): string {
  return Object.entries(rows)
    .map(([name, count]) => `  ${String(count).padStart(7)}  ${name}`)
    .join('\n');
}

function inWords(report: SoakReport): string {
  const { records, lost, doubled, problems } = report;
  return [
    `seed ${report.seed}, ${report.seconds} s, ${report.clients} clients, load ${report.load}`,
    `commands ${report.commands}, by what was heard:`,
    table(report.outcomes),
    `records: ${records.steps} steps, ${records.moves} moves; ${records.cases} cases, ${records.ended} ended`,
    `faults landed (${report.missed} found nothing to hit, the supervisor gave up ${report.gaveUp} times):`,
    table(report.landed),
    `lost ${lost.length}, doubled ${doubled.length}, other problems ${problems.length}, histories replayed ${report.histories}`,
    `longest recovery ${report.longestRecoverySeconds} s, longest debt ${report.longestDebtSeconds} s, nothing owed ${report.drainSeconds} s after the last fault`,
    ...[...lost, ...doubled, ...problems].slice(0, 40).map((problem) => `  ! ${problem}`),
  ].join('\n');
}

/** A class of faults that never landed shows nothing. */
function isClean({ lost, doubled, problems, landed, seconds }: SoakReport, every: number, classes: number): boolean {
  const expected = seconds >= classes * every * 2 ? classes : 1;
  return lost.length + doubled.length + problems.length === 0 && Object.keys(landed).length >= expected;
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    clients: { type: 'string', default: '16' },
    every: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', default: faults.join(',') },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
if (values.help) process.stdout.write(`${HELP}\n`);
else {
  const [minutes, clients, every, seed] = [values.minutes, values.clients, values.every, values.seed].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const asked = values.only.split(',').map((name) => name.trim());
  const only = faults.filter((fault) => asked.includes(fault));
  const started = performance.now();
  const say = (line: string): void =>
    void process.stderr.write(`${((performance.now() - started) / 1_000).toFixed(1).padStart(7)}  ${line}\n`);
  const report = await soak({ seconds: minutes * 60, clients, every, seed, only, say });
  process.stdout.write(`${values.json ? JSON.stringify(report) : inWords(report)}\n`);
  process.exitCode = isClean(report, every, only.length) ? 0 : 1;
}
process.exit();
