import type { RefusalCode } from '../../domain/refusals.ts';
import { word, type Word } from './word.ts';

/** 403: not this person. 409: not as things stand now. 422: what was asked for is wrong in itself. */
export const refusalWords: Readonly<Record<RefusalCode, Word>> = {
  'unknown-command': word(404, '没有这个操作。', 'There is no such command.'),
  'wrong-state': word(409, '当前状态（{at}）下不能这样做。', 'This cannot be done in the present state ({at}).'),
  'not-permitted': word(403, '需要以下角色之一：{roles}。', 'This needs one of these roles: {roles}.'),
  'not-drawn': word(403, '只有被抽中的人员才能办理（{duty}）。', 'Only the person drawn for this may act ({duty}).'),
  'separation-of-duties': word(
    403,
    '同一事项上已担任{held}的人员不得再担任{duty}（规则 {rule}）。',
    'Whoever has been {held} on this item may not be {duty} too (rule {rule}).',
  ),
  'second-person-needed': word(
    403,
    '须由申请人以外、尚未批准过的另一人决定。',
    'This takes another person than the one who asked or has granted already.',
  ),
  'unknown-request': word(422, '没有这个待批申请。', 'There is no such open request.'),
  'already-requested': word(409, '同样的申请正在等待批准。', 'The same request is waiting for a decision.'),
  'already-recorded': word(409, '已有记录。', 'This is recorded already.'),
  'reopening-too-late': word(
    409,
    '重开时限已过（{due}），请作为新诉求登记。',
    'The time to reopen this is over ({due}); bring it in as a new demand.',
  ),
  'closure-unfit': word(
    422,
    '核查和回访结果不支持该结案类型（{closureType}）。',
    'Neither the check nor what the resident says bears out this closure type ({closureType}).',
  ),
  'same-day-call': word(
    409,
    '今天（{day}）已回访过，请改日再拨。',
    'There was a call today ({day}); the next one is made on another day.',
  ),
  'guard-not-met': word(
    409,
    '在状态“{at}”下，办理条件尚未满足。',
    'In the state {at}, what this depends on is not there yet.',
  ),
  'reason-missing': word(422, '须填写文字说明（{text}）。', 'This needs words: {text}.'),
  'evidence-missing': word(422, '须附佐证材料（{kind}）。', 'This needs evidence ({kind}).'),
  'remainder-missing': word(
    422,
    '部分解决须写明其余部分（remainder），或指明由哪个项目解决（project）。',
    'A partial solution names what is left (remainder), or the project that does it (project).',
  ),
  'nothing-amended': word(422, '没有需要更正的内容。', 'Nothing here is different from what is recorded.'),
  'not-merged-there': word(409, '本事项并未并入 {item}。', 'This item is not merged into {item}.'),
  'merge-target-unfit': word(
    422,
    '不能并入 {item}：该事项不存在、已办结、已并案或就是本事项。',
    'This cannot go into {item}: there is no such item, or it is over, merged itself, or this very one.',
  ),
  'unknown-area': word(422, '没有这个社区或网格。', 'There is no such area.'),
  'unknown-need': word(422, '本事项没有这项需求（{need}）。', 'This item has no need {need}.'),
  'unknown-reservation': word(
    422,
    '本事项没有这项预留（{reservation}）。',
    'This item holds no reservation {reservation}.',
  ),
  'not-own-resource': word(
    403,
    '资源方只能逐项确认本单位的资源。',
    'An owner confirms what belongs to their own unit, one reservation at a time.',
  ),
  'need-unblockable': word(
    422,
    '只有缺资源（NO_RESOURCE）时才能放弃一项需求（{need}）。',
    'Only an empty resource list (NO_RESOURCE) gives up a need ({need}).',
  ),
  'unknown-resource': word(422, '资源清单中没有 {resource}。', 'The resource list has no {resource}.'),
  'unknown-team': word(422, '服务团队清单中没有 {team}。', 'The team list has no {team}.'),
  'resource-unsuitable': word(
    422,
    '所需为 {kind}（单位 {unit}），该资源不符。',
    'The need is of kind {kind} in {unit}; this resource is not.',
  ),
  'resource-not-valid': word(422, '资源 {resource} 不在有效期内。', 'Resource {resource} is not valid today.'),
  'resource-out-of-area': word(422, '资源 {resource} 不服务该区域。', 'Resource {resource} does not serve this area.'),
  'need-exceeded': word(
    422,
    '超出需求：{need} 尚缺 {open}。',
    'That is more than is needed: {open} of {need} are still open.',
  ),
  'resource-over-capacity': word(
    409,
    '资源 {resource} 余量不足（可用 {free}）。',
    'Resource {resource} does not have enough free ({free}).',
  ),
  'team-not-active': word(409, '团队 {team} 已停用。', 'Team {team} is not active.'),
  'team-lacks-skill': word(422, '团队 {team} 缺少技能：{lacking}。', 'Team {team} lacks these skills: {lacking}.'),
  'team-out-of-area': word(422, '团队 {team} 不服务该区域。', 'Team {team} does not serve this area.'),
  'team-over-capacity': word(
    409,
    '团队 {team} 在办已满（上限 {maxOpenLoad}）。',
    'Team {team} is full (at most {maxOpenLoad} at a time).',
  ),
  'nobody-eligible': word(409, '没有可抽取的人员（{duty}）。', 'There is nobody who may be drawn ({duty}).'),
  'no-candidate': word(409, '没有找到可用的资源或团队。', 'No resource or team was found.'),
};
