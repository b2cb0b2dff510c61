import type { Stage, Text } from '../process/definition.ts';
import type {
  AmendPayload,
  MergePayload,
  ReachLevel,
  RedirectPayload,
  RegisterPayload,
  RefusePayload,
  SettlePayload,
  SplitPayload,
  SubmitPayload,
  VerifyPayload,
  WithdrawPayload,
} from './demand-list.ts';
import type {
  AssignPayload,
  BlockPayload,
  ConfirmPayload,
  ReleasePayload,
  ReservePayload,
  StartMatchingPayload,
} from './resource-matching.ts';
import type { ArbitratePayload, ContactPayload, ReturnPayload } from './team-assignment.ts';
import type {
  AnswerTaskPayload,
  HandInPayload,
  JoinProjectPayload,
  LeaveProjectPayload,
  OpenTaskPayload,
  RateWhistlePayload,
  ReportProgressPayload,
  RequestExtensionPayload,
  RequestSuspensionPayload,
  WhistlePayload,
} from './action-project.ts';
import type { CallBackPayload, CheckPayload, ReviewPayload } from './closure-review.ts';
import type { OverridePayload, RequestDecisionPayload } from './requests.ts';

/** A payload without content. */
export type Empty = Record<string, never>;

/** Every command and the shape of its payload: codes, integers and references, never a word that somebody wrote. */
export interface Payloads {
  submit: SubmitPayload;
  verify: VerifyPayload;
  register: RegisterPayload;
  refuse: RefusePayload;
  redirect: RedirectPayload;
  merge: MergePayload;
  unmerge: Empty;
  absorb: Empty;
  split: SplitPayload;
  withdraw: WithdrawPayload;
  void: Empty;
  amend: AmendPayload;
  'settle-on-the-spot': SettlePayload;
  'start-matching': StartMatchingPayload;
  reserve: ReservePayload;
  'confirm-reservation': ConfirmPayload;
  release: ReleasePayload;
  block: BlockPayload;
  unblock: StartMatchingPayload;
  assign: AssignPayload;
  dispatch: Empty;
  sign: Empty;
  return: ReturnPayload;
  decline: Empty;
  arbitrate: ArbitratePayload;
  contact: ContactPayload;
  'start-work': Empty;
  'report-progress': ReportProgressPayload;
  'open-task': OpenTaskPayload;
  'answer-task': AnswerTaskPayload;
  'request-extension': RequestExtensionPayload;
  'request-suspension': RequestSuspensionPayload;
  resume: Empty;
  whistle: WhistlePayload;
  'answer-whistle': AnswerTaskPayload;
  'rate-whistle': RateWhistlePayload;
  'join-project': JoinProjectPayload;
  'leave-project': LeaveProjectPayload;
  'hand-in': HandInPayload;
  'draw-check': Empty;
  check: CheckPayload;
  'draw-call-back': Empty;
  'call-back': CallBackPayload;
  'submit-review': Empty;
  review: ReviewPayload;
  rework: Empty;
  reopen: Empty;
  'force-close': Empty;
  archive: Empty;
  override: OverridePayload;
  grant: RequestDecisionPayload;
  'refuse-request': RequestDecisionPayload;
  'reach-level': ReachLevel;
  'correct-calendar': Empty;
}

export type CommandName = keyof Payloads;

interface Entry {
  stage: Stage | 'requests' | 'clocks';
  title: Text;
}

