import { type Photo, photoOf } from '../../stack/photo.ts';
import type { CommandName, Payloads } from '../../domain/commands/vocabulary.ts';
import type { UserId } from '../../domain/ids.ts';
import { type ItemState, uncovered } from '../../domain/process/state.ts';
import { transitionsFrom } from '../../domain/process/transition.ts';
import { DAY, HOUR, type Instant, MINUTE } from '../../domain/time.ts';
import type { Random } from './random.ts';
import { candidatesFor, holdersOf, type World } from './world.ts';

/** What somebody is about to do with a case, when, and who might. */
export interface Intent {
  name: CommandName;
  payload: Payloads[CommandName];
  texts: Record<string, string>;
  /** Whoever of them the rules let. */
  by: UserId[];
  afterMs: number;
}

export interface Demand {
  category: string;
  title: string;
  skill: string;
  need?: { id: string; kind: string; unit: string; most: number };
}

const demands: readonly Demand[] = [
  {
    category: 'municipal',
    title: '楼道灯不亮',
    skill: 'electrical',
    need: { id: 'lamps', kind: 'goods', unit: 'piece', most: 4 },
  },
  {
    category: 'municipal',
    title: '路面积水',
    skill: 'drainage',
    need: { id: 'barriers', kind: 'goods', unit: 'set', most: 6 },
  },
  { category: 'environment', title: '夜间油烟扰民', skill: 'enforcement' },
  { category: 'noise_neighbour', title: '邻里漏水纠纷', skill: 'mediation' },
  { category: 'elderly_disabled', title: '独居老人需要助餐', skill: 'elder_care' },
  {
    category: 'property_housing',
    title: '楼道堆物',
    skill: 'patrol',
    need: { id: 'hands', kind: 'crew', unit: 'person', most: 3 },
  },
  { category: 'policy_consult', title: '低保政策咨询', skill: 'policy_advice' },
];

/** How long people let a case wait in each place, in milliseconds. */
const waits: Readonly<Record<string, readonly [least: number, most: number]>> = {
  submitted: [5 * MINUTE, 8 * HOUR],
  matching: [10 * MINUTE, 12 * HOUR],
  dispatched: [10 * MINUTE, 6 * HOUR],
  signed: [10 * MINUTE, 8 * HOUR],
  in_progress: [HOUR, 5 * DAY],
  rework: [2 * HOUR, 2 * DAY],
  checking: [HOUR, 2 * DAY],
  callback: [25 * HOUR, 60 * HOUR],
  closure_review: [2 * HOUR, 3 * DAY],
  closed: [DAY, 20 * DAY],
};

/** Shares of all cases, or of all steps of a kind. */
const LEFT_LYING = 0.012;
const ON_THE_SPOT = 0.3;
const REFUSED = 0.08;
const WITHDRAWN = 0.01;
const CHECK_FAILS = 0.06;
const NO_ANSWER = 0.15;
const EXPLAINED = 0.1;
const REOPENED = 0.02;

/** How the case of this demand begins. */
export function hearing(world: World, random: Random, residents: number): Omit<Intent, 'afterMs'> & { demand: Demand } {
  const demand = random.pick(demands);
  const area = random.pick(world.areas);
  const payload: Payloads['submit'] = {
    channel: random.pick(['grid', 'hotline', 'visit', 'counter']),
    kind: random.pick(['help', 'complaint', 'advice', 'suggestion']),
    area,
    peopleAffected: random.spread(1, 400),
  };
  const resident = random.whole(1, residents);
  const texts = {
    title: `${area} ${demand.title}`,
    words: `居民反映${demand.title}，已持续${random.whole(1, 30)}天，希望尽快处理。`,
    place: `${area} ${random.whole(1, 40)}栋`,
    reporterName: `居民${resident}`,
    reporterPhone: `139${String(resident).padStart(8, '0')}`,
  };
  return { name: 'submit', payload, texts, by: [], demand };
}

/** What people do next; undefined when they leave the case lying, or it is over. */
export function nextIntent(
  world: World,
  random: Random,
  state: ItemState,
  demand: Demand,
  at: Instant,
): Intent | undefined {
  const [least, most] = waits[state.at] ?? [0, 0];
  if (most === 0 || random.chance(LEFT_LYING)) return undefined;
  const afterMs = random.spread(least, most);
  if (state.at !== 'submitted' && state.at !== 'closed' && random.chance(WITHDRAWN))
    return withHolders(
      world,
      state,
      at,
      ['withdraw', { voluntary: 'yes' }, { reason: '诉求人表示已自行解决。' }],
      afterMs,
    );
  const said = sayWhat(world, random, state, demand, at);
  return said && withHolders(world, state, at, said, afterMs);
}

