import type { z } from 'zod';
import { amendable } from '../../domain/commands/demand-list.ts';
import { besides, labelOf } from '../../domain/process/labels.ts';
import { type ItemState, placeOf, uncovered } from '../../domain/process/state.ts';
import { formatInstant } from '../../domain/time.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { OfficeKey } from '../../record/seal.ts';
import { progressCodeOf } from '../../record/receipt.ts';
import { openTexts } from '../../record/texts.ts';
import type { CaseView } from '../contract/items.ts';
import { shown } from '../mask.ts';
import { labelName } from '../words/labels.ts';
import { stateTitles, titleIn } from './definitions.ts';
import type { ReadableCase } from './reading.ts';

type View = z.output<typeof CaseView>;

/** A case as it stands. */
export async function viewCase(tx: OfficeTransaction, key: OfficeKey, readable: ReadableCase): Promise<View> {
  const { item, receivedAt, area, submittedBy } = readable;
  const { state, plan, planHash } = item;
  const texts = await openTexts(tx, key, [item.id], null);
  const entered = texts.filter(({ rev, name }) => rev === 1 || amendable.includes(name)); // in the order of their records
  return {
    id: item.id,
    code: item.code,
    rev: state.rev,
    head: item.head,
    episode: state.episode,
    state: { id: state.at, title: titleIn(await stateTitles(tx, planHash), state.at) },
    stage: placeOf(plan, state).stage,
    labels: besides(state).map((beside) => ({ code: labelOf(beside), title: labelName(beside) })),
    receivedAt: formatInstant(receivedAt),
    area,
    submittedBy,
    progressCode: progressCodeOf(key, item.id),
    texts: Object.fromEntries(entered.map(({ name, value }) => [name, shown(name, value)])),
    ...parts(state),
    definition: { id: plan.id, version: plan.version, hash: planHash },
  };
}

function parts(state: ItemState): Pick<View, Part> {
  return {
    fields: state.fields,
    needs: state.needs.map((need) => ({ ...need, covered: need.amount - uncovered(state, need) })),
    skills: state.skills,
    candidates: state.candidates ?? null,
    blocked: state.blocked ?? [],
    reservations: state.reservations.map((held) => ({ ...held, confirmed: held.confirmed === true })),
    lead: state.lead ?? null,
    clocks: state.clocks.map(({ id, due, limit, provisional }) => ({
      id,
      due: due === null ? null : formatInstant(due),
      limit,
      provisional,
    })),
    parts: state.parts ?? [],
    absorbed: state.absorbed ?? [],
    drawn: state.drawn.map(([user, duty]) => ({ user, duty })),
    requests: state.requests.map(
      ({ payload, receivedAt, ruling, clock: _clock, outside: _outside, barred: _barred, ...rest }) => ({
        ...rest,
        asked: { ...payload },
        receivedAt: formatInstant(receivedAt),
        ruling: ruling === true,
      }),
    ),
    tasks: state.tasks,
    milestones: state.milestones,
    links: state.links,
    overrides: state.overrides,
    counts: state.counts,
  };
}
type Part =
  | 'fields'
  | 'needs'
  | 'skills'
  | 'candidates'
  | 'blocked'
  | 'reservations'
  | 'parts'
  | 'absorbed'
  | 'lead'
  | 'clocks'
  | 'drawn'
  | 'requests'
  | 'tasks'
  | 'milestones'
  | 'links'
  | 'overrides'
  | 'counts';
