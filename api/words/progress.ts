import type { Stage, Text } from '../../domain/process/definition.ts';

const say = (zh: string, en: string): Text => ({ zh, en });

/** What happens next, as a resident is told it, by the place where a case rests. A definition may have places of its own. */
const bySpot: Readonly<Record<string, Text>> = {
  draft: say('请提交诉求', 'the demand is still to be submitted'),
  submitted: say('工作人员将决定是否受理', 'somebody decides whether it is taken up'),
  verifying: say('将到现场核实', 'somebody looks whether it is so'),
  not_accepted: say('不予受理，理由已告知', 'it was not taken up; the reason was told'),
  redirected: say('请通过所告知的渠道办理', 'please turn to where you were directed'),
  merged: say(
    '与同一问题的诉求一并办理，之后单独回访您',
    'it is handled with another about the same matter; you are called back yourself',
  ),
  registered: say('将查找所需的资源和队伍', 'what and who is needed is looked for'),
  matching: say('将落实资源并指定承办队伍', 'what is needed is set aside, and a team is chosen'),
  pending_resource: say('正在等待所需的资源', 'what is needed is not there yet'),
  dispatched: say('承办单位将签收', 'the unit signs for it'),
  signed: say('承办人将与您联系', 'somebody gets in touch with you'),
  contacted: say('即将开始办理', 'the work begins'),
  in_progress: say('承办单位正在办理', 'the unit is at work'),
  suspended: say('暂时不能办理，将定期复查', 'it cannot be done for now; it is looked at again'),
  handled: say('将由他人核查办理结果', 'somebody else checks what was done'),
  checking: say('正在核查办理结果', 'what was done is being checked'),
  rework: say('核查未通过，将重新办理', 'it was not good enough and is done again'),
  callback: say('将回访您是否满意', 'you are called and asked'),
  closure_review: say('将评审是否结案', 'somebody reviews whether it is closed'),
  closed: say(
    '已结案；如未解决可在期限内申请重开',
    'it is closed; if it is not solved, ask for it to be reopened in time',
  ),
  reopened: say('已重开，将重新安排办理', 'it is open again and will be arranged anew'),
  withdrawn: say('已撤回', 'it was withdrawn'),
  voided: say('已作废', 'it was void'),
  archived: say('已归档', 'it is archived'),
};

const byStage: Readonly<Record<Stage, Text>> = {
  'demand-list': say('正在受理', 'it is being taken up'),
  'resource-matching': say('正在落实资源', 'what is needed is being found'),
  'team-assignment': say('正在安排承办队伍', 'a team is being arranged'),
  'action-project': say('正在办理', 'it is being worked on'),
  'closure-review': say('正在核查结果', 'the outcome is being looked at'),
};

export const stageNames: Readonly<Record<Stage, Text>> = {
  'demand-list': say('需求和问题清单', 'demand list'),
  'resource-matching': say('资源匹配', 'resource matching'),
  'team-assignment': say('队伍派单', 'team assignment'),
  'action-project': say('行动办理', 'action'),
  'closure-review': say('结案评审', 'closure review'),
};

export function nextInWords(spot: string, stage: Stage): Text {
  return Object.hasOwn(bySpot, spot) ? (bySpot[spot] ?? byStage[stage]) : byStage[stage];
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** An instant as RFC 3339 in Shanghai's time, to the minute. */
export function dueInWords(instant: string): Text {
  const [, year, month, day, hour, minute] = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+)/.exec(instant) ?? [];
  return say(
    `${year}年${Number(month)}月${Number(day)}日${hour}:${minute}前`,
    `by ${hour}:${minute} on ${Number(day)} ${MONTHS[Number(month) - 1]} ${year}`,
  );
}
