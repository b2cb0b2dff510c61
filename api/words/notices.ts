import { commands, isCommandName } from '../../domain/commands/vocabulary.ts';
import type { Text } from '../../domain/process/definition.ts';
import type { NoticeKind } from '../../domain/process/notices.ts';
import { dutyNames, roleNames } from './roles.ts';
import type { Language } from './say.ts';

/** `{code}` is the item's number, `{subject}` what it is about, in words. */
const sentences: Readonly<Record<NoticeKind, Text>> = {
  assigned: { zh: '{code} 已交本单位办理。', en: '{code} has come to your unit.' },
  drawn: { zh: '{code} 抽中您（{subject}）。', en: 'You were drawn for {code} ({subject}).' },
  'request-waits': {
    zh: '{code} 有一项{subject}申请待您决定。',
    en: '{code}: {subject} was asked for, and you may decide.',
  },
  'request-granted': {
    zh: '{code} 的{subject}申请已批准。',
    en: '{code}: what you asked for ({subject}) was granted.',
  },
  'request-refused': {
    zh: '{code} 的{subject}申请已驳回。',
    en: '{code}: what you asked for ({subject}) was refused.',
  },
  'request-lapsed': {
    zh: '{code} 的{subject}申请已失效：事项已不在当时的状态。',
    en: '{code}: what you asked for ({subject}) lapsed, because the item has gone on.',
  },
  'task-opened': { zh: '{code} 请本单位{subject}。', en: '{code} asks something of your unit ({subject}).' },
  'task-answered': { zh: '{code} 的{subject}已答复。', en: '{code}: your unit was answered ({subject}).' },
  'clock-warning': {
    zh: '{code} 的时限（{subject}）即将到期。',
    en: '{code}: the time limit ({subject}) is running out.',
  },
  'clock-due': { zh: '{code} 的时限（{subject}）已到期。', en: '{code}: the time limit ({subject}) is over.' },
  escalated: {
    zh: '{code} 的时限（{subject}）已到期，现上报。',
    en: '{code}: the time limit ({subject}) is over; this is the escalation.',
  },
  'access-waits': {
    zh: '有一项授权申请待第二人决定（{subject}）。',
    en: 'A request for access waits for a second person ({subject}).',
  },
  'access-refused': {
    zh: '您提出的授权申请已驳回（{subject}）。',
    en: 'The access you asked for was refused ({subject}).',
  },
  granted: { zh: '已授权：{subject}。', en: 'Granted: {subject}.' },
  'stands-in': { zh: '您已被指定为代理人（{subject}）。', en: 'You stand in for somebody ({subject}).' },
  'stood-in-for': { zh: '已有人代理您的职责（{subject}）。', en: 'Somebody stands in for you ({subject}).' },
  revoked: { zh: '授权已撤销：{subject}。', en: 'Revoked: {subject}.' },
  'password-reset': { zh: '您的密码已被重置。', en: 'Your password was reset.' },
};

/** Clocks of the definitions we ship. */
const clockNames: Readonly<Record<string, Text>> = {
  total: { zh: '总时限', en: 'in all' },
  sign: { zh: '签收', en: 'signing' },
  contact: { zh: '联系诉求人', en: 'contact' },
  handle: { zh: '办理', en: 'handling' },
  milestone: { zh: '节点', en: 'milestone' },
  approve: { zh: '审批', en: 'approval' },
  arbitrate: { zh: '裁定', en: 'ruling' },
  'co-task': { zh: '协办', en: 'co-task' },
  whistle: { zh: '吹哨', en: 'whistle' },
  review: { zh: '挂账复核', en: 'review of the suspension' },
  project: { zh: '项目复核', en: 'review of the project' },
  check: { zh: '核查', en: 'check' },
  'call-back': { zh: '回访', en: 'call-back' },
  closing: { zh: '结案', en: 'closing' },
};

/** What the office is asked for, and another unit, where no command or role is called so. */
const otherNames: Readonly<Record<string, Text>> = {
  'co-task': { zh: '协办', en: 'co-task' },
  'password-reset': { zh: '重置密码', en: 'password reset' },
};

/** What a person reads: codes in words where there are some, and nothing personal. */
export function sayNotice(
  { kind, subject }: { kind: NoticeKind; subject: string },
  code: string | null,
  language: Language,
): string {
  return sentences[kind][language]
    .replace('{code}', code ?? '')
    .replace('{subject}', named(kind, subject)?.[language] ?? subject)
    .trim();
}

function named(kind: NoticeKind, subject: string): Text | undefined {
  switch (kind) {
    case 'clock-warning':
    case 'clock-due':
    case 'escalated':
      return clockNames[subject];
    case 'drawn':
      return dutyNames[subject];
    default:
      return isCommandName(subject) ? commands[subject].title : (roleNames[subject] ?? otherNames[subject]);
  }
}
