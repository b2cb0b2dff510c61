import type { CaseBody } from '../../../stack/story-client.ts';
import { LIT } from '../../support/people.ts';
import type { Random } from './random.ts';

/** What a person does next with a case; nothing when it is the workflow's turn. */
export interface Step {
  user: string;
  command: string;
  body: object;
}

/** A demand as it is brought in: with needs or without, for teams with much room and little. */
export function newDemand(random: Random): { user: string; body: object } {
  const body = {
    channel: 'grid',
    kind: 'help',
    area: 'QL-G1',
    peopleAffected: 1 + random.below(90),
    title: `楼道灯 ${random.below(1_000_000)}`,
    words: '从一楼到六楼的灯都不亮。',
    ...(random.chance(0.5) ? { reporterName: '张某某', reporterPhone: `138000${10_000 + random.below(40)}` } : {}),
  };
  return { user: random.pick(['grid1', 'intake1', 'grid2']), body };
}

const evidence = [{ kind: 'photo', sha256: LIT.sha256 }];

const demands = [
  { skills: ['electrical'], team: ['T03', 'T07'], lamps: true },
  { skills: ['patrol'], team: ['T05'], lamps: false },
  { skills: ['tutoring'], team: ['T06'], lamps: false },
] as const;

function register(random: Random): object {
  const { skills, lamps } = random.pick(demands);
  const needs = lamps ? [{ id: 'lamps', kind: 'goods', unit: 'piece', amount: 1 + random.below(2) }] : [];
  const limit = { kind: 'work_day', amount: 1 + random.below(5) };
  return { category: 'municipal', urgency: 'ordinary', limit, skills, needs };
}

type Ways = (view: CaseBody, random: Random) => Step | undefined;

const step = (user: string, command: string, body: object = {}): Step => ({ user, command, body });
const reason = { reason: '现场情况有变' };

/** Nobody need take these: the workflow does. Somebody may, now and then. */
const byHand = (random: Random, taken: Step): Step | undefined => (random.chance(0.05) ? taken : undefined);

const drawn = (view: CaseBody, duty: string): string =>
  view.drawn.findLast((one) => one.duty === duty)?.user ?? 'duty1';

const ways: Record<string, Ways> = {
  submitted: (_view, random) => {
    if (random.chance(0.04)) return step('intake1', 'settle-on-the-spot', { evidence });
    if (random.chance(0.04))
      return step('intake2', 'refuse', { ground: 'outside_area', ...reason, told: '已告知所属街道' });
    return step(random.pick(['intake1', 'intake2']), 'register', register(random));
  },
  registered: (_view, random) => byHand(random, step('match1', 'start-matching')),
  matching: (view, random) => {
    const need = view.needs.find(({ amount, covered }) => covered < amount);
    if (need) return step('match1', 'reserve', { need: need.id, resource: 'R05', amount: need.amount - need.covered });
    const { team = ['T05'] } = demands.find(({ skills }) => view.skills.includes(skills[0])) ?? {};
    if (!view.lead?.active) return step('dispatch1', 'assign', { team: random.pick(team) });
    return byHand(random, step('dispatch1', 'dispatch'));
  },
  dispatched: () => step('clerk3', 'sign'),
  signed: () => step('case3', 'contact', { means: 'phone' }),
  contacted: (_view, random) => byHand(random, step('case3', 'start-work')),
  in_progress: () => step('case3', 'hand-in', { evidence, result: '已更换' }),
  handled: (_view, random) => byHand(random, step('duty1', 'draw-check')),
  rework: () => step('case3', 'start-work'),
  checking: (view, random) => {
    if (view.fields['check'] !== undefined) return byHand(random, step('duty1', 'draw-call-back'));
    const failed = random.chance(0.15);
    return step(drawn(view, 'checker'), 'check', failed ? { outcome: 'fail', ...reason } : { outcome: 'pass' });
  },
  callback: (view, random) => {
    if (view.fields['callback'] !== undefined) return byHand(random, step('duty1', 'submit-review'));
    const body = { reached: 'reached', solved: random.pick(['yes', 'partly']), satisfied: 'yes' };
    return step(drawn(view, 'caller'), 'call-back', body);
  },
  closure_review: (view, random) => {
    if (random.chance(0.1)) return step('review1', 'rework', reason);
    const partly = view.fields['solved'] === 'partly';
    const closure = partly ? { closureType: 'partly_solved', remainder: '其余楼层的灯' } : { closureType: 'solved' };
    return step(random.pick(['review1', 'review2']), 'review', closure);
  },
  reopened: (view, random) =>
    view.fields['limitKind'] === undefined ? step('intake1', 'register', register(random)) : undefined,
};

const ENDED = ['closed', 'withdrawn', 'not_accepted'];

/** Whether nobody has to do anything about it any more; now and then somebody wants it reopened. */
export function isOver(view: CaseBody): boolean {
  return ENDED.includes(view.state.id) && view.requests.length === 0;
}

export function nextStep(view: CaseBody, random: Random): Step | undefined {
  const [request] = view.requests;
  if (request)
    return random.chance(0.8)
      ? step('supervise1', 'grant', { request: request.id })
      : step('supervise1', 'refuse-request', { request: request.id, ...reason });
  if (ENDED.includes(view.state.id)) return random.chance(0.15) ? step('inspect1', 'reopen', reason) : undefined;
  if (random.chance(0.01)) return step('intake1', 'withdraw', { voluntary: 'yes', ...reason });
  return ways[view.state.id]?.(view, random);
}

/** Somebody who has no part in this command, or another one than was drawn. */
export const bystanders = ['audit1', 'reporter1', 'clerk2', 'review2', 'finance1'];
