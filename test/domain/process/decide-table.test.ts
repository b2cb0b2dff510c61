import { describe, expect, test } from 'vitest';
import { type CommandName, commandNames, isCommandName } from '../../../domain/commands/vocabulary.ts';
import { transitionsFrom } from '../../../domain/process/transition.ts';
import { type Place, table } from './decide-table.ts';
import { type By, decision, order, play, type Scene, step, told } from './scene.ts';

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
const stateOf = (title: string): string => /^\w+/.exec(title)?.[0] ?? '';
const listed = (place: Place): string[] => Object.values(place.told).flatMap(words);
const rest = (place: Place): CommandName[] => commandNames.filter((name) => !listed(place).includes(name));

/** Who is right: the drawn person, else the first role of what is possible here, else of what is possible anywhere. */
function rightPerson({ plan, state }: Scene, name: CommandName): By {
  if (name === 'grant' || name === 'refuse-request' || name === 'arbitrate')
    return state.requests[0]?.by[0] ?? 'supervisor';
  const anywhere = plan.transitions.filter(({ command }) => command === name);
  const [transition] = [...transitionsFrom(plan, state, name), ...anywhere];
  return transition?.drawn ? { drawn: transition.drawn } : (transition?.roles[0] ?? 'system');
}

test('every place of the definition is in the table, and no other', () => {
  const places = [...new Set(Object.keys(table).map(stateOf))];
  expect(places.sort()).toEqual(order.states.map(({ id }) => id).sort());
});

describe.each(Object.entries(table))('%s', (title, place) => {
  const scene = place.scene();

  test('is where its story leads', () => {
    expect(scene.state.at).toBe(stateOf(title));
  });

  test('names only commands of the vocabulary, each once', () => {
    const names = listed(place);
    expect(names.filter((name, at) => names.indexOf(name) < at || !isCommandName(name))).toEqual([]);
  });

  test.each(rest(place))('%s, which is not named: wrong-state', (name) => {
    expect(told(decision(scene, step(rightPerson(scene, name), name)))).toBe('wrong-state');
  });

  test.each(
    Object.entries(place.told).flatMap(([outcome, names]) =>
      commandNames.filter((name) => words(names).includes(name)).map((name) => [name, outcome] as const),
    ),
  )('%s: %s', (name, outcome) => {
    const answer = decision(scene, step(rightPerson(scene, name), name));
    expect(told(answer)).toBe(outcome);
    if (answer.ok) expect(play(scene, step(rightPerson(scene, name), name)).state.at).toBe(answer.to);
  });
});
