import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commandNames } from '../../../domain/commands/vocabulary.ts';
import { compile } from '../../../domain/process/compile.ts';
import { stages } from '../../../domain/process/definition.ts';
import type { Guard } from '../../../domain/process/guard.ts';
import { canonical } from '../../../proof/canonical.ts';
import { contentHash } from '../../../proof/record.ts';
import { definition, order } from './scene.ts';

interface Codes {
  states: string[];
  terminal: string[];
  stages: Record<string, string[]>;
  roles: string[];
}
/** The closed lists of states and roles that the trade knows; the shipped definition uses some of them. */
const codes = JSON.parse(readFileSync(new URL('./codes.json', import.meta.url), 'utf8')) as Codes; // our own file

/** Every published item names its plan by this hash: whoever changes the plan publishes a new version beside it. */
const PLAN_HASH = 'daef254b35e7b541927249a5c97194b038b7bb59c7e5eb61afca1cca6cea265e';

function guardNames(guard: Guard): string[] {
  if ('all' in guard) return guard.all.flatMap(guardNames);
  if ('any' in guard) return guard.any.flatMap(guardNames);
  return 'not' in guard ? guardNames(guard.not) : [guard.value];
}

describe('the shipped order', () => {
  test('compiles without a problem', () => {
    expect(compile(definition)).toMatchObject({ ok: true });
  });

  test('is a plan of at most 16 KB', () => {
    expect(Buffer.byteLength(canonical(order))).toBeLessThanOrEqual(16 * 1024);
  });

  test('has the hash that published items carry', () => {
    expect(contentHash(order)).toBe(PLAN_HASH);
  });

  test('has the same hash whatever the order of the members in its file', () => {
    const turned = Object.fromEntries(Object.entries(order).toReversed());
    expect(Object.keys(turned)).not.toEqual(Object.keys(order));
    expect(contentHash(turned)).toBe(contentHash(order));
  });

  test('uses known states only, each in its stage and terminal as it should be', () => {
    expect(order.states.filter(({ id }) => !codes.states.includes(id))).toEqual([]);
    expect(order.states.filter(({ id, stage }) => !codes.stages[stage]?.includes(id))).toEqual([]);
    const terminal = order.states.filter((state) => state.terminal === true).map(({ id }) => id);
    expect(terminal).toEqual(order.states.map(({ id }) => id).filter((id) => codes.terminal.includes(id)));
  });

  test('uses known roles only', () => {
    const used = order.transitions.flatMap(({ roles, approval, draws }) => [
      ...roles,
      ...(approval?.by ?? []),
      ...(draws ? [draws.role] : []),
    ]);
    expect(used.filter((role) => !codes.roles.includes(role))).toEqual([]);
    const owners = order.clocks.map(({ owner }) => owner);
    expect(owners.filter((owner) => !['unit', 'system', ...codes.roles].includes(owner))).toEqual([]);
  });

  test('has a state in every stage', () => {
    expect(stages.filter((stage) => !order.states.some((state) => state.stage === stage))).toEqual([]);
  });

  test('has words in both languages for every state, no two the same', () => {
    for (const language of ['zh', 'en'] as const) {
      const titles = definition.states.map(({ title }) => title[language]);
      expect(new Set(titles).size).toBe(definition.states.length);
    }
  });

  test('uses every command of the vocabulary but those that every process has', () => {
    const used = order.transitions.map(({ command }) => command);
    expect(commandNames.filter((name) => !used.includes(name))).toEqual([
      'arbitrate',
      'grant',
      'refuse-request',
      'reach-level',
      'correct-calendar',
    ]);
  });

  test('is final in one state, which nothing leaves', () => {
    const final = order.states.filter((state) => state.final).map(({ id }) => id);
    expect(final).toEqual(['archived']);
    expect(definition.transitions.filter(({ from }) => from.some((id) => final.includes(id)))).toEqual([]);
  });

  test('lets nothing but a granted reopening and archiving lead out of a terminal state', () => {
    const terminal = order.states.filter((state) => state.terminal).map(({ id }) => id);
    const leaving = definition.transitions.filter(
      ({ from, to }) => to !== 'self' && from.some((id) => terminal.includes(id)),
    );
    expect(leaving.map(({ command, approval, auto }) => [command, approval?.persons ?? 0, auto !== undefined])).toEqual(
      [
        ['reopen', 1, false],
        ['archive', 0, true],
      ],
    );
  });

  test('leads from its start to every state', () => {
    const reached = new Set([order.start]);
    for (const _turn of order.states)
      for (const { from, to } of definition.transitions)
        if (to !== 'self' && from.some((id) => reached.has(id))) reached.add(to);
    expect(order.states.map(({ id }) => id).filter((id) => !reached.has(id))).toEqual([]);
  });

  test('leads from every state to the archive', () => {
    const leads = new Set(['archived']);
    for (const _turn of order.states)
      for (const { from, to } of definition.transitions) if (leads.has(to)) for (const id of from) leads.add(id);
    expect(order.states.map(({ id }) => id).filter((id) => !leads.has(id))).toEqual([]);
  });

  test('goes forward over a border between stages automatically, except to an end, by a granted reopening and where another item asks', () => {
    const stageOf = (id: string): number =>
      stages.findIndex((stage) => order.states.some((state) => state.id === id && state.stage === stage));
    const ends = order.states.filter((state) => state.terminal).map(({ id }) => id);
    const crossings = definition.transitions.filter(
      ({ from, to, approval, queued }) =>
        to !== 'self' && !queued && !ends.includes(to) && !approval && from.some((id) => stageOf(id) < stageOf(to)),
    );
    expect(crossings.map(({ command, auto }) => [command, auto !== undefined])).toEqual([
      ['start-matching', true],
      ['dispatch', true],
      ['start-work', true],
      ['draw-check', true],
    ]);
  });

  test('lets a named role take every automatic move by hand, except to archive', () => {
    const alone = definition.transitions.filter(({ auto, roles }) => auto && roles.length === 0);
    expect(alone.map(({ command }) => command)).toEqual(['archive']);
  });

  test('reads in its guards only what there is', () => {
    const known = [
      'needs.uncovered',
      'catalogue.team',
      'lead',
      'holds',
      'requests',
      'links',
      'count.returns',
      'limitKind',
      'check',
      'callback',
      'leased',
      'category',
      'proactive',
      'blocker',
      'awaits',
      'payload.outcome',
      'payload.milestone',
      'payload.rating',
      'payload.again',
      'payload.closureType',
      ...order.clocks.map(({ id }) => `clock.${id}`),
    ];
    const read = definition.transitions.flatMap(({ when }) => (when ? guardNames(when) : []));
    expect(read.filter((name) => !known.includes(name))).toEqual([]);
  });

  test('draws only for duties that some transition asks to have been drawn for', () => {
    const drawn = definition.transitions.flatMap(({ draws }) => (draws ? [draws.duty] : []));
    const asked = definition.transitions.flatMap((transition) => (transition.drawn ? [transition.drawn] : []));
    expect([...new Set(drawn)].sort()).toEqual([...new Set(asked)].sort());
  });

  test('gives the drawn duty to whoever acts on the draw', () => {
    const acting = definition.transitions.filter(({ drawn }) => drawn !== undefined);
    expect(acting.filter(({ drawn, gives }) => drawn !== gives)).toEqual([]);
  });
});
