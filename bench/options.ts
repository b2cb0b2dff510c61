import { parseArgs } from 'node:util';
import { StackError } from '../stack/ports.ts';

export interface BenchOptions {
  help: boolean;
  /** Length of each measured window. */
  seconds: number;
  /** Numbers of clients, one window for each; the floors are compared with the last. */
  clients: number[];
  /** Measure the inbox only, on the database that `npm run populate` has filled. */
  inbox: boolean;
  /** Measure only how soon a worker has acted on what fell due while everything was down. */
  overdue: boolean;
  /** Write the figures to bench/figures.json. */
  keep: boolean;
  /** Only what the rules cost by themselves: needs no server. */
  pure: boolean;
}

export const HELP = `npm run bench [-- options]
  测量整套系统与两条底线 · measures the whole stack, and two floors beside it, on servers of its own

  --seconds N           每段测量的秒数 · seconds of each measured window; default 20
  --clients 1,4,16      并发数 · numbers of clients, one window for each
  --pure                只测规则本身，不启动服务 · the rules alone, without any server
  --inbox               只测待办，用 npm run populate 生成的数据库 · the inbox only, on the database that npm run populate has filled
  --overdue             只测停机一周后，到期事项多久处理完 · only how soon what fell due during a week's standstill is acted on
  --keep                写入 bench/figures.json · write bench/figures.json
  --help
`;

const LONGEST = 600;
const MOST_CLIENTS = 64;

/** @throws StackError when an option is not one of ours or its value will not do */
export function readBenchOptions(args: string[]): BenchOptions {
  const { values } = parsed(args);
  const seconds = Number(values.seconds);
  const clients = values.clients.split(',').map(Number);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST)
    throw new StackError(`--seconds: a whole number from 1 to ${LONGEST}\n\n${HELP}`);
  if (clients.some((count) => !Number.isInteger(count) || count < 1 || count > MOST_CLIENTS))
    throw new StackError(`--clients: whole numbers from 1 to ${MOST_CLIENTS}, with commas between them\n\n${HELP}`);
  const { help, inbox, overdue, keep, pure } = values;
  return { help, seconds, clients, inbox, overdue, keep, pure };
}

const known = {
  seconds: { type: 'string', default: '20' },
  clients: { type: 'string', default: '1,4,16' },
  inbox: { type: 'boolean', default: false },
  overdue: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  pure: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function parsed(args: string[]): ReturnType<typeof parseArgs<{ options: typeof known; args: string[] }>> {
  try {
    return parseArgs({ args, options: known });
  } catch (error) {
    throw new StackError(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  }
}
