import { readFileSync } from 'node:fs';
import { commands } from '../../domain/commands/vocabulary.ts';
import type { DefinedTransition, Definition } from '../../domain/process/definition.ts';

const root = new URL('../../', import.meta.url);

/** The README's table of commands, as the shipped definition has them: one line per command, in the order of the stages. */
export function commandTable(): string {
  const definition = JSON.parse(readFileSync(new URL('prisma/definitions/order.json', root), 'utf8')) as Definition; // checked by its own tests
  const lines = Object.entries(commands).flatMap(([name, { title }]) => {
    const transitions = definition.transitions.filter(({ command }) => command === name);
    return transitions.length === 0
      ? []
      : [`| \`${name}\` ${title.zh} | ${sourcesOf(transitions)} | ${takersOf(transitions)} |`];
  });
  return ['| command | from | who |', '| --- | --- | --- |', ...lines].join('\n');
}

const each = (texts: string[]): string => [...new Set(texts)].join(', ');

function sourcesOf(transitions: DefinedTransition[]): string {
  return each(transitions.flatMap(({ from }) => from));
}

function takersOf(transitions: DefinedTransition[]): string {
  const granted = transitions.flatMap(({ approval }) => approval?.by ?? []);
  const asked = each(transitions.flatMap(({ roles }) => roles));
  const gear = transitions.some(({ auto, queued }) => auto ?? queued) ? '⚙ ' : '';
  return (gear + asked + (granted.length > 0 ? `; granted by ${each(granted)}` : '')).trim();
}
