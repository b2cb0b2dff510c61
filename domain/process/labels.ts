import { type CommandName, commandNames } from '../commands/vocabulary.ts';
import type { ItemState } from './state.ts';

/** What runs beside the work and is no place of its own: what is asked and not decided, whistles, projects. */
export type Beside = CommandName | 'project';

/** The code of the label that an item gets from it. */
export function labelOf(beside: Beside): string {
  switch (beside) {
    case 'whistle':
      return 'escalated';
    case 'project':
      return 'in_project';
    default:
      return `${beside.replace(/^request-/, '').replaceAll('-', '_')}_review`;
  }
}

/** What an item with this label has beside it; undefined when no label is called so. */
export function besideOf(label: string): Beside | undefined {
  return [...commandNames, 'project' as const].find((beside) => labelOf(beside) === label);
}

/** As the database pulls it out of the state for its lists. */
export function besides({ requests, tasks, links }: Pick<ItemState, 'requests' | 'tasks' | 'links'>): Beside[] {
  const whistles = tasks.some(({ kind, answer }) => kind === 'whistle' && answer === null);
  return [
    ...requests.map(({ command }) => command),
    ...(whistles ? ['whistle' as const] : []),
    ...(links.length > 0 ? ['project' as const] : []),
  ];
}
