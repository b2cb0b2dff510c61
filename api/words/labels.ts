import { blockerWords, isBlocker } from './blockers.ts';
import { commands } from '../../domain/commands/vocabulary.ts';
import type { Text } from '../../domain/process/definition.ts';
import type { Beside } from '../../domain/process/labels.ts';

/** How people call what runs beside a case's work. */
export function labelName(beside: Beside): Text {
  if (beside === 'whistle') return { zh: '吹哨/上报', en: 'escalated' };
  if (beside === 'project') return { zh: '纳入项目', en: 'in a project' };
  if (isBlocker(beside)) return blockerWords[beside];
  const { zh, en } = commands[beside].title;
  return { zh: `${zh}审批`, en: `${en}: asked, not decided` };
}
