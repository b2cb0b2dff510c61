import { parseArgs } from 'node:util';
import { createProgress } from '../../../stack/progress.ts';
import { compare, TERMS_OF_A_CALENDAR } from './compare.ts';

const USAGE = `npm run clocks -- [--cases 100000] [--seed N]
  用逐分钟推算的慢算法核对时限 · compares due instants and thresholds with a walk through every minute
  --cases N   多少个随机情形 · random limits, starts, pauses and calendars (100000)
  --seed N    同一种子，同样的情形 · the same seed, the same cases (drawn and printed)`;

/** Calendars between two looks at the terminal. */
const CALENDARS_OF_A_TURN = 10;

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`--${name} ${text}?\n${USAGE}`);
  return value;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: '100000' },
      seed: { type: 'string', default: String(1 + (Date.now() % 1_000_000_000)) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const [cases, seed] = [numberOf('cases', values.cases), numberOf('seed', values.seed)];
  console.log(`种子 · seed ${seed}`);
  const calendars = Math.ceil(cases / TERMS_OF_A_CALENDAR);
  const progress = createProgress('时限 · clocks', calendars);
  let [tried, difference]: [number, string | null] = [0, null];
  for (let turn = 0; tried < cases && difference === null; turn += 1) {
    const left = Math.min(CALENDARS_OF_A_TURN, calendars - turn * CALENDARS_OF_A_TURN);
    const found = compare(seed + turn, left, () => progress.step());
    [tried, difference] = [tried + found.cases, found.difference];
    await new Promise((done) => setImmediate(done)); // the progress is drawn between two turns
  }
  progress.end(difference === null ? `一致 · ${tried} cases agree` : `不一致 · a case differs`);
  if (difference === null) return;
  console.log(difference);
  process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
