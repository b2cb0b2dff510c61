/** Why a command is refused. The order is the precedence: of several reasons the first one here is told. */
export const refusalCodes = [
  'unknown-command',
  'wrong-state',
  'not-permitted',
  'other-unit',
  'own-unit',
  'not-drawn',
  'separation-of-duties',
  'second-person-needed',
  'unknown-request',
  'ruling-needed',
  'no-ruling-needed',
  'already-requested',
  'already-recorded',
  'guard-not-met',
  'arbitrated',
  'asked-too-late',
  'extensions-used-up',
  'extension-exceeded',
  'review-too-far',
  'same-day-call',
  'reason-missing',
  'evidence-missing',
  'evidence-unknown',
  'reopening-too-late',
  'closure-unfit',
  'remainder-missing',
  'nothing-amended',
  'not-merged-there',
  'merge-target-unfit',
  'unknown-user',
  'unknown-role',
  'unknown-grant',
  'account-inactive',
  'interval-invalid',
  'principal-lacks-role',
  'already-granted',
  'already-defined',
  'username-taken',
  'last-administrator',
  'draft-decided',
  'version-outdated',
  'unknown-category',
  'limit-missing',
  'category-taken-back',
  'unknown-area',
  'unknown-unit',
  'unknown-task',
  'task-answered',
  'task-not-answered',
  'unknown-milestone',
  'already-linked',
  'not-linked',
  'window-closed',
  'unknown-need',
  'unknown-reservation',
  'not-own-resource',
  'already-confirmed',
  'need-unblockable',
  'unknown-resource',
  'unknown-team',
  'resource-unsuitable',
  'resource-not-valid',
  'resource-out-of-area',
  'need-exceeded',
  'resource-over-capacity',
  'team-not-active',
  'team-lacks-skill',
  'team-out-of-area',
  'team-over-capacity',
  'open-tasks',
  'open-milestones',
  'nobody-eligible',
  'no-candidate',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** `details` holds codes and numbers only, never what somebody wrote. */
export interface Refusal {
  code: RefusalCode;
  details?: Record<string, string | number | string[]>;
}

export function refusal(code: RefusalCode, details?: Refusal['details']): Refusal {
  return details ? { code, details } : { code };
}

/** Whether the same command may succeed later without anybody changing it: a place frees, a list gains something. */
export function isTransient(code: RefusalCode): boolean {
  return transient.includes(code);
}
const transient: readonly RefusalCode[] = [
  'guard-not-met',
  'resource-over-capacity',
  'team-over-capacity',
  'nobody-eligible',
  'no-candidate',
];
