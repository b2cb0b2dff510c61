import type { Rule } from '../process/context.ts';
import type { ItemEvent } from '../process/events.ts';
import { refusal } from '../refusals.ts';
import { mergedElsewhere, parting } from './demand-list.ts';
import { formatDay, shanghaiDay } from '../time.ts';

export interface CheckPayload {
  outcome: 'pass' | 'fail';
}

/** What the resident said; `no_answer` says nothing about the matter and never counts as satisfied. */
export interface CallBackPayload {
  reached: 'reached' | 'refused' | 'no_answer';
  solved?: 'yes' | 'partly' | 'no';
  satisfied?: 'very' | 'yes' | 'basically' | 'no' | 'not_rated';
}

export interface ReviewPayload {
  closureType: 'solved' | 'explained';
}

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

/** Each item that was merged into this one is called back on its own: its resident is another. */
export const review: Rule<'review'> = {
  events: ({ state }, payload) => [
    { type: 'field-set', name: 'closureType', value: payload.closureType },
    ...parting(state),
  ],
  effects: ({ state }) => (state.absorbed ?? []).map((item) => ({ item, name: 'draw-call-back', payload: {} })),
};

export const drawCallBack: Rule<'draw-call-back'> = { refuse: (context) => mergedElsewhere(context) };
