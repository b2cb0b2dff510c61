import type { Limit } from '../../domain/clock/due.ts';
import type { CommandName, Payloads } from '../../domain/commands/vocabulary.ts';
import { type ItemId, resourceId, teamId, unitId } from '../../domain/ids.ts';
import { type ItemState, uncovered } from '../../domain/process/state.ts';
import { photoOf } from '../../stack/photo.ts';
import { D01 } from '../support/people.ts';
import type { Random } from './random.ts';

/** What somebody wants to do next, and who. */
export type Wish = {
  [Name in CommandName]: { user: string; name: Name; payload: Payloads[Name]; texts: Record<string, string> };
}[CommandName];

function wish<Name extends CommandName>(user: string, name: Name, payload: Payloads[Name], ...words: string[]): Wish {
  const texts = Object.fromEntries(words.map((word) => [word, '情况属实']));
  return { user, name, payload, texts } as Wish; // name and payload go together
}

const AREAS = ['QL-G1', 'QL', 'NT-G2'];
const PHOTO = D01['hand-in'];
/** Named without having been brought. */
const NO_PHOTO: Payloads['hand-in'] = { evidence: [{ kind: 'photo', sha256: photoOf('never brought').sha256 }] };
const PIECES = ['R05', 'R05', 'R05', 'R09', 'R10', 'R14'];
const TEAMS = ['T03', 'T03', 'T07', 'T07', 'T05'];

export function submission(random: Random, known?: string): Extract<Wish, { name: 'submit' }> {
  const area = random.chance(0.02) ? 'nowhere' : random.pick(AREAS);
  const payload = { ...D01.submit, area: known ?? area };
  const user = random.pick(['grid1', 'grid2', 'intake1', 'reporter1', 'reporter2']);
  return { user, name: 'submit', payload, texts: { title: '楼道灯全坏' } };
}

function registration(random: Random): Payloads['register'] {
  const needs = random.chance(0.25)
    ? []
    : [{ id: 'lamps', kind: 'goods', unit: random.chance(0.05) ? 'whale' : 'piece', amount: 1 + random.below(3) }];
  const limit = random.pick<Limit>([
    { kind: 'work_day', amount: 2 },
    { kind: 'work_hour', amount: 3 },
    { kind: 'urgent_hour', amount: 2 },
    { kind: 'natural_day', amount: 1 },
  ]);
  return { ...D01.register, limit, needs, skills: random.chance(0.05) ? ['diving'] : ['electrical'] };
}

function atIntake(random: Random): Wish {
  if (random.chance(0.05)) return wish('intake1', 'refuse', { ground: 'outside_area' }, 'reason', 'told');
  if (random.chance(0.03)) return wish('intake1', 'redirect', { channel: 'court' }, 'told');
  if (random.chance(0.05)) return wish('intake1', 'settle-on-the-spot', PHOTO);
  if (random.chance(0.05)) return wish('intake1', 'verify', {});
  if (random.chance(0.06)) return splitting(random);
  return wish(random.pick(['intake1', 'intake2']), 'register', registration(random));
}

/** One hearing, several matters. */
function splitting(random: Random): Wish {
  const parts = Array.from({ length: 2 + random.below(2) }, () => ({ kind: 'help', peopleAffected: 1 }));
  return wish('intake1', 'split', { parts }, 'reason', 'title', 'title.2', 'title.3');
}

