import { readFile } from 'node:fs/promises';
import type { Calendar } from '../domain/clock/calendar.ts';
import { reckon } from '../domain/clock/due.ts';
import { grantId, hash, resourceId, teamId, unitId, userId } from '../domain/ids.ts';
import { compile } from '../domain/process/compile.ts';
import type { Actor, Command, Facts, Grant } from '../domain/process/context.ts';
import { decide } from '../domain/process/decide.ts';
import type { Definition, Plan } from '../domain/process/definition.ts';
import { evolve } from '../domain/process/events.ts';
import { type ItemState, newItem } from '../domain/process/state.ts';
import { touches } from '../domain/process/touches.ts';
import { HOUR, type Instant, instant, parseInstant } from '../domain/time.ts';
import { canonical } from '../proof/canonical.ts';
import { actorOf, lifeOf } from './life.ts';
import { rounded } from './percentiles.ts';

/** What the rules cost by themselves: one thread, no database, no network. */
export interface PureFigures {
  decidePerSecond: number;
  /** The shipped plan as canonical JSON in UTF-8. */
  planBytes: number;
  /** Microseconds for one due instant with its warning, by how many working days the limit is long. */
  dueMicroseconds: Record<string, number>;
}

const MEASURED_MS = 1_500;
const DAYS = [1, 5, 15, 60];
const START = parseInstant('2026-03-02T09:00:00+08:00');

const read = async (path: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../prisma/${path}`, import.meta.url), 'utf8'));

export async function measurePure(): Promise<PureFigures> {
  const plan = planOf((await read('definitions/order.json')) as Definition); // compiled in the next line
  const calendar = (await read('sample/calendar.json')) as Calendar; // validated whenever the sample is loaded
  const asked = questionsOf(plan, calendar);
  return {
    decidePerSecond: Math.round(perSecond(asked.length, () => asked.forEach((question) => decide(...question)))),
    planBytes: Buffer.byteLength(canonical(plan)),
    dueMicroseconds: Object.fromEntries(DAYS.map((days) => [days, microsecondsOf(days, calendar)])),
  };
}

function planOf(definition: Definition): Plan {
  const compiled = compile(definition);
  if (!compiled.ok) throw new Error(`the shipped definition has problems: ${compiled.problems.join('; ')}`);
  return compiled.plan;
}

type Question = Parameters<typeof decide>;

/** Every decision of a whole life, the workflow's moves included, with the facts that a commit would have read. */
function questionsOf(plan: Plan, calendar: Calendar): Question[] {
  const questions: Question[] = [];
  let [state, at] = [newItem(plan), START];
  const take = (actor: Actor, given: Pick<Command, 'name' | 'payload' | 'texts'>): void => {
    at = instant(at + HOUR / 6);
    const command: Command = { ...given, actor, at, receivedAt: at, seed: SEED };
    const facts = factsFor(plan, state, command, calendar);
    const decision = decide(plan, state, command, facts);
    if (!decision.ok) throw new Error(`${given.name} was refused: ${decision.refusal.code}`);
    questions.push([plan, state, command, facts]);
    state = evolve(state, decision.events);
  };
  for (const step of lifeOf(0)) {
    const user = userId(actorOf(step, state.drawn));
    take({ kind: 'person', user }, { name: step.command, payload: step.payload, texts: Object.keys(step.texts) });
    for (const name of step.moves) take({ kind: 'system' }, { name, payload: {}, texts: [] });
  }
  return questions;
}

const SEED = hash('a5'.repeat(32));
const UNIT = unitId('YX-YJ');

function factsFor(plan: Plan, state: ItemState, command: Command, calendar: Calendar): Facts {
  const touched = touches(plan, state, command);
  const there = { id: UNIT, inArea: true };
  return {
    ...(command.actor.kind === 'person' ? { grants: grantsFor(plan, command) } : {}),
    ...(touched.team ? { team: { ...there, id: teamId('T03'), unit: UNIT, ...TEAM } } : {}),
    ...(touched.resource ? { resource: { ...there, id: resourceId('R05'), owner: UNIT, ...LAMPS } } : {}),
    ...(touched.calendar ? { calendar } : {}),
    ...(touched.draws ? { eligible: ['a', 'b', 'c'].map((name) => userId(`${touched.draws}-${name}`)) } : {}),
  };
}

const TEAM = { active: true, skills: ['electrical', 'drainage'], openLoad: 2, maxOpenLoad: 12 };
const LAMPS = { kind: 'goods', unit: 'piece', capacity: 1_000, reserved: 40, valid: true };

/** The right role among others, as people have several. */
function grantsFor(plan: Plan, { name }: Command): Grant[] {
  const roles = plan.transitions.find(({ command }) => command === name)?.roles ?? [];
  return ['volunteer', ...roles].map((role) => ({ id: grantId(`x.${role}`), role, unit: null, home: UNIT, for: null }));
}

/** Random starts, so that nothing is learnt by heart; the same ones every time. */
function microsecondsOf(days: number, calendar: Calendar): number {
  const starts: Instant[] = Array.from({ length: 500 }, (_, at) => instant(START + ((at * 7_919) % 8_000) * HOUR));
  const limit = { kind: 'work_day', amount: days } as const;
  const rate = perSecond(starts.length, () =>
    starts.forEach((start) => reckon({ limit, start, pauses: [], shares: [8_000] }, calendar)),
  );
  return rounded(1_000_000 / rate);
}

/** How many of `count` in a second of this process's CPU, so that a busy machine says the same as a quiet one. */
function perSecond(count: number, once: () => void): number {
  const run = (ms: number): number => {
    const began = performance.now();
    const before = cpuSeconds();
    let rounds = 0;
    for (; performance.now() - began < ms; rounds += 1) once();
    return (rounds * count) / (cpuSeconds() - before);
  };
  run(MEASURED_MS);
  return run(MEASURED_MS);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}
