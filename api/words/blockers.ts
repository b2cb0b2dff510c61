import type { Text } from '../../domain/process/definition.ts';
import type { Blocker } from '../../domain/process/lists.ts';

/** The four empty lists. */
export const blockerWords: Readonly<Record<Blocker, Text>> = {
  NO_RESOURCE: { zh: '资源清单中没有可用的资源。', en: 'Nothing on the resource list is free for this.' },
  NO_TEAM: { zh: '服务团队清单中没有可派的团队。', en: 'No team on the team list can take this.' },
  NO_PLAN: { zh: '行动/项目清单中没有可依托的项目或方案。', en: 'No project or plan on the project list covers this.' },
  NO_PARTICIPATION: { zh: '需要参与的各方没有参与。', en: 'Those whose part it is do not take part.' },
};

export const isBlocker = (code: string): code is Blocker => Object.hasOwn(blockerWords, code);
