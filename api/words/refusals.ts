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
    '已担任{held}的人员不得再担任{duty}（规则 {rule}）。',
    'Whoever is or was {held} here may not be {duty} too (rule {rule}).',
  ),
  'second-person-needed': word(
    403,
    '须由申请人以外、尚未批准过的另一人决定。',
    'This takes another person than the one who asked or has granted already.',
  ),
  'unknown-request': word(422, '没有这个待批申请。', 'There is no such open request.'),
  'already-requested': word(409, '同样的申请正在等待批准。', 'The same request is waiting for a decision.'),
  'already-recorded': word(409, '已有记录。', 'This is recorded already.'),
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
  'not-merged-there': word(409, '本事项并未并入 {item}。', 'This item is not merged into {item}.'),
  'merge-target-unfit': word(
    422,
    '不能并入 {item}：该事项不存在、已办结、已并案或就是本事项。',
    'This cannot go into {item}: there is no such item, or it is over, merged itself, or this very one.',
  ),
  'unknown-user': word(422, '本街道没有这个账号（{user}）。', 'This office has no such account ({user}).'),
  'unknown-role': word(422, '本街道没有这个角色（{role}）。', 'This office has no such role ({role}).'),
  'unknown-unit': word(422, '本街道没有这个单位（{unit}）。', 'This office has no such unit ({unit}).'),
  'unknown-grant': word(404, '没有这项授权。', 'There is no such grant.'),
  'account-inactive': word(409, '账号 {user} 已停用。', 'The account {user} is not active.'),
  'interval-invalid': word(
    422,
    '起止时间不成立：开始不得早于现在（{now}），结束须晚于开始；代理须有结束时间。',
    'The interval will not do: it begins no earlier than now ({now}) and ends after it begins; standing in needs an end.',
  ),
  'principal-lacks-role': word(
    422,
    '被代理人 {user} 在此期间本人并不担任 {role}。',
    '{user}, who is to be stood in for, does not hold {role} over that time.',
  ),
  'already-granted': word(
    409,
    '该账号在此期间已有同样的授权（{grant}）。',
    'The account holds the same grant over that time already ({grant}).',
  ),
  'username-taken': word(409, '登录名已被使用。', 'Somebody signs in with this name already.'),
  'already-defined': word(409, '角色 {role} 已存在。', 'There is a role {role} already.'),
  'last-administrator': word(
    409,
    '这是最后一位系统管理员，不能撤销或停用。',
    'This is the last system administrator: nobody could give it back.',
  ),
  'unknown-area': word(422, '没有这个社区或网格。', 'There is no such area.'),
  'unknown-need': word(422, '本事项没有这项需求（{need}）。', 'This item has no need {need}.'),
  'unknown-reservation': word(
    422,
    '本事项没有这项预留（{reservation}）。',
    'This item holds no reservation {reservation}.',
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