/** The closed vocabulary, in the order of the stages, with the words that people see. */
export const commands: { readonly [Name in CommandName]: Entry } = {
  submit: { stage: 'demand-list', title: { zh: '提交', en: 'submit' } },
  verify: { stage: 'demand-list', title: { zh: '核实', en: 'verify' } },
  register: { stage: 'demand-list', title: { zh: '受理立案', en: 'register' } },
  refuse: { stage: 'demand-list', title: { zh: '不予受理', en: 'refuse' } },
  redirect: { stage: 'demand-list', title: { zh: '引导其他渠道', en: 'redirect' } },
  merge: { stage: 'demand-list', title: { zh: '并案', en: 'merge' } },
  unmerge: { stage: 'demand-list', title: { zh: '撤销并案', en: 'undo the merge' } },
  absorb: { stage: 'demand-list', title: { zh: '并入', en: 'absorb' } },
  split: { stage: 'demand-list', title: { zh: '拆分', en: 'split' } },
  withdraw: { stage: 'demand-list', title: { zh: '撤诉', en: 'withdraw' } },
  void: { stage: 'demand-list', title: { zh: '作废', en: 'void' } },
  amend: { stage: 'demand-list', title: { zh: '更正', en: 'amend' } },
  'settle-on-the-spot': { stage: 'demand-list', title: { zh: '当场办结', en: 'settle on the spot' } },
  'start-matching': { stage: 'resource-matching', title: { zh: '开始匹配', en: 'start matching' } },
  reserve: { stage: 'resource-matching', title: { zh: '预留资源', en: 'reserve' } },
  'confirm-reservation': { stage: 'resource-matching', title: { zh: '确认预留', en: 'confirm the reservation' } },
  release: { stage: 'resource-matching', title: { zh: '释放', en: 'release' } },
  block: { stage: 'resource-matching', title: { zh: '标记受阻', en: 'block' } },
  unblock: { stage: 'resource-matching', title: { zh: '解除受阻', en: 'unblock' } },
  assign: { stage: 'resource-matching', title: { zh: '指定队伍', en: 'assign' } },
  dispatch: { stage: 'team-assignment', title: { zh: '派单', en: 'dispatch' } },
  sign: { stage: 'team-assignment', title: { zh: '签收', en: 'sign' } },
  return: { stage: 'team-assignment', title: { zh: '退单', en: 'return' } },
  decline: { stage: 'team-assignment', title: { zh: '队伍谢绝', en: 'decline' } },
  arbitrate: { stage: 'team-assignment', title: { zh: '会商裁定', en: 'arbitrate' } },
  contact: { stage: 'team-assignment', title: { zh: '联系诉求人', en: 'contact' } },
  'start-work': { stage: 'action-project', title: { zh: '开始办理', en: 'start work' } },
  'report-progress': { stage: 'action-project', title: { zh: '报告进展', en: 'report progress' } },
  'open-task': { stage: 'action-project', title: { zh: '请求协办', en: 'ask another unit' } },
  'answer-task': { stage: 'action-project', title: { zh: '答复协办', en: 'answer the co-task' } },
  'request-extension': { stage: 'action-project', title: { zh: '延期', en: 'extension' } },
  'request-suspension': { stage: 'action-project', title: { zh: '挂账', en: 'suspension' } },
  resume: { stage: 'action-project', title: { zh: '恢复办理', en: 'resume' } },
  whistle: { stage: 'action-project', title: { zh: '吹哨', en: 'whistle' } },
  'answer-whistle': { stage: 'action-project', title: { zh: '答复吹哨', en: 'answer the whistle' } },
  'rate-whistle': { stage: 'action-project', title: { zh: '评价吹哨答复', en: 'rate the answer' } },
  'join-project': { stage: 'action-project', title: { zh: '纳入项目', en: 'join a project' } },
  'leave-project': { stage: 'action-project', title: { zh: '退出项目', en: 'leave the project' } },
  'hand-in': { stage: 'action-project', title: { zh: '办结报核', en: 'hand in' } },
  'draw-check': { stage: 'closure-review', title: { zh: '抽取核查员', en: 'draw a checker' } },
  check: { stage: 'closure-review', title: { zh: '核查', en: 'check' } },
  'draw-call-back': { stage: 'closure-review', title: { zh: '抽取回访员', en: 'draw a caller' } },
  'call-back': { stage: 'closure-review', title: { zh: '回访', en: 'call back' } },
  'submit-review': { stage: 'closure-review', title: { zh: '提交评审', en: 'submit for review' } },
  review: { stage: 'closure-review', title: { zh: '结案评审', en: 'review' } },
  rework: { stage: 'closure-review', title: { zh: '返工', en: 'rework' } },
  reopen: { stage: 'closure-review', title: { zh: '重开', en: 'reopen' } },
  'force-close': { stage: 'closure-review', title: { zh: '强制结案', en: 'force the closure' } },
  archive: { stage: 'closure-review', title: { zh: '归档', en: 'archive' } },
  override: { stage: 'requests', title: { zh: '破例', en: 'override' } },
  grant: { stage: 'requests', title: { zh: '批准', en: 'grant' } },
  'refuse-request': { stage: 'requests', title: { zh: '驳回', en: 'refuse the request' } },
  'reach-level': { stage: 'clocks', title: { zh: '时限预警', en: 'reach a clock level' } },
  'correct-calendar': { stage: 'clocks', title: { zh: '日历更正', en: 'apply a corrected calendar' } },
};

export const commandNames = Object.keys(commands) as CommandName[];

export function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(commands, text);
}