function inMatching(state: ItemState, random: Random): Wish {
  if (state.at === 'pending_resource' && random.chance(0.4)) return wish('match1', 'unblock', {});
  if (random.chance(0.06))
    return wish('match1', 'block', { blocker: random.pick(['NO_RESOURCE', 'NO_TEAM', 'NO_PLAN']) }, 'reason');
  if (state.reservations.length > 0 && random.chance(0.1)) return wish('match1', 'confirm-reservation', {});
  const open = state.needs.find((need) => uncovered(state, need) > 0);
  const held = state.reservations[0];
  if (held && random.chance(0.05)) return wish('match1', 'release', random.chance(0.5) ? {} : { reservation: held.id });
  if (open && random.chance(0.85)) {
    const amount = 1 + random.below(uncovered(state, open));
    return wish('match1', 'reserve', { need: open.id, resource: resourceId(random.pick(PIECES)), amount });
  }
  if (state.lead?.active && !open && random.chance(0.6)) return wish('dispatch1', 'dispatch', {});
  return wish(random.pick(['dispatch1', 'match1']), 'assign', { team: teamId(random.pick(TEAMS)) });
}

function drawn(state: ItemState, duty: string): string {
  return state.drawn.find(([, held]) => held === duty)?.[0] ?? 'inspect1';
}

function inChecking(state: ItemState, random: Random): Wish {
  if (state.fields['check'] !== undefined) return wish('duty1', 'draw-call-back', {});
  if (random.chance(0.1)) return wish('supervise1', 'draw-check', {}, 'reason');
  const fails = random.chance(0.2);
  return wish(drawn(state, 'checker'), 'check', { outcome: fails ? 'fail' : 'pass' }, ...(fails ? ['reason'] : []));
}

function inCallBack(state: ItemState, random: Random): Wish {
  if (state.fields['callback'] !== undefined) return wish('duty1', 'submit-review', {});
  if (random.chance(0.1)) return wish('supervise1', 'draw-call-back', {}, 'reason');
  const reached = random.chance(0.25) ? 'no_answer' : 'reached';
  const solved = random.chance(0.15) ? ('partly' as const) : ('yes' as const);
  const said = reached === 'reached' ? { solved, satisfied: 'very' as const } : {};
  return wish(drawn(state, 'caller'), 'call-back', { reached, ...said });
}

function afterTheEnd(state: ItemState, random: Random): Wish {
  const [request] = state.requests;
  const decider = random.pick(['supervise1', 'supervise2', 'review1', 'inspect1']);
  if (request)
    return random.chance(0.75)
      ? wish(decider, 'grant', { request: request.id })
      : wish(decider, 'refuse-request', { request: request.id }, 'reason');
  return random.chance(0.5) ? wish('match1', 'release', {}) : wish('inspect1', 'reopen', {}, 'reason');
}

/** Two demands about the same thing: one goes into the other. */
export function merging(into: ItemId): Wish {
  return wish('dispatch1', 'merge', { into }, 'reason');
}

export function withdrawal(): Wish {
  return wish('intake1', 'withdraw', { voluntary: 'yes' }, 'reason');
}

/** Some units have no clerk and no caseworker of their own; one of each is there for all of them. */
const ofUnit = (role: 'clerk' | 'case', { lead }: ItemState, random: Random): string =>
  random.chance(0.1) ? `${role}2` : `${role}${lead?.unit === 'YX-YJ' && random.chance(0.5) ? 1 : 3}`;
const POWER = unitId('X-GD');

function inDispatch(state: ItemState, random: Random): Wish {
  if (random.chance(0.1))
    return wish(
      ofUnit('clerk', state, random),
      'return',
      { basis: 'duty_list', properUnit: unitId('YX-PA') },
      'reason',
    );
  return wish(ofUnit('clerk', state, random), 'sign', {});
}

