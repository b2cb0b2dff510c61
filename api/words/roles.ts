import type { Text } from '../../domain/process/definition.ts';

/** The roles that people know by a name; a role of an office's own is told by its code. */
export const roleNames: Readonly<Record<string, Text>> = {
  reporter: { zh: '诉求人', en: 'reporter' },
  intake_clerk: { zh: '受理员', en: 'intake clerk' },
  grid_worker: { zh: '网格员', en: 'grid worker' },
  duty_officer: { zh: '值班长', en: 'duty officer' },
  dispatcher: { zh: '派遣员', en: 'dispatcher' },
  matcher: { zh: '资源对接员', en: 'matcher' },
  unit_clerk: { zh: '承办单位联络员', en: 'unit clerk' },
  caseworker: { zh: '经办人', en: 'caseworker' },
  team_lead: { zh: '服务队长', en: 'team lead' },
  dept_liaison: { zh: '部门联络员', en: 'department liaison' },
  leader: { zh: '分管领导', en: 'leader in charge' },
  supervisor: { zh: '督办员', en: 'supervisor' },
  inspector: { zh: '核查员', en: 'inspector' },
  callback_clerk: { zh: '回访员', en: 'call-back clerk' },
  closure_reviewer: { zh: '结案评审员', en: 'closure reviewer' },
  auditor: { zh: '审计', en: 'auditor' },
  process_admin: { zh: '流程管理员', en: 'process administrator' },
  sys_admin: { zh: '系统管理员', en: 'system administrator' },
  system: { zh: '系统', en: 'the system' },
};

/** Duties that the definitions we ship name. */
export const dutyNames: Readonly<Record<string, Text>> = {
  submitter: { zh: '提交人', en: 'submitter' },
  handler: { zh: '承办人', en: 'handler' },
  checker: { zh: '核查人', en: 'checker' },
  caller: { zh: '回访人', en: 'caller' },
  closure_reviewer: { zh: '结案评审人', en: 'closure reviewer' },
  resource_decider: { zh: '资源决定人', en: 'resource decider' },
};
