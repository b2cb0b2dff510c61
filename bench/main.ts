import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '../stack/ports.ts';
import { crowd } from './crowd.ts';
import { measureSqlFloor } from './floor/sql.ts';
import { measureTemporalFloor } from './floor/temporal.ts';
import { type DataDirectory, inDataDirectory } from './data-directory.ts';
import { measureHistory } from './history.ts';
import { signIn } from './http-people.ts';
import { type InboxFigures, inboxReport, measureInbox } from './inbox.ts';
import { accounts, STEPS_OF_LIFE } from './life.ts';
import { enlarge, loginsOf } from './office.ts';
import { type BenchOptions, HELP, readBenchOptions } from './options.ts';
import { measureOverdue, type OverdueFigures, overdueReport } from './overdue.ts';
import { measurePure } from './pure.ts';
import { expectationTable, type Figures, judge, judgePure, machineNow, pureLine, ratiosOf, report } from './report.ts';
import { bringUpServers, type Servers } from './servers.ts';
import { watch } from './watcher.ts';
import { livesOverHttp, measureWhole, type Site, type WholeFigures } from './whole.ts';

const FIGURES = new URL('./figures.json', import.meta.url);
/** Long enough for just-in-time compilers and caches; before each window less. */
const FIRST_WARM_SECONDS = 6;
const WARM_MS = 3_000;
/** Between two windows: what the last one left behind is done. */
const REST_MS = 1_000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Measures the whole stack first and the floors right after the largest crowd, so that they meet the same machine. */
async function measure(servers: Servers, options: BenchOptions, signal: AbortSignal): Promise<Figures> {
  const { seconds } = options;
  const machine = machineNow();
  const clients = options.clients.toSorted((a, b) => a - b);
  const most = clients.at(-1) ?? 1;
  await enlarge(servers.admin, accounts);
  const people = await signIn(servers.api, loginsOf(servers.logins, accounts), most);
  const watcher = await watch(servers.urls.adminUrl);
  const site: Site = { servers, people, watcher, seconds, signal };
  try {
    say('预热 · warming up');
    const warm = { clients: Math.min(4, most), stepsOfLife: STEPS_OF_LIFE, warmMs: 0, seconds: FIRST_WARM_SECONDS };
    await crowd({ ...warm, signal }, livesOverHttp(site));
    say('一个事项的 Temporal 历史 · the history of one life');
    const history = await measureHistory(site);
    const whole: WholeFigures[] = [];
    for (const count of clients) {
      say(`整套系统，${count} 个客户端 · the whole stack, clients: ${count}`);
      whole.push(await measureWhole(site, count, WARM_MS));
      await sleep(REST_MS, undefined, { signal });
    }
    const floorSite = { servers, clients: most, warmMs: WARM_MS, seconds, signal };
    say('底线：只有 Temporal · floor: bare Temporal');
    const temporal = await measureTemporalFloor(floorSite);
    say('底线：只有 SQL · floor: bare SQL');
    const sql = await measureSqlFloor(floorSite);
    say('规则本身 · the rules alone');
    const pure = await measurePure();
    const floors = { temporal, sql };
    const measured = { machine, seconds, pure, whole, history, floors, ratios: ratiosOf(whole, floors) };
    return { ...measured, expectations: judge(measured) };
  } finally {
    people.end();
    await watcher.end();
  }
}

/** Without any server. */
async function pureAlone({ keep }: BenchOptions): Promise<void> {
  const pure = await measurePure();
  process.stdout.write(`${pureLine(pure)}\n\n${expectationTable(judgePure(pure))}\n`);
  if (!keep) return;
  const kept = JSON.parse(await readFile(FIGURES, 'utf8')) as Figures; // written here
  await keepFigures({ ...kept, pure, expectations: judge({ ...kept, pure }) });
}

async function tellInbox(directory: DataDirectory, { seconds, keep }: BenchOptions): Promise<void> {
  const inbox = await measureInbox(directory, seconds);
  process.stdout.write(`${inboxReport(inbox)}\n`);
  if (keep) await keepFigures({ inbox });
}

/** Beside what another run has measured of something else. */
async function keepFigures(figures: Figures | { inbox: InboxFigures } | { overdue: OverdueFigures }): Promise<void> {
  const kept = JSON.parse(await readFile(FIGURES, 'utf8')) as object; // written here
  await writeFile(FIGURES, `${JSON.stringify({ ...kept, ...figures }, null, 2)}\n`);
}

async function main(args: string[]): Promise<void> {
  const options = readBenchOptions(args);
  if (options.help) return void process.stdout.write(HELP);
  if (options.pure) return await pureAlone(options);
  if (options.inbox) return await inDataDirectory(say, async (directory) => await tellInbox(directory, options));
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => interrupted.abort(new StackError('已中断 · interrupted')));
  say('启动 PostgreSQL、Temporal · starting PostgreSQL and Temporal');
  const servers = await bringUpServers(say, interrupted.signal);
  try {
    if (options.overdue) {
      const overdue = await measureOverdue(servers, say, interrupted.signal);
      process.stdout.write(`${overdueReport(overdue)}\n`);
      if (options.keep) await keepFigures({ overdue });
      return;
    }
    await Promise.all([servers.start('worker'), servers.start('api')]);
    const figures = await measure(servers, options, interrupted.signal);
    process.stdout.write(report(figures));
    if (options.keep) await keepFigures(figures);
  } finally {
    await servers.end();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof StackError ? error.message : error instanceof Error ? (error.stack ?? '') : String(error));
  process.exitCode = 1;
}
// whatever a broken connection still holds: everything that had to be stopped is
process.exit();
