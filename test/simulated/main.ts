import { register } from 'node:module';
import { parseArgs } from 'node:util';

const USAGE = `npm run simulate -- --seed N --commands M [--shrink]
  在一个进程里以种子重现故障 · drives the door, the workflow and the waker in one process, under faults that follow from the seed
  --seed N      同一种子，同一经过 · the same seed, the same course (20260302)
  --commands M  至少多少条命令 · at least so many commands (100000)
  --shrink      失败时找最短脚本 · on a failure, look for the shortest script that still fails`;

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`--${name} ${text}?\n${USAGE}`);
  return value;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '20260302' },
      commands: { type: 'string', default: '100000' },
      shrink: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const [seed, commands] = [numberOf('seed', values.seed), numberOf('commands', values.commands)];
  register('./temporal/alias.mjs', import.meta.url);
  const { lineOf, simulateMany } = await import('./long.ts'); // only now: it imports the workflow
  return console.log(lineOf(seed, await simulateMany(seed, commands, values.shrink)));
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
