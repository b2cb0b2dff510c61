import type { UnitId } from '../ids.ts';
import { clockIn } from '../process/clocks.ts';
import type { Context, Rule } from '../process/context.ts';
import type { Task } from '../process/state.ts';
import { refusal, type Refusal } from '../refusals.ts';
import type { Evidence } from './demand-list.ts';
import { unknownUnit } from './team-assignment.ts';

/** What shows that the work was done; the files themselves are known by their SHA-256. */
export interface HandInPayload {
  evidence: Evidence[];
}

/** How far the work has come; a milestone is reached with the evidence that it asks for. */
export interface ReportProgressPayload {
  milestone?: string;
  evidence?: Evidence[];
}

/** What another unit is to do. */
export interface OpenTaskPayload {
  unit: UnitId;
}

export type TaskAnswer = 'done' | 'partly' | 'not_ours';
export interface AnswerTaskPayload {
  task: string;
  answer: TaskAnswer;
}

/** What a department is called for. */
export interface WhistlePayload {
  unit: UnitId;
  ground: 'public_complaint' | 'joint_enforcement' | 'emergency';
}

export type TaskRating = 'good' | 'fair' | 'poor';
/** How the side that whistled finds the answer; after a poor one it may whistle again, which is the next round. */
export interface RateWhistlePayload {
  task: string;
  rating: TaskRating;
  again?: 'yes';
}

/** By how much longer, in the kind of the limit. */
export interface RequestExtensionPayload {
  amount: number;
}

export interface RequestSuspensionPayload {
  ground: 'no_funds' | 'legacy' | 'law_gap' | 'season' | 'court';
  /** Days from the grant to the review. */
  reviewDays: number;
}

/** Which part of the demand which project serves. */
export interface JoinProjectPayload {
  project: string;
  part: string;
  /** Days from the grant to the review. */
  reviewDays: number;
}

export interface LeaveProjectPayload {
  project: string;
}

export const handIn: Rule<'hand-in'> = {
  refuse({ state, command: { payload } }) {
    if (!payload) return undefined;
    const tasks = state.tasks.filter(({ answer }) => answer === null).map(({ id }) => id);
    if (tasks.length > 0) return refusal('open-tasks', { tasks });
    const milestones = state.milestones.filter(({ reached }) => !reached).map(({ id }) => id);
    return milestones.length > 0 ? refusal('open-milestones', { milestones }) : undefined;
  },
};

export const reportProgress: Rule<'report-progress'> = {
  refuse({ state, command: { payload } }) {
    if (payload?.milestone === undefined) return undefined;
    const milestone = state.milestones.find(({ id, reached }) => id === payload.milestone && !reached);
    if (!milestone) return refusal('unknown-milestone', { milestone: payload.milestone });
    const given = (payload.evidence ?? []).map(({ kind }) => kind);
    const missing = milestone.evidence.find((kind) => !given.includes(kind));
    return missing === undefined ? undefined : refusal('evidence-missing', { kind: missing });
  },
  events: (_context, { milestone }) => (milestone === undefined ? [] : [{ type: 'milestone-reached', id: milestone }]),
};

const newTask = (rev: number, kind: Task['kind'], unit: UnitId): Task => ({
  id: `t${rev + 1}`,
  kind,
  unit,
  round: 1,
  answer: null,
  rating: null,
});

export const openTask: Rule<'open-task'> = {
  refuse: ({ command: { payload }, facts }) => (payload ? unknownUnit(facts.unit, payload.unit) : undefined),
  events: ({ state }, { unit }) => [{ type: 'task-opened', task: newTask(state.rev, 'co-task', unit) }],
};

export const whistle: Rule<'whistle'> = {
  refuse: ({ command: { payload }, facts }) => (payload ? unknownUnit(facts.unit, payload.unit) : undefined),
  events: ({ state }, { unit }) => [{ type: 'task-opened', task: newTask(state.rev, 'whistle', unit) }],
};