function atWork(state: ItemState, random: Random): Wish {
  const [task] = state.tasks.filter(({ answer }) => answer === null);
  const [link] = state.links;
  if (task && random.chance(0.7))
    return task.kind === 'whistle'
      ? wish('liaison2', 'answer-whistle', { task: task.id, answer: 'done' }, 'result')
      : wish(ofUnit('clerk', state, random), 'answer-task', { task: task.id, answer: 'done' }, 'result');
  if (link && random.chance(0.2)) return wish('supervise1', 'leave-project', { project: link.project }, 'reason');
  if (random.chance(0.65))
    return wish(ofUnit('case', state, random), 'hand-in', random.chance(0.05) ? NO_PHOTO : PHOTO, 'result');
  return random.pick([
    wish(ofUnit('case', state, random), 'report-progress', {}, 'note'),
    wish(ofUnit('case', state, random), 'open-task', { unit: unitId('YX-PA') }, 'reason'),
    wish('supervise1', 'whistle', { unit: POWER, ground: 'emergency' }, 'reason'),
    wish(ofUnit('clerk', state, random), 'request-extension', { amount: 1 + random.below(9) }, 'reason'),
    wish(
      ofUnit('clerk', state, random),
      'request-suspension',
      { ground: 'season', reviewDays: 1 + random.below(99) },
      'reason',
    ),
    wish(
      ofUnit('clerk', state, random),
      'join-project',
      { project: 'P01', part: 'lamps', reviewDays: 1 + random.below(60) },
      'reason',
    ),
  ]);
}

type Next = (state: ItemState | undefined) => Wish;
const open = (state: ItemState | undefined): string => state?.requests[0]?.id ?? 'none';
const last = (state: ItemState | undefined): string => state?.tasks.at(-1)?.id ?? 'none';

/** Everything beside the work once, from the registration on; the workflow's moves come between. */
export const besideTheWork: readonly Next[] = [
  () => wish('intake1', 'register', { ...D01.register, needs: [] }),
  () => wish('dispatch1', 'assign', { team: teamId('T03') }),
  () => wish('clerk1', 'return', { basis: 'duty_list', properUnit: POWER }, 'reason'),
  (state) => wish('dispatch1', 'grant', { request: open(state) }),
  () => wish('dispatch1', 'assign', { team: teamId('T07') }),
  () => wish('clerk3', 'return', { basis: 'duty_list', properUnit: unitId('YX-YJ') }, 'reason'),
  (state) => wish('leader1', 'arbitrate', { request: open(state), unit: POWER, basis: 'ruling' }, 'reason'),
  () => wish('clerk3', 'sign', {}),
  () => wish('case3', 'contact', { means: 'phone' }),
  () => wish('case3', 'open-task', { unit: unitId('YX-PA') }, 'reason'),
  (state) => wish('clerk3', 'answer-task', { task: last(state), answer: 'done' }, 'result'),
  () => wish('supervise1', 'whistle', { unit: POWER, ground: 'emergency' }, 'reason'),
  (state) => wish('liaison2', 'answer-whistle', { task: last(state), answer: 'partly' }, 'result'),
  (state) => wish('supervise1', 'rate-whistle', { task: last(state), rating: 'poor', again: 'yes' }, 'reason'),
  (state) => wish('liaison2', 'answer-whistle', { task: last(state), answer: 'done' }, 'result'),
  () => wish('clerk3', 'request-extension', { amount: 3 }, 'reason'),
  (state) => wish('supervise1', 'grant', { request: open(state) }),
  () => wish('clerk3', 'request-suspension', { ground: 'season', reviewDays: 3 }, 'reason'),
  (state) => wish('supervise1', 'grant', { request: open(state) }),
  (state) => wish('leader1', 'grant', { request: open(state) }),
  () => wish('supervise1', 'resume', {}, 'reason'),
  () => wish('clerk3', 'join-project', { project: 'P01', part: 'lamps', reviewDays: 9 }, 'reason'),
  () => wish('case3', 'hand-in', PHOTO, 'result'), // what was asked lapses
];

/** Whoever decides what is asked, at times somebody who may not. */
function decides(state: ItemState, random: Random): Wish | undefined {
  const [open] = state.requests;
  if (!open || !random.chance(0.4)) return undefined;
  const user = random.pick(['dispatch1', 'supervise1', 'supervise2', 'leader1', 'duty2', 'review2']);
  if (open.ruling && random.chance(0.9)) {
    const unit = random.chance(0.5) ? POWER : (state.lead?.unit ?? POWER);
    return wish(user, 'arbitrate', { request: open.id, unit, basis: 'ruling' }, 'reason');
  }
  return random.chance(0.75)
    ? wish(user, 'grant', { request: open.id })
    : wish(user, 'refuse-request', { request: open.id }, 'reason');
}

