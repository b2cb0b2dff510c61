import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CommandName, commandNames } from '../../../domain/commands/vocabulary.ts';
import { evolve, type ItemEvent } from '../../../domain/process/events.ts';
import { nextSystemStep } from '../../../domain/process/next-system-step.ts';
import { holds } from '../../../domain/process/permission.ts';
import { newItem, uncovered } from '../../../domain/process/state.ts';
import { DAY, MINUTE } from '../../../domain/time.ts';
import { levelKey, levelsReached } from '../../support/levels.ts';
import { closed } from './places.ts';
import {
  begin,
  type By,
  decision,
  frozen,
  order,
  play,
  resource,
  type Scene,
  type Step,
  step,
  SUIT_ALL,
} from './scene.ts';

/** Other payloads than the usual one, so that walks leave the one road. */
const variants: { readonly [Name in CommandName]?: Step[] } = {
  reserve: [step('matcher', 'reserve', { payload: { need: 'n1', resource: resource.id, amount: 1 } })],
  check: [step({ drawn: 'checker' }, 'check', { payload: { outcome: 'fail' } })],
  'call-back': [step({ drawn: 'caller' }, 'call-back', { payload: { reached: 'no_answer' } })],
  review: [step('closure_reviewer', 'review', { payload: { closureType: 'explained' } })],
  block: [step('matcher', 'block', { payload: { blocker: 'NO_PLAN' } })],
};

function givers(name: CommandName): By[] {
  const own = order.transitions.filter(({ command }) => command === name);
  const drawn = own.flatMap((transition) => (transition.drawn ? [{ drawn: transition.drawn }] : []));
  const roles =
    name === 'grant' || name === 'refuse-request'
      ? ['supervisor', 'leader', 'dispatcher']
      : own.flatMap((transition) => transition.roles);
  return ['system', ...drawn, ...new Set(roles), SUIT_ALL];
}

const tries: Step[] = commandNames.flatMap((name) => [
  ...givers(name).map((by) => step(by, name)),
  ...(variants[name] ?? []),
]);

const PAUSES = [MINUTE, MINUTE, DAY, 8 * DAY, 40 * DAY];
const turns = fc.array(fc.tuple(fc.nat(1_000_000), fc.nat(PAUSES.length - 1)), { minLength: 20, maxLength: 60 });

/** Commands that end an item or undo work are taken now and then only: else no walk would come far. */
const RARE: CommandName[] = [
  'refuse',
  'redirect',
  'verify',
  'settle-on-the-spot',
  'merge',
  'split',
  'withdraw',
  'void',
  'force-close',
  'amend',
  'release',
  'block',
  'return',
  'decline',
  'override',
  'report-progress',
  'open-task',
  'whistle',
  'rate-whistle',
  'join-project',
];

function choose(legal: Step[], choice: number): Step | undefined {
  const usual = legal.filter(({ name }) => !RARE.includes(name));
  const open = choice % 12 === 0 || usual.length === 0 ? legal : usual;
  const names = [...new Set(open.map(({ name }) => name))];
  const name = names[Math.floor(choice / 12) % Math.max(1, names.length)];
  const same = open.filter((given) => given.name === name);
  return same[Math.floor(choice / 1000) % Math.max(1, same.length)];
}

/** Every scene of one random walk over legal commands; it ends early where nothing is legal any more. */
function walk(choices: readonly (readonly [number, number])[]): Scene[] {
  let scene = begin();
  const scenes = [scene];
  for (const [choice, pause] of choices) {
    const [after, here] = [PAUSES[pause] ?? MINUTE, scene];
    const legal = tries.map((given) => ({ ...given, after })).filter((given) => decision(here, given).ok);
    const chosen = choose(legal, choice);
    if (!chosen) break;
    scene = play(scene, chosen);
    scenes.push(scene);
  }
  return scenes;
}

const walks = fc.sample(turns, { seed: 42, numRuns: 300 }).map(walk);
const everywhere = walks.flat();
const lasts = walks.flatMap((scenes) => scenes.slice(-1));

/** What the system does on its own from here, until it sleeps or would repeat itself. */
function settled(scene: Scene): Scene {
  const next = nextSystemStep(scene.plan, scene.state, scene.at, [], []);
  if (!('step' in next) || next.step.kind !== 'level') return scene;
  const { id, run, limit, level } = next.step.level;
  return settled(play(scene, step('system', 'reach-level', { after: 0, payload: { id, run, limit, level } })));
}

const eventsOf = (scene: Scene): ItemEvent[] => scene.records.flat();

