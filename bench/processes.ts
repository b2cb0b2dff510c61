import { readdirSync, readFileSync } from 'node:fs';

/** CPU milliseconds since their start, user and system, of each process of the stack and of the whole machine. */
export interface CpuTimes {
  api: number;
  worker: number;
  temporal: number;
  postgres: number;
  client: number;
  floor: number;
  /** Everything that ran on the machine, ours or not. */
  machine: number;
}
export type Part = keyof CpuTimes;

/** Linux tells times in hundredths of a second, on every machine. */
const TICK_MS = 10;

/** By what its command line holds; children of this process. */
const scripts: [Part, RegExp][] = [
  ['api', /\bapi\/server\.ts/],
  ['floor', /\bfloor\/worker\.ts/],
  ['worker', /\bworker\.ts/],
  ['temporal', /\bstart-dev\b/],
];

interface Stat {
  pid: number;
  parent: number;
  /** Own time, and that of children that have ended and were waited for. */
  ms: number;
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // from the third on: a name may hold anything
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid, parent: Number(fields[1]), ms: ticks * TICK_MS };
  } catch {
    return undefined; // it has just ended
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Whole machine: everything but idle and waiting for a disk. */
function machine(): number {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first.trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) * TICK_MS;
}

/** A watcher's server process counts as part of the client. @throws Error on a system without /proc */
export function readCpuTimes(postgresPid: number, watcherPid?: number): CpuTimes {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? []);
  const times: CpuTimes = { api: 0, worker: 0, temporal: 0, postgres: 0, client: 0, floor: 0, machine: machine() };
  for (const { pid, parent, ms } of all) {
    if (pid === process.pid || pid === watcherPid) times.client += ms;
    else if (pid === postgresPid || parent === postgresPid) times.postgres += ms;
    if (parent !== process.pid || pid === postgresPid) continue;
    const command = commandOf(pid);
    const part = scripts.find(([, pattern]) => pattern.test(command))?.[0];
    if (part) times[part] += ms;
  }
  return times;
}
