import type { CommandName, Payloads } from '../../domain/commands/vocabulary.ts';
import { type ItemId, resourceId, teamId } from '../../domain/ids.ts';
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

export function submission(random: Random): Extract<Wish, { name: 'submit' }> {
  const payload = { ...D01.submit, area: random.chance(0.02) ? 'nowhere' : random.pick(AREAS) };
  const user = random.pick(['grid1', 'grid2', 'intake1', 'reporter1', 'reporter2']);
  return { user, name: 'submit', payload, texts: { title: '楼道灯全坏' } };
}

function registration(random: Random): Payloads['register'] {
  const needs = random.chance(0.25)
    ? []
    : [{ id: 'lamps', kind: 'goods', unit: random.chance(0.05) ? 'whale' : 'piece', amount: 1 + random.below(3) }];
  const limit = random.pick<Payloads['register']['limit']>([
    { kind: 'work_day', amount: 2 },
    { kind: 'work_hour', amount: 3 },
    { kind: 'urgent_hour', amount: 2 },
    { kind: 'natural_day', amount: 1 },
  ]);
  return { ...D01.register, limit, needs, skills: random.chance(0.05) ? ['diving'] : ['electrical'] };
}

function inMatching(state: ItemState, random: Random): Wish {
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
  const said = reached === 'reached' ? { solved: 'yes' as const, satisfied: 'very' as const } : {};
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

/** What the people whose turn it is would do, at times by hand what the system is about to do. */
export function sensible(state: ItemState, random: Random): Wish {
  if (random.chance(0.02)) return withdrawal();
  switch (state.at) {
    case 'submitted':
      if (random.chance(0.05)) return wish('intake1', 'refuse', { ground: 'outside_area' }, 'reason');
      if (random.chance(0.05)) return wish('intake1', 'settle-on-the-spot', PHOTO);
      return wish(random.pick(['intake1', 'intake2']), 'register', registration(random));
    case 'registered':
    case 'reopened':
      return state.fields['limitKind'] === undefined
        ? wish('intake1', 'register', registration(random))
        : wish('match1', 'start-matching', {});
    case 'matching':
      return inMatching(state, random);
    case 'merged':
      return random.chance(0.2)
        ? wish('dispatch1', 'unmerge', {})
        : wish('review1', 'review', { closureType: 'solved' });
    case 'dispatched':
      return wish(random.pick(['clerk1', 'clerk2']), 'sign', {});
    case 'signed':
      return wish(random.pick(['case1', 'case2']), 'contact', { means: 'phone' });
    case 'contacted':
    case 'rework':
      return wish(random.pick(['case1', 'case2']), 'start-work', {});
    case 'in_progress':
      return wish(random.pick(['case1', 'case2']), 'hand-in', random.chance(0.05) ? NO_PHOTO : PHOTO, 'result');
    case 'handled':
      return wish('duty1', 'draw-check', {});
    case 'checking':
      return inChecking(state, random);
    case 'callback':
      return inCallBack(state, random);
    case 'closure_review':
      return random.chance(0.15)
        ? wish('review1', 'rework', {}, 'reason')
        : wish(random.pick(['review1', 'review2', 'match1']), 'review', { closureType: 'solved' });
    default:
      return afterTheEnd(state, random);
  }
}

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
  'registered',
  'matching',
  'dispatched',
  'signed',
  'contacted',
  'in_progress',
  'handled',
  'rework',
  'checking',
  'callback',
  'closure_review',
  'closed',
  'archived',
  'merged',
];