/** What the people whose turn it is would do, at times by hand what the system is about to do. */
export function sensible(state: ItemState, random: Random): Wish {
  if (random.chance(0.03)) return anywhere(random);
  const decided = over.includes(state.at) ? undefined : decides(state, random);
  if (decided) return decided;
  switch (state.at) {
    case 'submitted':
      return atIntake(random);
    case 'verifying':
      return wish('grid2', 'verify', { outcome: 'exists' }, 'result');
    case 'registered':
    case 'reopened':
      return state.fields['limitKind'] === undefined
        ? wish('intake1', 'register', registration(random))
        : wish('match1', 'start-matching', {});
    case 'matching':
    case 'pending_resource':
      return inMatching(state, random);
    case 'merged':
      return random.chance(0.2)
        ? wish('dispatch1', 'unmerge', {})
        : wish('review1', 'review', { closureType: 'solved' });
    case 'dispatched':
      return inDispatch(state, random);
    case 'signed':
      return wish(ofUnit('case', state, random), 'contact', { means: 'phone' });
    case 'contacted':
    case 'rework':
      return wish(ofUnit('case', state, random), 'start-work', {});
    case 'in_progress':
      return atWork(state, random);
    case 'suspended':
      return wish('supervise1', 'resume', {}, 'reason');
    case 'handled':
      return wish('duty1', 'draw-check', {});
    case 'checking':
      return inChecking(state, random);
    case 'callback':
      return inCallBack(state, random);
    case 'closure_review':
      return inReview(state, random);
    default:
      return afterTheEnd(state, random);
  }
}

function inReview(state: ItemState, random: Random): Wish {
  if (random.chance(0.15)) return wish('review1', 'rework', {}, 'reason');
  if (random.chance(0.1)) return wish('review1', 'review', { closureType: 'explained' }, 'reason');
  const partly = state.fields['solved'] === 'partly';
  const closureType = partly ? 'partly_solved' : 'solved';
  return wish(random.pick(['review1', 'review2', 'match1']), 'review', { closureType }, 'remainder');
}

/** What may be wished for wherever a case stands: it was taken down wrongly, should not be there, or must end. */
function anywhere(random: Random): Wish {
  return random.pick([
    wish('intake1', 'amend', { area: random.pick([...AREAS, 'nowhere']) }, 'reason'),
    wish('duty1', 'void', {}, 'reason'),
    wish('duty1', 'force-close', {}, 'reason'),
    withdrawal(),
  ]);
}

/** Where a reopening is what is asked: `afterTheEnd` decides it. */
const over = ['closed', 'withdrawn', 'voided', 'not_accepted', 'redirected', 'archived'];

const USERS = ['grid1', 'intake1', 'match1', 'dispatch1', 'clerk1', 'case1', 'duty1', 'inspect1', 'callback1'];
const MORE_USERS = ['review1', 'supervise1', 'reporter1', 'audit1'];

/** What nobody in their right mind would do: any person, any command, any time. */
export function wild(state: ItemState, random: Random): Wish {
  const user = random.pick([...USERS, ...MORE_USERS]);
  const sense = sensible({ ...state, at: random.pick(PLACES) }, random);
  return { ...sense, user: random.chance(0.5) ? user : sense.user };
}

const PLACES = [
  'submitted',
  'verifying',
  'registered',
  'matching',
  'pending_resource',
  'dispatched',
  'signed',
  'contacted',
  'in_progress',
  'suspended',
  'handled',
  'rework',
  'checking',
  'callback',
  'closure_review',
  'closed',
  'archived',
  'merged',
];
