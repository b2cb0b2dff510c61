import { cpus, loadavg } from 'node:os';
import type { SqlFloor } from './floor/sql.ts';
import type { TemporalFloor } from './floor/temporal.ts';
import type { HistoryFigures } from './history.ts';
import type { Cost } from './meters.ts';
import { type Percentiles, rounded } from './percentiles.ts';
import type { PureFigures } from './pure.ts';
import type { WholeFigures } from './whole.ts';

/** Everything that one run has measured. */
export interface Figures {
  machine: { cpus: number; model: string; node: string; loadBefore: number };
  seconds: number;
  pure: PureFigures;
  whole: WholeFigures[];
  history: HistoryFigures;
  floors: { temporal: TemporalFloor; sql: SqlFloor };
  ratios: {
    toTemporal: number;
    toSql: number;
    /** CPU of the Temporal floor over that of the whole, per lifecycle: what the first ratio is on a busy machine, nearly. */
    cpuToTemporal: number;
  };
  expectations: Expectation[];
}

export interface Expectation {
  what: string;
  /** `at most` or `at least` this. */
  limit: 'at most' | 'at least';
  expected: number;
  measured: number | null;
  ok: boolean;
}

export function machineNow(): Figures['machine'] {
  const all = cpus();
  return {
    cpus: all.length,
    model: all[0]?.model ?? '',
    node: process.version,
    loadBefore: rounded(loadavg()[0] ?? 0),
  };
}

/** The same lives over the same time with more between them: how much of the floor is left. */
export function ratiosOf(whole: readonly WholeFigures[], { temporal, sql }: Figures['floors']): Figures['ratios'] {
  const same = whole.find(({ clients }) => clients === temporal.clients);
  if (!same) throw new Error('the floors were measured with another number of clients');
  const rate = same.lifecyclesPerSecond;
  return {
    toTemporal: rounded(rate / temporal.lifecyclesPerSecond),
    toSql: rounded(rate / sql.lifecyclesPerSecond),
    cpuToTemporal: rounded(cpuOf(temporal.perLifecycle) / cpuOf(same.perLifecycle)),
  };
}

const cpuOf = ({ cpuMs }: Cost): number => Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0);

/** Issue 4: how far from the limit we are. */
export function judge(figures: Omit<Figures, 'expectations'>): Expectation[] {
  const { whole, history, ratios, floors, pure } = figures;
  const [one] = whole;
  const single = one ? `${one.clients} client${one.clients === 1 ? '' : 's'}` : '';
  return [
    atLeast(`lifecycles / Temporal floor, ${floors.temporal.clients} clients`, 0.7, ratios.toTemporal),
    atMost(`step p50 ms, ${single}`, 15, one?.stepMs.p50),
    atMost(`step p99 ms, ${single}`, 60, one?.stepMs.p99),
    atMost(`move p50 ms, ${single}`, 60, one?.moveMs.p50),
    atMost('history events of a move (median)', 7, history.perMove.median),
    atMost('history events of steps that wake nobody', 0, history.stepsThatWakeNobody),
    ...judgePure(pure),
  ];
}

/** Issue 5: what a decision and a due instant may cost, and how large the plan may be that every run carries. */
export function judgePure({ decidePerSecond, planBytes, dueMicroseconds }: PureFigures): Expectation[] {
  return [
    atLeast('decisions a second', 200_000, decidePerSecond),
    atMost('bytes of the shipped plan', 16 * 1024, planBytes),
    atMost('due instant µs, up to 60 working days', 20, Math.max(...Object.values(dueMicroseconds))),
  ];
}

export function atMost(what: string, expected: number, measured: number | null = null): Expectation {
  return { what, limit: 'at most', expected, measured, ok: measured !== null && measured <= expected };
}

function atLeast(what: string, expected: number, measured: number): Expectation {
  return { what, limit: 'at least', expected, measured, ok: measured >= expected };
}