describe('over random walks of legal commands', () => {
  test('the walks come to every place and see requests, levels, releases and second episodes', () => {
    expect([...new Set(everywhere.map(({ state }) => state.at))].sort()).toEqual(
      order.states.map(({ id }) => id).sort(),
    );
    const seen = new Set(lasts.flatMap(eventsOf).map(({ type }) => type));
    expect(
      ['requested', 'request-closed', 'episode-begun', 'level-reached', 'released'].filter(
        (type) => !seen.has(type as never),
      ),
    ).toEqual([]); // a list of names against names
  });

  test('one applied command is one revision', () => {
    expect(everywhere.filter(({ state, records }) => state.rev !== records.length)).toEqual([]);
  });

  test('the state is always plain JSON: written and read again it is the same', () => {
    for (const { state } of everywhere) expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
  });

  test('an item stands at a place of its plan, since a revision it has had', () => {
    const places = order.states.map(({ id }) => id);
    expect(everywhere.filter(({ state }) => !places.includes(state.at) || state.entered > state.rev)).toEqual([]);
  });

  test('the fold of all records from the start is the state', () => {
    for (const { state, records } of lasts) expect(records.reduce(evolve, newItem(order))).toEqual(state);
  });

  test('nothing leaves the archive', () => {
    const left = walks.flatMap((scenes) => {
      const archived = scenes.findIndex(({ state }) => state.at === 'archived');
      return archived < 0 ? [] : scenes.slice(archived).filter(({ state }) => state.at !== 'archived');
    });
    expect(left).toEqual([]);
  });

  test('a terminal place is left to the archive or, with a new episode, by a granted reopening', () => {
    const terminal = order.states.filter((state) => state.terminal).map(({ id }) => id);
    const steps = walks.flatMap((scenes) => scenes.slice(1).map((after, at) => ({ before: scenes[at], after })));
    const left = steps.filter(
      ({ before, after }) => before && terminal.includes(before.state.at) && before.state.at !== after.state.at,
    );
    const wrong = left.filter(({ before, after }) => {
      const granted = after.records
        .at(-1)
        ?.some((event) => event.type === 'request-closed' && event.outcome === 'granted');
      const again =
        after.state.at === 'reopened' && granted && after.state.episode === Number(before?.state.episode) + 1;
      return after.state.at !== 'archived' && !again;
    });
    expect(left.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  test('nobody ever holds two duties that a separation keeps apart', () => {
    const both = lasts.flatMap(({ state }) =>
      order.separation.flatMap(({ duties }) =>
        state.duties.filter(([user]) => duties.filter((duty) => holds(state, user, duty)).length > 1),
      ),
    );
    expect(both).toEqual([]);
  });

  test('no need is ever covered beyond its amount', () => {
    const beyond = everywhere.filter(({ state }) => state.needs.some((need) => uncovered(state, need) < 0));
    expect(beyond).toEqual([]);
  });

  test('an archived item holds nothing and no clock of it runs', () => {
    const archived = lasts.filter(({ state }) => state.at === 'archived');
    expect(archived.length).toBeGreaterThan(0);
    expect(
      archived.filter(({ state }) => state.reservations.length > 0 || state.lead?.active || state.clocks.length > 0),
    ).toEqual([]);
  });

  test('every level that passed while its clock ran is recorded once', () => {
    for (const scene of lasts.map(settled)) {
      const events = eventsOf(scene);
      const told = events.flatMap((event) => (event.type === 'level-reached' ? [levelKey(event.level)] : []));
      expect(told.sort()).toEqual(levelsReached(scene.timed, scene.at).sort());
    }
  });

  test('one duty has at most one drawn person', () => {
    const twice = everywhere.filter(
      ({ state }) => new Set(state.drawn.map(([, duty]) => duty)).size !== state.drawn.length,
    );
    expect(twice).toEqual([]);
  });

  test('at most one request of a kind is open', () => {
    const twice = everywhere.filter(
      ({ state }) => new Set(state.requests.map(({ command }) => command)).size !== state.requests.length,
    );
    expect(twice).toEqual([]);
  });
});

describe('evolve', () => {
  test('leaves its arguments as they were', () => {
    const before = frozen(structuredClone(closed().state));
    evolve(before, frozen([{ type: 'moved', to: 'archived' }]));
    expect(before).toEqual(closed().state);
  });

  test('of a record without events only counts the revision', () => {
    const { state } = closed();
    expect(evolve(state, [])).toEqual({ ...state, rev: state.rev + 1 });
  });

  test('sets the place and the revision at which it was entered', () => {
    const { state } = closed();
    expect(evolve(state, [{ type: 'moved', to: 'archived' }])).toMatchObject({
      at: 'archived',
      entered: state.rev + 1,
    });
  });

  test.each<[string, ItemEvent[], object]>([
    [
      'counts',
      [{ type: 'counted', name: 'returns' }],
      { counts: { returns: 1, extensions: 0, reworks: 0, callTries: 0 } },
    ],
    [
      'sets a count back',
      [
        { type: 'counted', name: 'callTries' },
        { type: 'count-reset', name: 'callTries' },
      ],
      { counts: { returns: 0, extensions: 0, reworks: 0, callTries: 0 } },
    ],
    [
      'forgets a field',
      [
        { type: 'field-set', name: 'a', value: 1 },
        { type: 'field-set', name: 'b', value: 2 },
        { type: 'field-cleared', name: 'a' },
      ],
      { fields: { b: 2 } },
    ],
    ['ends no lead where there is none', [{ type: 'lead-ended', team: 'pipes' as never }], newItem(order)], // any team
  ])('%s', (_title, events, expected) => {
    expect(evolve(newItem(order), events)).toMatchObject({ ...expected, rev: 1 });
  });
});
