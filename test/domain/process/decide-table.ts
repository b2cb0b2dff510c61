import { DAY } from '../../../domain/time.ts';
import {
  arrived,
  asked,
  called,
  closed,
  covered,
  expired,
  later,
  merged,
  passed,
  refused,
  reopened,
  reworked,
  settled,
  withdrawn,
} from './places.ts';
import { beside } from './decide-table-beside.ts';
import { begin, type Scene } from './scene.ts';

/**
 * What is told at a place: per outcome, the commands that get it from the right person with a right payload. Whatever is
 * not named gets `wrong-state`.
 */
export interface Place {
  scene: () => Scene;
  told: Record<string, string>;
}

/** While a reopening is asked, the end of the retention changes nothing. */
const reopeningAsked: Place['told'] = {
  '→ reopened': 'grant',
  '→ closed': 'refuse-request',
  'no-ruling-needed': 'arbitrate',
  'guard-not-met': 'release archive',
  'already-requested': 'reopen',
  'already-recorded': 'reach-level',
};

/** An episode is over and everything is given back. */
const over: Place['told'] = {
  asked: 'reopen',
  'guard-not-met': 'release archive',
  'unknown-request': 'grant refuse-request arbitrate',
  'already-recorded': 'reach-level',
};

/** Every command of the vocabulary at every place of the order, once in each block; a title begins with the state. */
export const table: Record<string, Place> = {
  draft: {
    scene: begin,
    told: {
      '→ submitted': 'submit',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  submitted: {
    scene: () => arrived('submitted'),
    told: {
      '→ registered': 'register',
      '→ not_accepted': 'refuse',
      '→ withdrawn': 'withdraw',
      '→ closed': 'settle-on-the-spot',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  not_accepted: {
    scene: refused,
    told: {
      asked: 'reopen',
      'guard-not-met': 'archive',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  merged: {
    scene: () => merged(),
    told: {
      '→ matching': 'unmerge',
      '→ withdrawn': 'withdraw',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
      'not-permitted': 'draw-call-back',
    },
  },
  registered: {
    scene: () => arrived('registered'),
    told: {
      '→ merged': 'merge',
      '→ registered': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ matching': 'start-matching',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'matching, nothing found yet': {
    scene: () => arrived('matching'),
    told: {
      '→ merged': 'merge',
      '→ withdrawn': 'withdraw',
      '→ matching': 'absorb reserve assign',
      'guard-not-met': 'release dispatch',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'matching, needs covered and a team assigned': {
    scene: covered,
    told: {
      '→ merged': 'merge',
      '→ withdrawn': 'withdraw',
      '→ matching': 'absorb release assign',
      '→ dispatched': 'dispatch',
      'need-exceeded': 'reserve',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  dispatched: {
    scene: () => arrived('dispatched'),
    told: {
      '→ matching': 'decline',
      asked: 'return override',
      '→ dispatched': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ signed': 'sign',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  signed: {
    scene: () => arrived('signed'),
    told: {
      '→ matching': 'decline',
      asked: 'return request-extension override',
      '→ signed': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ contacted': 'contact',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  contacted: {
    scene: () => arrived('contacted'),
    told: {
      asked: 'return',
      '→ contacted': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ in_progress': 'start-work',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  in_progress: {
    scene: () => arrived('in_progress'),
    told: {
      'guard-not-met': 'leave-project',
      'unknown-task': 'answer-task answer-whistle rate-whistle',
      asked: 'return request-extension request-suspension join-project override',
      '→ in_progress': 'report-progress open-task whistle absorb',
      '→ withdrawn': 'withdraw',
      '→ handled': 'hand-in',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'in_progress, past the limit': {
    scene: () => later(arrived('in_progress'), 30 * DAY),
    told: {
      'guard-not-met': 'leave-project',
      asked: 'request-suspension join-project override',
      'asked-too-late': 'request-extension',
      'unknown-task': 'answer-task answer-whistle rate-whistle',
      'window-closed': 'return',
      '→ in_progress': 'report-progress open-task whistle absorb reach-level',
      '→ withdrawn': 'withdraw',
      '→ handled': 'hand-in',
      'unknown-request': 'grant refuse-request arbitrate',
    },
  },
  ...beside,
  handled: {
    scene: () => arrived('handled'),
    told: {
      'unknown-task': 'rate-whistle',
      '→ handled': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ checking': 'draw-check',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'checking, a checker drawn': {
    scene: () => arrived('checking'),
    told: {
      'unknown-task': 'rate-whistle',
      '→ withdrawn': 'withdraw',
      '→ checking': 'absorb draw-check check',
      'guard-not-met': 'draw-call-back',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'checking, passed': {
    scene: passed,
    told: {
      'unknown-task': 'rate-whistle',
      '→ checking': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ callback': 'draw-call-back',
      'guard-not-met': 'draw-check check',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  rework: {
    scene: reworked,
    told: {
      asked: 'request-extension override',
      'unknown-task': 'answer-task answer-whistle rate-whistle',
      '→ rework': 'report-progress open-task whistle absorb',
      '→ withdrawn': 'withdraw',
      '→ in_progress': 'start-work',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'callback, a caller drawn': {
    scene: () => arrived('callback'),
    told: {
      '→ withdrawn': 'withdraw',
      '→ callback': 'absorb draw-call-back call-back',
      'guard-not-met': 'submit-review',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'callback, settled': {
    scene: called,
    told: {
      '→ callback': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ closure_review': 'submit-review',
      'guard-not-met': 'draw-call-back call-back',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  closure_review: {
    scene: () => arrived('closure_review'),
    told: {
      '→ closure_review': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ closed': 'review',
      '→ rework': 'rework',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'closed, things still held': {
    scene: () => arrived('closed'),
    told: {
      '→ closed': 'release',
      'guard-not-met': 'reopen archive',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'closed, everything given back': { scene: closed, told: over },
  'closed on the spot': { scene: settled, told: over },
  'closed, a reopening asked': { scene: asked, told: reopeningAsked },
  'closed, a reopening asked, retention over': { scene: () => expired(asked()), told: reopeningAsked },
  'closed, retention over': {
    scene: () => expired(closed()),
    told: {
      '→ archived': 'archive',
      asked: 'reopen',
      'guard-not-met': 'release',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  withdrawn: { scene: withdrawn, told: over },
  reopened: {
    scene: () => reopened(),
    told: {
      '→ reopened': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ matching': 'start-matching',
      'guard-not-met': 'register',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'reopened, never registered': {
    scene: () => reopened(settled()),
    told: {
      '→ reopened': 'absorb',
      '→ registered': 'register',
      '→ withdrawn': 'withdraw',
      'guard-not-met': 'start-matching',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  archived: {
    scene: () => arrived('archived'),
    told: {
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
};