export function report(figures: Figures): string {
  const { machine, whole, history, floors, ratios, expectations } = figures;
  const all = [
    `\n${machine.cpus} × ${machine.model}, Node ${machine.node}, load before ${machine.loadBefore}, windows of ${figures.seconds} s`,
    table(
      ['clients', 'steps/s', 'lifecycles/s', 'step p50/p95/p99 ms', 'move p50/p95/p99 ms', 'foreign CPU'],
      [
        ...whole.map((row) => [
          String(row.clients),
          String(row.stepsPerSecond),
          String(row.lifecyclesPerSecond),
          triple(row.stepMs),
          triple(row.moveMs),
          percent(row.foreignShare),
        ]),
        floorRow('Temporal floor', floors.temporal, '', triple(floors.temporal.moveMs)),
        floorRow('SQL floor', floors.sql, triple(floors.sql.stepMs), ''),
      ],
    ),
    table(
      ['per lifecycle', 'api', 'worker', 'temporal', 'postgres', 'client', 'transactions', 'writing', 'WAL bytes'],
      [
        ...whole.map((row) => costRow(`${row.clients} clients`, row.perLifecycle)),
        costRow('Temporal floor', floors.temporal.perLifecycle),
        costRow('SQL floor', floors.sql.perLifecycle),
      ],
    ),
    historyLines(history, floors.temporal.history),
    `lifecycles/s at ${floors.temporal.clients} clients: ${ratios.toTemporal} of the Temporal floor (by CPU ${ratios.cpuToTemporal}), ${ratios.toSql} of the SQL floor`,
    pureLine(figures.pure),
    expectationTable(expectations),
  ];
  return `${[...all, ...noise(figures)].join('\n\n')}\n`;
}

export const pureLine = ({ decidePerSecond, planBytes, dueMicroseconds }: PureFigures): string =>
  `the rules alone          ${decidePerSecond} decisions a second of CPU; plan ${planBytes} bytes; due instant of ${Object.entries(
    dueMicroseconds,
  )
    .map(([days, us]) => `${days} working days ${us} µs`)
    .join(', ')}`;

export function expectationTable(expectations: readonly Expectation[]): string {
  return table(
    ['expected', '', '', 'measured', ''],
    expectations.map(({ what, limit, expected, measured, ok }) => [
      what,
      limit,
      String(expected),
      String(measured ?? '–'),
      ok ? 'ok' : 'MISS',
    ]),
  );
}

/** More of the machine than this for others, and rates and times say more about them than about us. */
const NOISY = 0.1;

function noise({ whole, floors }: Figures): string[] {
  const most = Math.max(...[...whole, floors.temporal, floors.sql].map(({ foreignShare }) => foreignShare));
  if (most <= NOISY) return [];
  return [
    `机器同时在做别的事（最多 ${percent(most)}），请在空闲时重测 · up to ${percent(most)} of the machine was busy with something else: measure again when it is quiet`,
  ];
}

function floorRow(
  name: string,
  { clients, lifecyclesPerSecond, foreignShare }: TemporalFloor | SqlFloor,
  steps: string,
  moves: string,
): string[] {
  return [`${name}, ${clients}`, '', String(lifecyclesPerSecond), steps, moves, percent(foreignShare)];
}

/** CPU in milliseconds; the worker's column holds the floor's own worker in its row. */
function costRow(name: string, { cpuMs, transactions, writes, walBytes }: Cost): string[] {
  const { api, worker, temporal, postgres, client, floor } = cpuMs;
  return [name, api, rounded(worker + floor), temporal, postgres, client, transactions, writes, walBytes].map(String);
}

function historyLines(history: HistoryFigures, floor: HistoryFigures['perLifecycle']): string {
  const kinds = (of: HistoryFigures['perLifecycle']): string =>
    `${of.events} events: ${of.signals} signals, ${of.localActivities} local activities, ${of.activities} activity, ${of.timers} timer`;
  return [
    `history of a lifecycle   ${kinds(history.perLifecycle)}`,
    `of the Temporal floor    ${kinds(floor)}`,
    `of a move                ${history.perMove.median} (median), ${history.perMove.mean} (mean with the search and the start)`,
    `after each step          ${history.steps.map(({ command, events }) => `${command} ${events}`).join(', ')}`,
  ].join('\n');
}

export const triple = ({ p50, p95, p99 }: Percentiles): string =>
  [p50, p95, p99].map((value) => value ?? '–').join(' / ');
const percent = (share: number): string => `${Math.round(share * 100)} %`;

export function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)));
  return [head, ...rows]
    .map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))))
    .map((row) => row.join('  ').trimEnd())
    .join('\n');
}