export const answerTask: Rule<'answer-task'> = {
  refuse: (context) => notOpen(context, 'co-task'),
  events: (_context, { task, answer }) => [{ type: 'task-answered', id: task, answer }],
};

export const answerWhistle: Rule<'answer-whistle'> = {
  refuse: (context) => notOpen(context, 'whistle'),
  events: (_context, { task, answer }) => [{ type: 'task-answered', id: task, answer }],
};

function notOpen(
  { state, command: { payload } }: Context<'answer-task' | 'answer-whistle'>,
  kind: Task['kind'],
): Refusal | undefined {
  if (!payload) return undefined;
  const task = state.tasks.find((one) => one.id === payload.task && one.kind === kind);
  if (!task) return refusal('unknown-task', { task: payload.task });
  return task.answer === null ? undefined : refusal('task-answered', { task: task.id });
}

/** Only the answer is rated, and once; a poor one may be followed by another round. */
export const rateWhistle: Rule<'rate-whistle'> = {
  refuse({ state, command: { payload } }) {
    if (!payload) return undefined;
    const task = state.tasks.find(({ id, kind }) => id === payload.task && kind === 'whistle');
    if (!task) return refusal('unknown-task', { task: payload.task });
    return task.answer === null ? refusal('task-not-answered', { task: task.id }) : undefined;
  },
  events: (_context, { task, rating, again }) => [
    { type: 'task-rated', id: task, rating, again: again !== undefined && rating === 'poor' },
  ],
};

/** Asked in time and within what one episode may have; `extend` on the transition replaces the limit. */
export const requestExtension: Rule<'request-extension'> = {
  refuse({ plan, state, transition, command: { payload, receivedAt } }) {
    const running = state.clocks.find(({ id }) => transition.clocks?.extend?.includes(id));
    const bounds = running && clockIn(plan, running.id)?.extensions;
    if (!running || !bounds) return undefined;
    if (running.due !== null && receivedAt > running.due) return refusal('asked-too-late', { due: running.due });
    if (state.counts.extensions >= bounds.most) return refusal('extensions-used-up', { most: bounds.most });
    const left = bounds.together[running.limit.kind] - state.counts.extended;
    return payload && payload.amount > left ? refusal('extension-exceeded', { left }) : undefined;
  },
  events: (_context, { amount }) => [{ type: 'counted', name: 'extended', by: amount }],
};

export const requestSuspension: Rule<'request-suspension'> = {
  refuse: (context) => reviewTooFar(context),
  events: (_context, { ground }) => [{ type: 'field-set', name: 'suspensionGround', value: ground }],
};

export const joinProject: Rule<'join-project'> = {
  refuse(context) {
    const project = context.command.payload?.project;
    if (context.state.links.some((link) => link.project === project))
      return refusal('already-linked', { project: project ?? '' });
    return reviewTooFar(context);
  },
  events: (_context, { project, part }) => [{ type: 'linked', project, part }],
};

export const leaveProject: Rule<'leave-project'> = {
  refuse({ state, command: { payload } }) {
    if (!payload || state.links.some(({ project }) => project === payload.project)) return undefined;
    return refusal('not-linked', { project: payload.project });
  },
  events: (_context, { project }) => [{ type: 'unlinked', project }],
};

/** The review lies no further away than the limit of the clock that it starts. */
function reviewTooFar({
  plan,
  transition,
  command: { payload },
}: Context<'request-suspension' | 'join-project'>): Refusal | undefined {
  if (!payload) return undefined;
  const clock = plan.clocks.find(({ id, asked }) => asked === 'reviewDays' && transition.clocks?.start?.includes(id));
  const most = clock && clock.limit !== 'catalogue' ? clock.limit.amount : payload.reviewDays;
  return payload.reviewDays > most ? refusal('review-too-far', { most }) : undefined;
}
