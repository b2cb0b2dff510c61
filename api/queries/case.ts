import type { z } from 'zod';
import { commands } from '../../domain/commands/vocabulary.ts';
import type { Text } from '../../domain/process/definition.ts';
import { type ItemState, placeOf, uncovered } from '../../domain/process/state.ts';
import { formatInstant } from '../../domain/time.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { OfficeKey } from '../../record/seal.ts';
import { openTexts } from '../../record/texts.ts';
import type { CaseView } from '../contract/items.ts';
import { shown } from '../mask.ts';
import { stateTitles, titleIn } from './definitions.ts';
import type { ReadableCase } from './reading.ts';

type View = z.output<typeof CaseView>;

/** A case as it stands. */
export async function viewCase(tx: OfficeTransaction, key: OfficeKey, readable: ReadableCase): Promise<View> {
  const { item, receivedAt, area, submittedBy } = readable;
  const { state, plan, planHash } = item;
  const entered = (await openTexts(tx, key, [item.id], null)).filter(({ rev }) => rev === 1);
  return {
    id: item.id,
    code: item.code,
    rev: state.rev,
    head: item.head,
    episode: state.episode,
    state: { id: state.at, title: titleIn(await stateTitles(tx, planHash), state.at) },
    stage: placeOf(plan, state).stage,
    labels: labelsOf(state),
    receivedAt: formatInstant(receivedAt),
    area,
    submittedBy,
    texts: Object.fromEntries(entered.map(({ name, value }) => [name, shown(name, value)])),
    ...besides(state),
    definition: { id: plan.id, version: plan.version, hash: planHash },
  };
}

function besides(state: ItemState): Pick<View, Beside> {
  return {
    fields: state.fields,
    needs: state.needs.map((need) => ({ ...need, covered: need.amount - uncovered(state, need) })),
    skills: state.skills,
    candidates: state.candidates ?? null,
    reservations: state.reservations,
    lead: state.lead ?? null,
    clocks: state.clocks.map(({ id, due, limit, provisional }) => ({
      id,
      due: due === null ? null : formatInstant(due),
      limit,
      provisional,
    })),
    drawn: state.drawn.map(([user, duty]) => ({ user, duty })),
    requests: state.requests,
    counts: state.counts,
  };
}
type Beside =
  | 'fields'
  | 'needs'
  | 'skills'
  | 'candidates'
  | 'reservations'
  | 'lead'
  | 'clocks'
  | 'drawn'
  | 'requests'
  | 'counts';

/** What runs beside the work and is no place of its own: open requests, whistles without an answer, projects. */
export function labelsOf({ requests, tasks, links }: Pick<ItemState, 'requests' | 'tasks' | 'links'>): {
  code: string;
  title: Text;
}[] {
  const whistled = tasks.some(({ kind, answered }) => kind === 'whistle' && !answered);
  return [
    ...requests.map(({ command }) => {
      const { zh, en } = commands[command].title;
      return { code: `${command}_review`, title: { zh: `${zh}审批`, en: `${en}: asked, not decided` } };
    }),
    ...(whistled ? [{ code: 'escalated', title: { zh: '吹哨/上报', en: 'whistle not answered' } }] : []),
    ...(links.length > 0 ? [{ code: 'in_project', title: { zh: '纳入项目', en: 'served by a project' } }] : []),
  ];
}
