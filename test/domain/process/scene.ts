import type { CatalogueFact } from '../../../domain/catalogue.ts';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Calendar } from '../../../domain/clock/calendar.ts';
import type { CommandName, Payloads } from '../../../domain/commands/vocabulary.ts';
import { grantId, type Hash, itemId, type ItemId, resourceId, teamId, unitId, userId } from '../../../domain/ids.ts';
import { passedLevels } from '../../../domain/process/clocks.ts';
import { compile } from '../../../domain/process/compile.ts';
import type { Command, Facts, Grant, PrimaryFact, ResourceFact, TeamFact } from '../../../domain/process/context.ts';
import { type Decision, decide } from '../../../domain/process/decide.ts';
import type { Definition, Plan } from '../../../domain/process/definition.ts';
import { evolve, type ItemEvent } from '../../../domain/process/events.ts';
import { type ItemState, newItem } from '../../../domain/process/state.ts';
import { touches } from '../../../domain/process/touches.ts';
import { type Instant, instant, MINUTE, parseInstant } from '../../../domain/time.ts';
import { contentHash, GENESIS } from '../../../proof/record.ts';

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../prisma/${path}`, import.meta.url), 'utf8'));
export const calendar = read('sample/calendar.json') as Calendar; // its validity is tested in ../clock
export const definition = read('definitions/order.json') as Definition; // compiled right below

export function planOf(source: Definition): Plan {
  const compiled = compile(source);
  if (!compiled.ok) throw new Error(compiled.problems.join('\n'));
  return compiled.plan;
}
export const order = planOf(definition);

/** An item between two commands: its state, the office's time, and what a chain of its records would have given. */
export interface Scene {
  plan: Plan;
  state: ItemState;
  at: Instant;
  head: Hash;
  records: readonly (readonly ItemEvent[])[];
  /** The same records with the instants at which they were made. */
  timed: readonly { at: Instant; events: readonly ItemEvent[] }[];
}

/** Who gives a command: a person, the system, or whoever was drawn for a duty. */
export type By = string | { drawn: string };

export interface Step<Name extends CommandName = CommandName> {
  by: By;
  name: Name;
  payload?: Payloads[Name];
  texts?: string[];
  /** Milliseconds since the step before. */
  after?: number;
  /** How long before its commit it was received; it waited for a lock. */
  waited?: number;
  /** The item whose record asked for it; of `absorb`, which nobody else may ask for, another one unless said. */
  source?: ItemId | null;
  /** Live facts that differ from the office's usual ones. */
  facts?: Facts;
}

export function step<Name extends CommandName>(by: By, name: Name, more: Omit<Step<Name>, 'by' | 'name'> = {}): Step {
  return { by, name, ...more };
}

export const SUIT_ALL = 'jack';
const everyRole = [
  ...new Set(definition.transitions.flatMap(({ roles, approval }) => [...roles, ...(approval?.by ?? [])])),
];

/** Everybody is called after their one role, with `-2` for the second of a kind; Jack holds every role. */
export function rolesOf(person: string): string[] {
  return person === SUIT_ALL ? everyRole : [person.replace(/-\d$/, '')];
}

export function grantsOf(person: string): Grant[] {
  return rolesOf(person).map((role) => grantFor(person, role));
}

/** A grant for the whole office, of somebody who belongs to a unit that handles nothing. */
export function grantFor(person: string, role: string, more: Partial<Grant> = {}): Grant {
  return { id: grantId(`${person}.${role}`), role, unit: null, home: unitId('office'), for: null, ...more };
}

export const team: TeamFact = {
  id: teamId('pipes'),
  unit: unitId('waterworks'),
  active: true,
  skills: ['plumbing', 'digging'],
  openLoad: 2,
  maxOpenLoad: 5,
  inArea: true,
};

export const resource: ResourceFact = {
  id: resourceId('pump'),
  kind: 'machine',
  unit: 'piece',
  capacity: 3,
  reserved: 0,
  valid: true,
  inArea: true,
  owner: unitId('office'),
};

/** What the catalogue says of the category under which everything is registered here. */
export const entry: CatalogueFact = {
  version: 1,
  system: 'office',
  code: 'water',
  unit: unitId('waterworks'),
  limits: {
    ordinary: { kind: 'work_day', amount: 5 },
    urgent: { kind: 'urgent_hour', amount: 24 },
    extra_urgent: { kind: 'urgent_hour', amount: 2 },
    complex: { kind: 'work_day', amount: 15 },
  },
  evidence: ['photo'],
  milestones: [],
  backupTeam: false,
  duty: { entry: 'basic-07', takenBack: false },
};

/** Two categories, of which the second concerns the safety of all; no other is in it. */
const catalogueOf = (code: string): CatalogueFact | null =>
  [entry.code, 'safety_fire'].includes(code) ? { ...entry, code } : null;

/** Another item, into which this one may be merged and which may ask to be absorbed. */
export const primary: PrimaryFact = { id: itemId('primary'), absorbs: true };

const evidence = [{ kind: 'photo', sha256: 'ab'.repeat(32) }];

const NO_LEVEL: Payloads['reach-level'] = { id: 'handle', run: 1, limit: { kind: 'work_day', amount: 5 }, level: 1 };

/** Another unit of the office than the one in charge. */
export const OTHER_UNIT = unitId('roadworks');
const UNITS = [team.unit, OTHER_UNIT];
export const ABOVE = [unitId('office'), unitId('district')];

const taskOf = ({ state }: Scene): string => state.tasks.at(-1)?.id ?? 'none';

/** A right payload and the texts that come along, for an item that stands like this. */
const usual: { readonly [Name in CommandName]: { payload: (scene: Scene) => Payloads[Name]; texts: string[] } } = {
  submit: {
    payload: () => ({ channel: 'hotline', kind: 'complaint', area: 'grid-1', peopleAffected: 3 }),
    texts: ['title', 'words'],
  },
  register: {
    payload: () => ({
      category: 'water',
      urgency: 'ordinary',
      limit: { kind: 'work_day', amount: 5 },
      skills: ['plumbing'],
      needs: [{ id: 'n1', kind: 'machine', unit: 'piece', amount: 2 }],
    }),
    texts: [],
  },
  verify: {
    payload: ({ state }) => (state.at === 'verifying' ? { outcome: 'exists' } : {}),
    texts: ['result'],
  },
  refuse: { payload: () => ({ ground: 'no_substance' }), texts: ['reason', 'told'] },
  redirect: { payload: () => ({ channel: 'court' }), texts: ['told'] },
  split: {
    payload: () => ({
      parts: [
        { kind: 'complaint', peopleAffected: 2 },
        { kind: 'advice', peopleAffected: 1 },
        { kind: 'help', peopleAffected: 7 },
      ],
    }),
    texts: ['reason', 'title', 'title.2', 'title.3'],
  },
  withdraw: { payload: () => ({ voluntary: 'yes' }), texts: ['reason'] },
  void: { payload: () => ({}), texts: ['reason'] },
  amend: { payload: () => ({ peopleAffected: 30 }), texts: ['reason'] },
  merge: { payload: () => ({ into: primary.id }), texts: ['reason'] },
  absorb: { payload: () => ({}), texts: [] },
  unmerge: { payload: () => ({}), texts: ['reason'] },
  'settle-on-the-spot': { payload: () => ({ evidence }), texts: [] },
  'start-matching': { payload: () => ({}), texts: [] },
  reserve: { payload: () => ({ need: 'n1', resource: resource.id, amount: 2 }), texts: [] },
  'confirm-reservation': {
    payload: ({ state: { reservations } }) => (reservations[0] ? { reservation: reservations[0].id } : {}),
    texts: [],
  },
  release: { payload: () => ({}), texts: [] },
  block: { payload: () => ({ blocker: 'NO_RESOURCE' }), texts: ['reason'] },
  unblock: { payload: () => ({}), texts: [] },
  assign: { payload: () => ({ team: team.id }), texts: [] },
  dispatch: { payload: () => ({}), texts: [] },
  sign: { payload: () => ({}), texts: [] },
  return: { payload: () => ({ basis: 'duty_list', properUnit: OTHER_UNIT }), texts: ['reason'] },
  decline: { payload: () => ({}), texts: ['reason'] },
  arbitrate: {
    payload: ({ state }) => ({ request: state.requests[0]?.id ?? 'none', unit: OTHER_UNIT, basis: 'ruling' }),
    texts: ['reason'],
  },
  contact: { payload: () => ({ means: 'phone' }), texts: [] },
  'start-work': { payload: () => ({}), texts: [] },
  'report-progress': { payload: () => ({}), texts: ['note'] },
  'open-task': { payload: () => ({ unit: OTHER_UNIT }), texts: ['reason'] },
  'answer-task': { payload: (scene) => ({ task: taskOf(scene), answer: 'done' }), texts: ['result'] },
  'request-extension': { payload: () => ({ amount: 3 }), texts: ['reason'] },
  'request-suspension': { payload: () => ({ ground: 'season', reviewDays: 30 }), texts: ['reason'] },
  resume: { payload: () => ({}), texts: ['reason'] },
  whistle: { payload: () => ({ unit: OTHER_UNIT, ground: 'emergency' }), texts: ['reason'] },
  'answer-whistle': { payload: (scene) => ({ task: taskOf(scene), answer: 'done' }), texts: ['result'] },
  'rate-whistle': { payload: (scene) => ({ task: taskOf(scene), rating: 'good' }), texts: ['reason'] },
  'join-project': { payload: () => ({ project: 'p1', part: 'lighting', reviewDays: 30 }), texts: ['reason'] },
  'leave-project': { payload: ({ state }) => ({ project: state.links[0]?.project ?? 'none' }), texts: ['reason'] },
  'hand-in': { payload: () => ({ evidence }), texts: ['result'] },
  'draw-check': { payload: () => ({}), texts: ['reason'] },
  check: { payload: () => ({ outcome: 'pass' }), texts: ['reason'] },
  'draw-call-back': { payload: () => ({}), texts: ['reason'] },
  'call-back': { payload: () => ({ reached: 'reached', solved: 'yes', satisfied: 'very' }), texts: [] },
  'submit-review': { payload: () => ({}), texts: [] },
  review: { payload: () => ({ closureType: 'solved' }), texts: ['reason'] },
  rework: { payload: () => ({}), texts: ['reason'] },
  reopen: { payload: () => ({}), texts: ['reason'] },
  'force-close': { payload: () => ({}), texts: ['reason'] },
  archive: { payload: () => ({}), texts: [] },
  override: { payload: () => ({ rule: 'extension-exceeded' }), texts: ['reason'] },
  grant: { payload: ({ state }) => ({ request: state.requests[0]?.id ?? 'none' }), texts: [] },
  'refuse-request': { payload: ({ state }) => ({ request: state.requests[0]?.id ?? 'none' }), texts: ['reason'] },
  'correct-calendar': { payload: () => ({}), texts: [] },
  'reach-level': {
    payload({ state, at }) {
      const [next] = [...state.owed, ...state.clocks.flatMap((clock) => passedLevels(clock, at))];
      const { id, run, limit, level } = next ?? NO_LEVEL;
      return { id, run, limit, level };
    },
    texts: [],
  },
};

/** What a commit would have read for this command, and no more: so `touches` is tried along the way. */
function factsFor(scene: Scene, person: string | undefined, name: CommandName, payload: object | undefined): Facts {
  const touched = touches(scene.plan, scene.state, payload ? { name, payload } : { name });
  const held = scene.state.reservations.reduce((sum, { amount }) => sum + amount, 0);
  return {
    ...(person ? { grants: grantsOf(person) } : {}),
    ...(touched.team ? { team: touched.team === team.id ? team : null } : {}),
    ...(touched.resource
      ? { resource: touched.resource === resource.id ? { ...resource, reserved: resource.reserved + held } : null }
      : {}),
    ...(touched.primary ? { primary: touched.primary === primary.id ? primary : null } : {}),
    ...(touched.search ? { lacking: 'NO_RESOURCE' as const } : {}),
    ...(touched.unit ? { unit: UNITS.includes(touched.unit) ? touched.unit : null } : {}),
    ...(touched.above ? { above: ABOVE } : {}),
    ...(touched.category ? { catalogue: catalogueOf(touched.category.code) } : {}),
    ...(touched.ofStreet ? { ofStreet: true } : {}),
    ...(touched.calendar ? { calendar } : {}),
    ...(touched.draws ? { eligible: [userId(touched.draws), userId(`${touched.draws}-2`)] } : {}),
  };
}

export function personOf(scene: Scene, by: By): string | undefined {
  if (typeof by === 'string') return by === 'system' ? undefined : by;
  const drawn = scene.state.drawn.find(([, duty]) => duty === by.drawn);
  return drawn ? drawn[0] : `nobody-drawn-as-${by.drawn}`;
}

function sourceOf({ name, by, source }: Step): { source?: ItemId } {
  if (source === null) return {};
  if (source !== undefined) return { source };
  return name === 'absorb' && by === 'system' ? { source: itemId('secondary') } : {};
}

/** The command as `decide` gets it; without its payload when somebody only asks. */
export function commandOf(scene: Scene, given: Step, known = true): Command {
  const person = personOf(scene, given.by);
  const command: Command = {
    name: given.name,
    texts: given.texts ?? usual[given.name].texts,
    actor: person ? { kind: 'person', user: userId(person) } : { kind: 'system' },
    at: instant(scene.at + (given.after ?? 10 * MINUTE)),
    receivedAt: instant(scene.at + (given.after ?? 10 * MINUTE) - (given.waited ?? 0)),
    seed: scene.head,
    ...sourceOf(given),
  };
  return known
    ? { ...command, payload: given.payload ?? usual[given.name].payload({ ...scene, at: command.at }) }
    : command;
}

function judged(scene: Scene, given: Step, known: boolean): { command: Command; decision: Decision } {
  const command = commandOf(scene, given, known);
  const facts = factsFor(scene, personOf(scene, given.by), given.name, command.payload);
  return { command, decision: decide(scene.plan, scene.state, command, { ...facts, ...given.facts }) };
}

/** The answer to a command that is given. */
export const decision = (scene: Scene, given: Step): Decision => judged(scene, given, true).decision;

/** The answer to somebody who only asks whether they may. */
export const advice = (scene: Scene, given: Step): Decision => judged(scene, given, false).decision;

/** A decision as one word: `→ place`, `asked` when another person has to decide, or the code of the refusal. */
export function told(answer: Decision): string {
  if (!answer.ok) return answer.refusal.code;
  return answer.events.some(({ type }) => type === 'requested') ? 'asked' : `→ ${answer.to}`;
}

/** Frozen through and through, so that a rule which changes its arguments throws. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

export function begin(plan: Plan = order, at = parseInstant('2026-03-02T09:00:00+08:00')): Scene {
  return { plan, state: frozen(newItem(plan)), at, head: GENESIS, records: [], timed: [] };
}

/** The scene after these commands. @throws Error when one of them is refused. */
export function play(scene: Scene, ...steps: Step[]): Scene {
  return steps.reduce((now, next) => {
    const { command, decision: answer } = judged(now, next, true);
    if (!answer.ok) throw new Error(`${next.name} in ${now.state.at} was refused: ${JSON.stringify(answer.refusal)}`);
    const events = frozen(answer.events);
    return {
      plan: now.plan,
      state: frozen(evolve(now.state, events)),
      at: command.at,
      head: contentHash([now.head, events]),
      records: [...now.records, events],
      timed: [...now.timed, { at: command.at, events }],
    };
  }, scene);
}

/** `given(scene).when(step).answers('→ signed')`, or the refusal's code. */
export function given(scene: Scene): { when(next: Step): { answers(expected: string): void } } {
  return { when: (next) => ({ answers: (expected) => expect(told(decision(scene, next))).toBe(expected) }) };
}
