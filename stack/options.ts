import { parseArgs } from 'node:util';
import { type Instant, parseInstant } from '../domain/time.ts';
import { StackError } from './ports.ts';

export interface StartOptions {
  help: boolean;
  /** Walk the story once after the sample office was loaded. */
  story: boolean;
  /** Load the sample office into a database of the user's own, too. */
  sample: boolean;
  /** Where the clock of a new simulation stands; absent: the real clock. */
  simulationFrom: Instant | undefined;
}

/** A Monday morning on which everything in the sample office is valid. */
const MONDAY = '2026-03-02T09:00:00+08:00';

export const HELP = `npm start [-- options]
  启动 PostgreSQL、Temporal、worker 和 api；数据在 .data/ · starts PostgreSQL, Temporal, worker and api; data are in .data/

  --no-story            首次启动后不演示 · do not walk the story after the first start
  --sample              向自己的空数据库也装入样例街道 · load the sample office into an empty database of your own, too
  --simulation          新数据库使用可调的时钟（创建时确定）· a new database gets a clock that can be set (fixed at creation)
  --from TIME           模拟时钟的起点 · where that clock starts, RFC 3339; default ${MONDAY}
  --help

环境变量 · environment
  DATABASE_URL          自己的 PostgreSQL · a PostgreSQL of your own, as owner
  TEMPORAL_ADDRESS      自己的 Temporal，host:port · a Temporal server of your own
  TEMPORAL_NAMESPACE    four-lists
  DATA_DIR              .data
  FOUR_LISTS_CACHE      Temporal 程序的缓存 · where the Temporal program is kept, ~/.cache/four-lists
  API_HOST API_PORT     127.0.0.1 3000
  TRUSTED_PROXIES       前置代理的地址或网段 · addresses or networks of proxies in front of the api
  TEMPORAL_PORT         7233
  TEMPORAL_UI_PORT      8233
  LOG_LEVEL             info
`;

/** @throws StackError when there is an option that we do not know. */
export function readOptions(args: string[]): StartOptions {
  try {
    const { values } = parseArgs({
      args,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        'no-story': { type: 'boolean', default: false },
        sample: { type: 'boolean', default: false },
        simulation: { type: 'boolean', default: false },
        from: { type: 'string' },
      },
    });
    const simulationFrom = startOfClock(values.simulation, values.from);
    return { help: values.help, story: !values['no-story'], sample: values.sample, simulationFrom };
  } catch (error) {
    throw new StackError(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
  }
}

function startOfClock(simulation: boolean, from: string | undefined): Instant | undefined {
  if (!simulation) {
    if (from !== undefined) throw new Error('--from 须与 --simulation 同用 · --from is for --simulation');
    return undefined;
  }
  try {
    return parseInstant(from ?? MONDAY);
  } catch (error) {
    throw new Error(`--from: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
