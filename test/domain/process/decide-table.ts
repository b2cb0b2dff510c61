import { DAY } from '../../../domain/time.ts';
import {
  arbitrated,
  arrived,
  asked,
  called,
  closed,
  covered,
  expired,
  dispatchedAgain,
  joined,
  joinedTwice,
  later,
  merged,
  passed,
  refused,
  reopened,
  returnAsked,
  reviewDue,
  reworked,
  routed,
  secondReturnAsked,
  settled,
  suspended,
  withdrawn,
} from './places.ts';
import { begin, play, type Scene, step } from './scene.ts';

/** What is told at a place: per outcome, the commands that get it from the right person with a right payload. */
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
  'wrong-state': `
    merge absorb unmerge submit register refuse withdraw settle-on-the-spot start-matching reserve assign dispatch sign contact
    start-work hand-in draw-check check draw-call-back call-back submit-review review rework
  `,
};

/** An episode is over and everything is given back. */
const over: Place['told'] = {
  asked: 'reopen',
  'guard-not-met': 'release archive',
  'unknown-request': 'grant refuse-request arbitrate',
  'already-recorded': 'reach-level',
  'wrong-state': `
    absorb merge unmerge submit register refuse withdraw settle-on-the-spot start-matching reserve assign dispatch sign contact
    start-work hand-in draw-check check draw-call-back call-back submit-review review rework
  `,
};

