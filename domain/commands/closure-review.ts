import type { Rule } from '../process/context.ts';
import type { Effect } from '../process/effects.ts';
import type { ItemEvent } from '../process/events.ts';
import type { ItemState } from '../process/state.ts';
import { refusal } from '../refusals.ts';
import { begins, mergedElsewhere, parting } from './demand-list.ts';
import { formatDay, formatInstant, shanghaiDay } from '../time.ts';

export interface CheckPayload {
  outcome: 'pass' | 'fail' | 'cannot_check';
}

/** What the resident said; `no_answer` says nothing about the matter and never counts as satisfied. */
export interface CallBackPayload {
  reached: 'reached' | 'refused' | 'no_answer';
  solved?: 'yes' | 'partly' | 'no';
  satisfied?: 'very' | 'yes' | 'basically' | 'no' | 'not_rated';
}

/** How a reviewer may close; the other types are given by their own commands alone. */
export type ClosureType = 'solved' | 'partly_solved' | 'explained' | 'unreasonable' | 'merged';

export interface ReviewPayload {
  closureType: ClosureType;
  /** Where a project does what a partial solution left. */
  project?: string;
}

/** The text that says what a partial solution left: the title of the demand that it becomes. */
const REMAINDER = 'remainder';

/** Calls on this many different days without an answer settle the call-back as unreached. */
const CALL_TRIES = 3;

export const check: Rule<'check'> = {
  events: (_context, payload) => [{ type: 'field-set', name: 'check', value: payload.outcome }],
};

export const callBack: Rule<'call-back'> = {
  refuse({ state, command }) {
    const today = formatDay(shanghaiDay(command.at));
    return state.fields['lastCallDay'] === today ? refusal('same-day-call', { day: today }) : undefined;
  },
  events({ state, command }, payload) {
    if (payload.reached !== 'no_answer')
      return [...answers(payload), { type: 'field-set', name: 'callback', value: payload.reached }];
    const tried: ItemEvent[] = [
      { type: 'counted', name: 'callTries' },
      { type: 'field-set', name: 'lastCallDay', value: formatDay(shanghaiDay(command.at)) },
    ];
    const last = state.counts.callTries + 1 >= CALL_TRIES;
    return last ? [...tried, { type: 'field-set', name: 'callback', value: 'unreached' }] : tried;
  },
};

function answers(payload: CallBackPayload): ItemEvent[] {
  const said = { solved: payload.solved, satisfied: payload.satisfied };
  return Object.entries(said).flatMap(([name, value]) =>
    value === undefined ? [] : [{ type: 'field-set' as const, name, value }],
  );
}

/** What the resident or the check says must bear the type out. */
function fits(closureType: ClosureType, { fields }: ItemState): boolean {
  const { check: checked, solved, mergedInto } = fields;
  switch (closureType) {
    case 'solved':
      return solved === undefined ? checked === 'pass' : solved === 'yes';
    case 'merged':
      return mergedInto !== undefined;
    case 'partly_solved':
    case 'explained':
    case 'unreasonable':
      return true;
    default:
      return closureType satisfies never;
  }
}

/** A partial solution names what is left: a new demand, or a project that does it. */
function leavesOpen({ closureType, project }: ReviewPayload): boolean {
  return closureType === 'partly_solved' && project === undefined;
}

export const review: Rule<'review'> = {
  refuse({ state, command: { payload, texts } }) {
    if (!payload) return undefined;
    const { closureType, project } = payload;
    if (!fits(closureType, state)) return refusal('closure-unfit', { closureType });
    if (leavesOpen(payload) && !texts.includes(REMAINDER)) return refusal('remainder-missing');
    const linked = project === undefined || state.links.some((link) => link.project === project);
    return linked ? undefined : refusal('not-linked', { project });
  },
  events: ({ state }, { closureType, project }) => [
    { type: 'field-set', name: 'closureType', value: closureType },
    ...(project === undefined ? [] : [{ type: 'field-set' as const, name: 'remainderProject', value: project }]),
    ...parting(state),
  ],
  effects: ({ state, command }, payload) => [
    ...callBackEach(state),
    ...(leavesOpen(payload) ? [begins(state, command.seed, 0, { as: 'remainder', title: REMAINDER })] : []),
  ],
};

export const forceClose: Rule<'force-close'> = {
  events: ({ state }) => [{ type: 'field-set', name: 'closureType', value: 'forced' }, ...parting(state)],
  effects: ({ state }) => callBackEach(state),
};

/** Each item that was merged into this one is called back on its own: its resident is another. */
const callBackEach = ({ absorbed = [] }: ItemState): Effect[] =>
  absorbed.map((item) => ({ item, name: 'draw-call-back', payload: {} }));

const RETENTION = 'retention';

/** What was asked in time may be granted later: the archive waits for it. */
export const reopen: Rule<'reopen'> = {
  refuse({ state, command }) {
    const kept = state.clocks.find(({ id }) => id === RETENTION);
    if (!kept || kept.due === null || command.receivedAt <= kept.due) return undefined;
    return refusal('reopening-too-late', { due: formatInstant(kept.due) });
  },
};

export const drawCallBack: Rule<'draw-call-back'> = { refuse: (context) => mergedElsewhere(context) };
