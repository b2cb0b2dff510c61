import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryAndWorkflowId } from '@temporalio/client';
import { openDesk } from '../http.ts';
import { judge, nothingOwed } from '../judge.ts';
import { type WholeStack, wholeStack } from '../whole-stack.ts';
import { type Fault, faults, type Landed, startUntilItRuns, strike } from './chaos.ts';
import { type Ledger, outcomes, verdict } from './ledger.ts';
import { type Monitor, watch } from './monitor.ts';
import { randomFrom } from './random.ts';
import { type Field, walk } from './walker.ts';

export interface SoakOptions {
  seconds: number;
  clients: number;
  /** Seconds between two faults. */
  every: number;
  seed: number;
  /** Classes of faults; all of them when absent. */
  only?: readonly Fault[];
  say: (line: string) => void;
}

export interface SoakReport {
  seed: number;
  seconds: number;
  clients: number;
  commands: number;
  outcomes: Record<string, number>;
  records: { steps: number; moves: number; cases: number; ended: number };
  /** How often each fault landed, with a receipt. */
  landed: Record<string, number>;
  /** Faults that found nothing to hit. */
  missed: number;
  /** Times that the supervisor gave up, and was started again. */
  gaveUp: number;
  lost: string[];
  doubled: string[];
  /** Violations of invariants, and whatever else contradicts what clients heard. */
  problems: string[];
  histories: number;
  longestRecoverySeconds: number;
  longestDebtSeconds: number;
  /** From the last fault healed until nothing was owed. */
  drainSeconds: number;
  load: number;
}

const PEOPLE = ['grid1', 'grid2', 'intake1', 'intake2', 'match1', 'dispatch1', 'clerk2', 'clerk3', 'case3', 'duty1'];
const OTHERS = ['inspect1', 'callback1', 'review1', 'review2', 'supervise1', 'audit1', 'reporter1', 'finance1'];
/** How long clients may ask what became of their last command. */
const GRACE_MS = 60_000;
const PATIENCE_MS = 8_000;

/** Brings the whole stack up, lets clients walk cases while faults strike, and judges what is left. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const stack = await wholeStack();
  try {
    await startUntilItRuns(stack);
    return await soakOn(stack, options);
  } finally {
    await stack.end();
  }
}

async function soakOn(stack: WholeStack, options: SoakOptions): Promise<SoakReport> {
  const { clients, seed, seconds, say } = options;
  const logins = new Map(stack.logins().map(({ username, password }) => [username, password]));
  const desk = openDesk(
    () => stack.api,
    (user) => logins.get(user) ?? '',
    PATIENCE_MS,
  );
  for (const user of [...PEOPLE, ...OTHERS]) await desk.signIn(user);
  const ledger: Ledger = { entries: [], seen: [] };
  let [over, closed] = [false, false];
  const field: Field = { desk, ledger, parked: [], isOver: () => over, isClosed: () => closed };
  const monitor = watch(stack);
  const walkers = Array.from({ length: clients }, async (_, at) => await walk(at, field, randomFrom(seed + 1 + at)));
  const all = Promise.all(walkers);
  const struck = await Promise.race([strikeFor(stack, options, monitor), all.then(() => undefined)]);
  if (!struck) throw new Error('the clients ended before the faults did');
  const healedAt = performance.now();
  say('no more faults; waiting until nothing is owed');
  await sleep(2_000);
  over = true;
  const closing = setTimeout(() => (closed = true), GRACE_MS);
  await all;
  clearTimeout(closing);
  const load = loadavg()[0] ?? 0;
  const owed = await stack
    .look(async (admin) => await nothingOwed(admin, 120))
    .then(
      () => [],
      (error: unknown) => [`4 ${String(error)}`],
    );
  const drainSeconds = (performance.now() - healedAt) / 1_000;
  await monitor.stop();
  return {
    ...(await concluded(stack, ledger, owed, struck.kept)),
    seed,
    seconds,
    clients,
    drainSeconds: round(drainSeconds),
    load: round(load),
    landed: struck.landed,
    missed: struck.missed,
    gaveUp: struck.gaveUp,
    longestRecoverySeconds: round(monitor.longestRecovery() / 1_000),
    longestDebtSeconds: round(monitor.longestDebt() / 1_000),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;

type Struck = Pick<SoakReport, 'landed' | 'missed' | 'gaveUp'> & { kept: HistoryAndWorkflowId[] };

/** One fault after another, each class in turn in an order drawn anew. Resolves when the last one is healed. */
async function strikeFor(
  stack: WholeStack,
  { seconds, every, seed, only = faults, say }: SoakOptions,
  monitor: Monitor,
): Promise<Struck> {
  const random = randomFrom(seed);
  const struck: Struck = { landed: {}, missed: 0, gaveUp: 0, kept: [] };
  const under: Promise<void>[] = [];
  let bag: Fault[] = [];
  const note = (fault: Fault, landed: Landed | undefined): void => {
    if (!landed) struck.missed += 1;
    else {
      struck.landed[fault] = (struck.landed[fault] ?? 0) + 1;
      monitor.landed(landed);
    }
    say(`${fault}: ${landed?.receipt ?? 'nothing to hit'}`);
  };
  const end = performance.now() + seconds * 1_000;
  for (
    let next = performance.now() + every * 1_000;
    next < end;
    next = Math.max(next + every * 1_000, performance.now())
  ) {
    await sleep(Math.max(0, next - performance.now()));
    if (stack.supervisor() === undefined) {
      struck.gaveUp += 1;
      say(`the supervisor had given up: ${stack.words().trim().split('\n').slice(-12).join(' | ')}`);
      await startUntilItRuns(stack);
    }
    if (bag.length === 0) bag = random.shuffled(only);
    const fault = bag.pop() ?? 'kill api';
    const done = strike(stack, fault, (histories) => void struck.kept.push(...histories)).then((landed) =>
      note(fault, landed),
    );
    if (fault === 'cut the power') await done; // nothing else could be hit meanwhile
    else under.push(done);
  }
  await Promise.all(under);
  if (stack.supervisor() === undefined) await startUntilItRuns(stack);
  return struck;
}

async function concluded(
  stack: WholeStack,
  ledger: Ledger,
  owed: string[],
  kept: HistoryAndWorkflowId[],
): Promise<Pick<SoakReport, 'commands' | 'outcomes' | 'records' | 'lost' | 'doubled' | 'problems' | 'histories'>> {
  return await stack.examine(async (admin, client) => {
    const { problems, histories } = await judge({ admin, client }, kept);
    const { lost, doubled, otherwise } = await verdict(ledger, admin);
    const { rows } = await admin.query<SoakReport['records']>(
      `SELECT count(*) FILTER (WHERE role <> 'system')::int AS steps, count(*) FILTER (WHERE role = 'system')::int AS moves,
         (SELECT count(*) FROM item)::int AS cases,
         (SELECT count(*) FROM item WHERE place IN ('closed', 'withdrawn', 'not_accepted', 'archived'))::int AS ended
       FROM command`,
    );
    return {
      commands: ledger.entries.length,
      outcomes: outcomes(ledger),
      records: rows[0] ?? { steps: 0, moves: 0, cases: 0, ended: 0 },
      lost,
      doubled,
      problems: [...owed, ...problems, ...stack.complaints(), ...otherwise],
      histories,
    };
  });
}
