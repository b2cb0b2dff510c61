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
import { begin, type Scene } from './scene.ts';

/** What is told at a place: per outcome, the commands that get it from the right person with a right payload. */
export interface Place {
  scene: () => Scene;
  told: Record<string, string>;
}

/** While a reopening is asked, the end of the retention changes nothing. */
const reopeningAsked: Place['told'] = {
  '→ reopened': 'grant',
  '→ closed': 'refuse-request',
  'guard-not-met': 'release archive',
  'already-requested': 'reopen',
  'already-recorded': 'reach-level correct-calendar',
  'wrong-state': `
    merge absorb unmerge submit register refuse withdraw settle-on-the-spot start-matching reserve assign dispatch sign contact
    start-work hand-in draw-check check draw-call-back call-back submit-review review rework
  `,
};

/** An episode is over and everything is given back. */
const over: Place['told'] = {
  asked: 'reopen',
  'guard-not-met': 'release archive',
  'unknown-request': 'grant refuse-request',
  'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
      'wrong-state': `
        unmerge submit register refuse settle-on-the-spot start-matching sign contact start-work hand-in draw-check
        check draw-call-back call-back submit-review review rework reopen archive
      `,
    },
  },
  dispatched: {
    scene: () => arrived('dispatched'),
    told: {
      '→ dispatched': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ signed': 'sign',
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch contact
        start-work hand-in draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
    },
  },
  signed: {
    scene: () => arrived('signed'),
    told: {
      '→ signed': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ contacted': 'contact',
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign start-work
        hand-in draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
    },
  },
  contacted: {
    scene: () => arrived('contacted'),
    told: {
      '→ contacted': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ in_progress': 'start-work',
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        hand-in draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
    },
  },
  in_progress: {
    scene: () => arrived('in_progress'),
    told: {
      '→ in_progress': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ handled': 'hand-in',
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
    },
  },
  'in_progress, past the limit': {
    scene: () => later(arrived('in_progress'), 30 * DAY),
    told: {
      '→ in_progress': 'absorb reach-level',
      'already-recorded': 'correct-calendar',
      '→ withdrawn': 'withdraw',
      '→ handled': 'hand-in',
      'unknown-request': 'grant refuse-request',
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
    },
  },
  handled: {
    scene: () => arrived('handled'),
    told: {
      '→ handled': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ checking': 'draw-check',
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work hand-in check draw-call-back call-back submit-review review rework reopen archive
      `,
    },
  },
  'checking, a checker drawn': {
    scene: () => arrived('checking'),
    told: {
      '→ withdrawn': 'withdraw',
      '→ checking': 'absorb draw-check check',
      'guard-not-met': 'draw-call-back',
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work hand-in call-back submit-review review rework reopen archive
      `,
    },
  },
  'checking, passed': {
    scene: passed,
    told: {
      '→ checking': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ callback': 'draw-call-back',
      'guard-not-met': 'draw-check check',
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
      'wrong-state': `
        merge unmerge submit register refuse settle-on-the-spot start-matching reserve release assign dispatch sign contact
        start-work hand-in call-back submit-review review rework reopen archive
      `,
    },
  },
  rework: {
    scene: reworked,
    told: {
      '→ rework': 'absorb',
      '→ withdrawn': 'withdraw',
      '→ in_progress': 'start-work',
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
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
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
      'wrong-state': `
        merge unmerge submit refuse settle-on-the-spot reserve release assign dispatch sign contact start-work hand-in
        draw-check check draw-call-back call-back submit-review review rework reopen archive
      `,
    },
  },
  archived: {
    scene: () => arrived('archived'),
    told: {
      'unknown-request': 'grant refuse-request',
      'already-recorded': 'reach-level correct-calendar',
      'wrong-state': `
        absorb merge unmerge submit register refuse withdraw settle-on-the-spot start-matching reserve release assign dispatch sign
        contact start-work hand-in draw-check check draw-call-back call-back submit-review review rework reopen
        archive
      `,
    },
  },
};
