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
  'clock-warning': {
    zh: '{code} 的时限（{subject}）即将到期。',
    en: '{code}: the time limit ({subject}) is running out.',
  },
  'clock-due': { zh: '{code} 的时限（{subject}）已到期。', en: '{code}: the time limit ({subject}) is over.' },
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

/** Clocks of the definitions we ship, and what the office is asked for, by their codes. */
const otherNames: Readonly<Record<string, Text>> = {
  handle: { zh: '办理', en: 'handling' },
  'password-reset': { zh: '重置密码', en: 'password reset' },
};

/** What a person reads: codes in words where there are some, and nothing personal. */
export function sayNotice(
  { kind, subject }: { kind: NoticeKind; subject: string },
  code: string | null,
  language: Language,
): string {
  const about = (kind === 'drawn' ? dutyNames[subject] : undefined) ?? named(subject);
  return sentences[kind][language]
    .replace('{code}', code ?? '')
    .replace('{subject}', about?.[language] ?? subject)
    .trim();
}

function named(subject: string): Text | undefined {
  if (isCommandName(subject)) return commands[subject].title;
  return roleNames[subject] ?? otherNames[subject];
}
