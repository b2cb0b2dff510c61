import { type CommandName, commandNames } from '../commands/vocabulary.ts';
import { type Blocker, blockers } from './lists.ts';
import type { ItemState } from './state.ts';

/** What runs beside the work and is no place of its own: what is asked and not decided, whistles, projects, an empty list. */
export type Beside = CommandName | 'project' | Blocker;

/** The code of the label that an item gets from it. */
export function labelOf(beside: Beside): string {
  switch (beside) {
    case 'whistle':
      return 'escalated';
    case 'project':
      return 'in_project';
    case 'NO_RESOURCE':
    case 'NO_TEAM':
    case 'NO_PLAN':
    case 'NO_PARTICIPATION':
      return beside;
    default:
      return `${beside.replace(/^request-/, '').replaceAll('-', '_')}_review`;
  }
}

/** What an item with this label has beside it; undefined when no label is called so. */
export function besideOf(label: string): Beside | undefined {
  return [...commandNames, 'project' as const, ...blockers].find((beside) => labelOf(beside) === label);
}

/** As the database pulls it out of the state for its lists. */
export function besides({ requests, tasks, links, fields }: Pick<ItemState, Watched>): Beside[] {
  const whistles = tasks.some(({ kind, answer }) => kind === 'whistle' && answer === null);
  return [
    ...requests.map(({ command }) => command),
    ...(whistles ? ['whistle' as const] : []),
    ...(links.length > 0 ? ['project' as const] : []),
    ...blockers.filter((blocker) => blocker === fields['blocker']),
  ];
}
type Watched = 'requests' | 'tasks' | 'links' | 'fields';
