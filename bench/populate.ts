import { parseArgs } from 'node:util';
import { StackError } from '../stack/ports.ts';
import { inDataDirectory } from './data-directory.ts';
import { populate } from './population/populate.ts';

const HELP = `npm run populate -- [options]
  用真实规则生成大量事项，供规模测试 · fills the office with cases made by the real rules, for tests at scale

  --cases N     default 1000
  --seed N      default 1; 相同的种子得到相同的事项 · the same seed gives the same cases
  --add         已有事项时仍然添加 · add to the cases that are there already
  DATA_DIR      .data 内置的 PostgreSQL（不运行时临时启动）· the embedded PostgreSQL there, started if it does not run
  DATABASE_URL  自己的 PostgreSQL，须为超级用户 · a PostgreSQL of your own, as superuser
`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const known = {
  cases: { type: 'string', default: '1000' },
  seed: { type: 'string', default: '1' },
  add: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;
const MOST_CASES = 10_000_000;

interface Wanted {
  cases: number;
  seed: number;
  add: boolean;
  help: boolean;
}

/** @throws StackError when an option is not one of ours or its value will not do */
function read(args: string[]): Wanted {
  try {
    const { values } = parseArgs({ args, options: known });
    const [cases, seed] = [Number(values.cases), Number(values.seed)];
    if (!Number.isInteger(cases) || cases < 1 || cases > MOST_CASES)
      throw new StackError(`--cases: 1 to ${MOST_CASES}`);
    if (!Number.isInteger(seed) || seed < 0) throw new StackError('--seed: a whole number');
    return { ...values, cases, seed };
  } catch (error) {
    throw new StackError(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  }
}

async function main(args: string[]): Promise<void> {
  const { help, ...wanted } = read(args);
  if (help) return void process.stdout.write(HELP);
  await inDataDirectory(say, async ({ urls, keyDir }) => {
    const done = await populate(urls.adminUrl, keyDir, { ...wanted, say });
    say(`${done.cases} 个事项、${done.records} 条记录 · cases and records in ${done.seconds} s`);
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof StackError ? error.message : error instanceof Error ? (error.stack ?? '') : String(error));
  process.exitCode = 1;
}