type Said = readonly [name: CommandName, payload: Payloads[CommandName], texts?: Record<string, string>];

function sayWhat(world: World, random: Random, state: ItemState, demand: Demand, at: Instant): Said | undefined {
  switch (state.at) {
    case 'submitted':
      return atIntake(random, demand);
    case 'matching':
      return whileMatching(world, random, state, at);
    case 'dispatched':
      return ['sign', {}];
    case 'signed':
      return ['contact', { means: random.pick(['phone', 'visit', 'message'] as const) }];
    case 'in_progress':
      return ['hand-in', { evidence: [photo(random)] }, { result: '已上门处理，居民在场确认。' }];
    case 'rework':
      return ['start-work', {}];
    default:
      return inReview(random, state);
  }
}

function inReview(random: Random, state: ItemState): Said | undefined {
  switch (state.at) {
    case 'checking':
      return random.chance(CHECK_FAILS)
        ? ['check', { outcome: 'fail' }, { reason: '现场仍有问题。' }]
        : ['check', { outcome: 'pass' }];
    case 'callback':
      return random.chance(NO_ANSWER)
        ? ['call-back', { reached: 'no_answer' }]
        : [
            'call-back',
            { reached: 'reached', solved: 'yes', satisfied: random.pick(['very', 'yes', 'basically', 'no'] as const) },
          ];
    case 'closure_review':
      if (state.requests[0]) return ['grant', { request: state.requests[0].id }]; // by a second reviewer
      return random.chance(EXPLAINED)
        ? ['review', { closureType: 'explained' }, { reason: '已向居民说明政策。' }]
        : ['review', { closureType: 'solved' }];
    case 'closed':
      return reopening(random, state);
    default:
      return undefined;
  }
}

function reopening(random: Random, state: ItemState): Said | undefined {
  const [open] = state.requests;
  if (open) return ['grant', { request: open.id }];
  return state.episode === 1 && random.chance(REOPENED) ? ['reopen', {}, { reason: '同一问题再次出现。' }] : undefined;
}

function atIntake(random: Random, demand: Demand): Said {
  if (random.chance(ON_THE_SPOT)) return ['settle-on-the-spot', { evidence: [photo(random)] }];
  if (random.chance(REFUSED))
    return ['refuse', { ground: 'in_procedure' }, { reason: '属于劳动仲裁事项。', told: '已告知仲裁委的地址和电话。' }];
  const { category, skill, need } = demand;
  const payload: Payloads['register'] = {
    category,
    urgency: random.pick(['ordinary', 'ordinary', 'ordinary', 'urgent', 'complex'] as const),
    limit: { kind: 'work_day', amount: random.pick([2, 5, 10, 15]) },
    skills: [skill],
    needs: need ? [{ id: need.id, kind: need.kind, unit: need.unit, amount: random.whole(1, need.most) }] : [],
  };
  return ['register', payload];
}

function whileMatching(world: World, random: Random, state: ItemState, at: Instant): Said {
  const { resources, teams } = candidatesFor(world, state, at);
  const need = state.needs.find((candidate) => uncovered(state, candidate) > 0);
  if (!need) return ['assign', { team: random.pick(teams).team }];
  const amount = uncovered(state, need);
  const enough = resources.filter(({ need: of, free }) => of === need.id && (free === null || free >= amount));
  return ['reserve', { need: need.id, resource: random.pick(enough).resource, amount }];
}

/** Photographs that people bring: as good as any other, and made once. */
export const photos: readonly Photo[] = Array.from({ length: 16 }, (_, n) => photoOf(`photograph ${n}`));

const photo = (random: Random): { kind: string; sha256: string } => ({
  kind: 'photo',
  sha256: random.pick(photos).sha256,
});

/** Whom the definition names for this command in this place: the drawn one, who may grant, or the holders of the roles. */
function withHolders(
  world: World,
  state: ItemState,
  at: Instant,
  [name, payload, texts = {}]: Said,
  afterMs: number,
): Intent {
  const possible = transitionsFrom(world.plan, state, name);
  const duty = possible.find(({ drawn }) => drawn !== undefined)?.drawn;
  const drawn = state.drawn.filter(([, of]) => of === duty).map(([user]) => user);
  const roles = name === 'grant' ? (state.requests[0]?.by ?? []) : possible.flatMap((transition) => transition.roles);
  const by = drawn.length > 0 ? drawn : holdersOf(world, roles, at).map(({ user }) => user);
  return { name, payload, texts, by, afterMs };
}