/** Every command of the vocabulary at every place of the order, once in each block; a title begins with the state. */
export const table: Record<string, Place> = {
  draft: {
    scene: begin,
    told: {
      '→ submitted': 'submit',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
      'wrong-state': `
        absorb merge unmerge register refuse withdraw settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work hand-in draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        absorb merge unmerge submit start-matching reserve release assign dispatch sign contact start-work hand-in draw-check check
        draw-call-back call-back submit-review review rework reopen archive
      `,
    },
  },
  not_accepted: {
    scene: refused,
    told: {
      asked: 'reopen',
      'guard-not-met': 'archive',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
      'wrong-state': `
        absorb merge unmerge submit register refuse withdraw settle-on-the-spot start-matching reserve release assign dispatch sign
        contact start-work hand-in draw-check check draw-call-back call-back submit-review review rework
      `,
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
      'wrong-state': `
        submit register refuse merge absorb settle-on-the-spot start-matching reserve release assign dispatch sign
        contact start-work hand-in draw-check check call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        unmerge submit register refuse settle-on-the-spot reserve release assign dispatch sign contact start-work
        hand-in draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        unmerge submit register refuse settle-on-the-spot start-matching sign contact start-work hand-in draw-check
        check draw-call-back call-back submit-review review rework reopen archive
      `,
    },
  },
  'matching, the catalogue names the team': {
    scene: routed,
    told: {
      '→ merged': 'merge',
      '→ withdrawn': 'withdraw',
      '→ matching': 'absorb reserve assign',
      'guard-not-met': 'release dispatch',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
      'wrong-state': `
        unmerge submit register refuse settle-on-the-spot start-matching sign contact start-work hand-in draw-check
        check draw-call-back call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        unmerge submit register refuse settle-on-the-spot start-matching sign contact start-work hand-in draw-check
        check draw-call-back call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch contact
        start-work hand-in draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign start-work
        hand-in draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        hand-in draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
    },
  },
  suspended: {
    scene: () => suspended(),
    told: {
      '→ withdrawn': 'withdraw',
      '→ suspended': 'absorb report-progress whistle',
      '→ in_progress': 'resume',
      'unknown-task': 'answer-task answer-whistle rate-whistle',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'suspended, the review is due': {
    scene: () => reviewDue(suspended()),
    told: {
      '→ withdrawn': 'withdraw',
      '→ suspended': 'absorb report-progress whistle',
      '→ in_progress': 'resume',
      'unknown-task': 'answer-task answer-whistle rate-whistle',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'dispatched, a return asked': {
    scene: () => returnAsked(),
    told: {
      '→ dispatched': 'absorb refuse-request',
      '→ withdrawn': 'withdraw',
      '→ signed': 'sign',
      '→ matching': 'decline grant',
      asked: 'override',
      'already-requested': 'return',
      'no-ruling-needed': 'arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'dispatched, once returned before': {
    scene: () => dispatchedAgain(),
    told: {
      '→ dispatched': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ signed': 'sign',
      '→ matching': 'decline',
      asked: 'return override',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'dispatched, a second return asked': {
    scene: () => secondReturnAsked(),
    told: {
      '→ dispatched': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ signed': 'sign',
      '→ matching': 'decline arbitrate',
      asked: 'override',
      'already-requested': 'return',
      'ruling-needed': 'grant refuse-request',
      'already-recorded': 'reach-level',
    },
  },
  'dispatched, the returns are arbitrated': {
    scene: () => arbitrated(),
    told: {
      '→ dispatched': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ signed': 'sign',
      '→ matching': 'decline',
      asked: 'override',
      arbitrated: 'return',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'in_progress, a co-task open': {
    scene: () => play(arrived('in_progress'), step('caseworker', 'open-task')),
    told: {
      '→ withdrawn': 'withdraw',
      '→ in_progress': 'absorb report-progress open-task answer-task whistle',
      asked: 'return request-extension request-suspension join-project override',
      'unknown-task': 'answer-whistle rate-whistle',
      'guard-not-met': 'leave-project',
      'open-tasks': 'hand-in',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'in_progress, a whistle blown': {
    scene: () => play(arrived('in_progress'), step('supervisor', 'whistle')),
    told: {
      '→ withdrawn': 'withdraw',
      '→ in_progress': 'absorb report-progress open-task whistle answer-whistle',
      asked: 'return request-extension request-suspension join-project override',
      'unknown-task': 'answer-task',
      'task-not-answered': 'rate-whistle',
      'guard-not-met': 'leave-project',
      'open-tasks': 'hand-in',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'in_progress, a whistle answered': {
    scene: () => play(arrived('in_progress'), step('supervisor', 'whistle'), step('dept_liaison', 'answer-whistle')),
    told: {
      '→ withdrawn': 'withdraw',
      '→ in_progress': 'absorb report-progress open-task whistle rate-whistle',
      '→ handled': 'hand-in',
      asked: 'return request-extension request-suspension join-project override',
      'unknown-task': 'answer-task',
      'task-answered': 'answer-whistle',
      'guard-not-met': 'leave-project',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'in_progress, in a project': {
    scene: () => joined(),
    told: {
      '→ withdrawn': 'withdraw',
      '→ in_progress': 'absorb report-progress open-task whistle leave-project',
      '→ handled': 'hand-in',
      asked: 'return request-extension override',
      'already-linked': 'join-project',
      'guard-not-met': 'request-suspension',
      'unknown-task': 'answer-task answer-whistle rate-whistle',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'in_progress, in two projects': {
    scene: () => joinedTwice(),
    told: {
      '→ withdrawn': 'withdraw',
      '→ in_progress': 'absorb report-progress open-task whistle leave-project',
      '→ handled': 'hand-in',
      asked: 'return request-extension override',
      'already-linked': 'join-project',
      'guard-not-met': 'request-suspension',
      'unknown-task': 'answer-task answer-whistle rate-whistle',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
    },
  },
  'in_progress, a suspension granted by one': {
    scene: () => play(arrived('in_progress'), step('unit_clerk', 'request-suspension'), step('leader', 'grant')),
    told: {
      '→ withdrawn': 'withdraw',
      '→ in_progress': 'absorb report-progress open-task whistle refuse-request',
      '→ suspended': 'grant',
      '→ handled': 'hand-in',
      asked: 'return request-extension join-project override',
      'already-requested': 'request-suspension',
      'no-ruling-needed': 'arbitrate',
      'guard-not-met': 'leave-project',
      'unknown-task': 'answer-task answer-whistle rate-whistle',
      'already-recorded': 'reach-level',
    },
  },
  handled: {
    scene: () => arrived('handled'),
    told: {
      'unknown-task': 'rate-whistle',
      '→ handled': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ checking': 'draw-check',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work hand-in check draw-call-back call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work hand-in call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work hand-in call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        hand-in draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work hand-in draw-check check review rework reopen archive
      `,
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
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work hand-in draw-check check review rework reopen archive
      `,
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
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work hand-in draw-check check draw-call-back call-back submit-review reopen archive
      `,
    },
  },
  'closed, things still held': {
    scene: () => arrived('closed'),
    told: {
      '→ closed': 'release',
      'guard-not-met': 'reopen archive',
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
      'wrong-state': `
        absorb merge unmerge submit register refuse withdraw settle-on-the-spot start-matching reserve assign dispatch sign contact
        start-work hand-in draw-check check draw-call-back call-back submit-review review rework
      `,
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
      'wrong-state': `
        absorb merge unmerge submit register refuse withdraw settle-on-the-spot start-matching reserve assign dispatch sign contact
        start-work hand-in draw-check check draw-call-back call-back submit-review review rework
      `,
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
      'wrong-state': `
        merge unmerge submit refuse settle-on-the-spot reserve release assign dispatch sign contact start-work hand-in
        draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
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
      'wrong-state': `
        merge unmerge submit refuse settle-on-the-spot reserve release assign dispatch sign contact start-work hand-in
        draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
    },
  },
  archived: {
    scene: () => arrived('archived'),
    told: {
      'unknown-request': 'grant refuse-request arbitrate',
      'already-recorded': 'reach-level',
      'wrong-state': `
        absorb merge unmerge submit register refuse withdraw settle-on-the-spot start-matching reserve release assign dispatch sign
        contact start-work hand-in draw-check check draw-call-back call-back submit-review review rework reopen
        archive
      `,
    },
  },
};
