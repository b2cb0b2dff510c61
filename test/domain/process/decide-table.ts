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
  routed,
  settled,
  withdrawn,
} from './places.ts';
import { beside } from './decide-table-beside.ts';
import { offRoad } from './decide-table-off-road.ts';
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
      'unknown-request': 'arbitrate grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
  submitted: {
    scene: () => arrived('submitted'),
    told: {
      '→ verifying': 'verify',
      '→ registered': 'register',
      '→ not_accepted': 'refuse',
      '→ redirected': 'redirect',
      '→ submitted': 'split amend',
      '→ withdrawn': 'withdraw',
      '→ closed': 'settle-on-the-spot',
      asked: 'void',
      'unknown-request': 'arbitrate grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
  not_accepted: {
    scene: refused,
    told: {
      asked: 'reopen',
      'unknown-request': 'arbitrate grant refuse-request',
      'guard-not-met': 'archive',
      'already-recorded': 'reach-level',
    },
  },
  merged: {
    scene: () => merged(),
    told: {
      '→ matching': 'unmerge',
      '→ withdrawn': 'withdraw',
      'unknown-request': 'arbitrate grant refuse-request',
      'not-permitted': 'draw-call-back',
      'already-recorded': 'reach-level',
    },
  },
  registered: {
    scene: () => arrived('registered'),
    told: {
      '→ merged': 'merge',
      '→ registered': 'absorb split amend',
      '→ withdrawn': 'withdraw',
      '→ matching': 'start-matching',
      asked: 'void force-close',
      'unknown-request': 'arbitrate grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
  'matching, nothing found yet': {
    scene: () => arrived('matching'),
    told: {
      '→ merged': 'merge',
      '→ matching': 'absorb split amend reserve assign',
      '→ withdrawn': 'withdraw',
      '→ pending_resource': 'block',
      asked: 'void force-close',
      'already-confirmed': 'confirm-reservation',
      'guard-not-met': 'release dispatch',
      'unknown-request': 'arbitrate grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
  'matching, the catalogue names the team': {
    scene: routed,
    told: {
      '→ merged': 'merge',
      '→ matching': 'absorb split amend reserve assign',
      '→ withdrawn': 'withdraw',
      '→ pending_resource': 'block',
      asked: 'void force-close',
      'already-confirmed': 'confirm-reservation',
      'guard-not-met': 'release dispatch',
      'unknown-request': 'arbitrate grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
  'matching, needs covered and a team assigned': {
    scene: covered,
    told: {
      '→ merged': 'merge',
      '→ matching': 'absorb split amend confirm-reservation release assign',
      '→ withdrawn': 'withdraw',
      '→ pending_resource': 'block',
      '→ dispatched': 'dispatch',
      asked: 'void force-close',
      'need-exceeded': 'reserve',
      'unknown-request': 'arbitrate grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
  dispatched: {
    scene: () => arrived('dispatched'),
    told: {
      '→ merged': 'merge',
      '→ dispatched': 'absorb amend',
      '→ withdrawn': 'withdraw',
      '→ signed': 'sign',
      '→ matching': 'decline',
      asked: 'void return force-close override',
      'guard-not-met': 'unblock',
      'unknown-request': 'arbitrate grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
  signed: {
    scene: () => arrived('signed'),
    told: {
      '→ merged': 'merge',
      '→ signed': 'absorb amend',
      '→ withdrawn': 'withdraw',
      '→ matching': 'decline',
      '→ contacted': 'contact',
      asked: 'void return request-extension force-close override',
      'guard-not-met': 'unblock',
      'unknown-request': 'arbitrate grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
  contacted: {
    scene: () => arrived('contacted'),
    told: {
      '→ merged': 'merge',
      '→ contacted': 'absorb amend',
      '→ withdrawn': 'withdraw',
      '→ in_progress': 'start-work',
      asked: 'void return force-close',
      'guard-not-met': 'unblock',
      'unknown-request': 'arbitrate grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
  in_progress: {
    scene: () => arrived('in_progress'),
    told: {
      '→ merged': 'merge',
      '→ in_progress': 'absorb amend report-progress open-task whistle',
      '→ withdrawn': 'withdraw',
      '→ handled': 'hand-in',
      asked: 'void return request-extension request-suspension join-project force-close override',
      'guard-not-met': 'unblock leave-project',
      'unknown-request': 'arbitrate grant refuse-request',
      'unknown-task': 'answer-task answer-whistle rate-whistle',
      'already-recorded': 'reach-level',
    },
  },
  'in_progress, past the limit': {
    scene: () => later(arrived('in_progress'), 30 * DAY),
    told: {
      '→ merged': 'merge',
      '→ in_progress': 'absorb amend report-progress open-task whistle reach-level',
      '→ withdrawn': 'withdraw',
      '→ handled': 'hand-in',
      asked: 'void request-suspension join-project force-close override',
      'guard-not-met': 'unblock leave-project',
      'window-closed': 'return',
      'unknown-request': 'arbitrate grant refuse-request',
      'unknown-task': 'answer-task answer-whistle rate-whistle',
      'asked-too-late': 'request-extension',
    },
  },
  ...beside,
  ...offRoad,
  handled: {
    scene: () => arrived('handled'),
    told: {
      '→ handled': 'absorb amend',
      '→ withdrawn': 'withdraw',
      '→ checking': 'draw-check',
      asked: 'void force-close',
      'unknown-request': 'arbitrate grant refuse-request',
      'unknown-task': 'rate-whistle',
      'already-recorded': 'reach-level',
    },
  },
  'checking, a checker drawn': {
    scene: () => arrived('checking'),
    told: {
      '→ checking': 'absorb amend draw-check check',
      '→ withdrawn': 'withdraw',
      asked: 'void force-close',
      'unknown-request': 'arbitrate grant refuse-request',
      'unknown-task': 'rate-whistle',
      'guard-not-met': 'draw-call-back',
      'already-recorded': 'reach-level',
    },
  },
  'checking, passed': {
    scene: passed,
    told: {
      '→ checking': 'absorb amend',
      '→ withdrawn': 'withdraw',
      '→ callback': 'draw-call-back',
      asked: 'void force-close',
      'unknown-request': 'arbitrate grant refuse-request',
      'unknown-task': 'rate-whistle',
      'guard-not-met': 'draw-check check',
      'already-recorded': 'reach-level',
    },
  },
  rework: {
    scene: reworked,
    told: {
      '→ merged': 'merge',
      '→ rework': 'absorb amend report-progress open-task whistle',
      '→ withdrawn': 'withdraw',
      '→ in_progress': 'start-work',
      asked: 'void request-extension force-close override',
      'guard-not-met': 'unblock',
      'unknown-request': 'arbitrate grant refuse-request',
      'unknown-task': 'answer-task answer-whistle rate-whistle',
      'already-recorded': 'reach-level',
    },
  },
  'callback, a caller drawn': {
    scene: () => arrived('callback'),
    told: {
      '→ callback': 'absorb amend draw-call-back call-back',
      '→ withdrawn': 'withdraw',
      asked: 'void force-close',
      'unknown-request': 'arbitrate grant refuse-request',
      'guard-not-met': 'submit-review',
      'already-recorded': 'reach-level',
    },
  },
  'callback, settled': {
    scene: called,
    told: {
      '→ callback': 'absorb amend',
      '→ withdrawn': 'withdraw',
      '→ closure_review': 'submit-review',
      asked: 'void force-close',
      'unknown-request': 'arbitrate grant refuse-request',
      'guard-not-met': 'draw-call-back call-back',
      'already-recorded': 'reach-level',
    },
  },
  closure_review: {
    scene: () => arrived('closure_review'),
    told: {
      '→ closure_review': 'absorb amend',
      '→ withdrawn': 'withdraw',
      '→ closed': 'review',
      '→ rework': 'rework',
      asked: 'void force-close',
      'unknown-request': 'arbitrate grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
  'closed, things still held': {
    scene: () => arrived('closed'),
    told: {
      '→ closed': 'release',
      'unknown-request': 'arbitrate grant refuse-request',
      'guard-not-met': 'reopen archive',
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
      'guard-not-met': 'release',
      'unknown-request': 'arbitrate grant refuse-request',
      'reopening-too-late': 'reopen',
      'already-recorded': 'reach-level',
    },
  },
  withdrawn: { scene: withdrawn, told: over },
  reopened: {
    scene: () => reopened(),
    told: {
      '→ reopened': 'absorb amend',
      '→ withdrawn': 'withdraw',
      '→ matching': 'start-matching',
      asked: 'void force-close',
      'guard-not-met': 'register',
      'unknown-request': 'arbitrate grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
  'reopened, never registered': {
    scene: () => reopened(settled()),
    told: {
      '→ registered': 'register',
      '→ reopened': 'absorb amend',
      '→ withdrawn': 'withdraw',
      asked: 'void force-close',
      'guard-not-met': 'start-matching',
      'unknown-request': 'arbitrate grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
  archived: {
    scene: () => arrived('archived'),
    told: {
      'unknown-request': 'arbitrate grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
};
