import { describe, expect, test } from 'vitest';
import type { Milestone } from '../../../domain/process/state.ts';
import { DAY } from '../../../domain/time.ts';
import { arrived, covered, later } from '../process/places.ts';
import { frozen, given, play, type Scene, step } from '../process/scene.ts';

const milestones: Milestone[] = [
  { id: 'fence', limit: { kind: 'urgent_hour', amount: 4 }, evidence: ['photo'], reached: false },
  { id: 'repair', limit: { kind: 'work_day', amount: 3 }, evidence: [], reached: false },
];
/** As a catalogue leaves them on the item when it is registered. */
const withMilestones = (scene: Scene): Scene => ({ ...scene, state: frozen({ ...scene.state, milestones }) });
const photo = [{ kind: 'photo', sha256: 'ab'.repeat(32) }];
const reach = (milestone: string, evidence = photo) =>
  step('caseworker', 'report-progress', { payload: { milestone, evidence } });

describe('milestones', () => {
  const atWork = play(
    withMilestones(covered()),
    step('system', 'dispatch'),
    step('unit_clerk', 'sign'),
    step('caseworker', 'contact'),
    step('system', 'start-work'),
  );
  const clocks = (scene: Scene): string[] =>
    scene.state.clocks.map(({ id }) => id).filter((id) => id.startsWith('milestone'));

  test('each have a clock from the dispatch on, with their own limit', () => {
    expect(clocks(atWork)).toEqual(['milestone.fence', 'milestone.repair']);
    expect(atWork.state.clocks.find(({ id }) => id === 'milestone.fence')?.limit).toEqual(milestones[0]?.limit);
  });

  test('are reached with the evidence that they ask for, and their clock stops', () => {
    given(atWork).when(reach('fence', [])).answers('evidence-missing');
    given(atWork)
      .when(reach('fence', [{ kind: 'video', sha256: 'ab'.repeat(32) }]))
      .answers('evidence-missing');
    const fenced = play(atWork, reach('fence'));
    expect(clocks(fenced)).toEqual(['milestone.repair']);
    given(fenced).when(reach('fence')).answers('unknown-milestone');
    given(atWork).when(reach('roof')).answers('unknown-milestone');
  });

  test('hold the hand-in back while one is open, and tasks come before them', () => {
    given(atWork).when(step('caseworker', 'hand-in')).answers('open-milestones');
    const both = play(atWork, step('caseworker', 'open-task'));
    given(both).when(step('caseworker', 'hand-in')).answers('open-tasks');
    const reached = play(atWork, reach('fence'), reach('repair', []));
    given(reached).when(step('caseworker', 'hand-in')).answers('→ handled');
  });

  test('a plain report reaches none and stops no clock', () => {
    const reported = play(atWork, step('caseworker', 'report-progress'));
    expect([clocks(reported), reported.state.milestones]).toEqual([clocks(atWork), milestones]);
  });

  test('pause with the handling clock and go on with it', () => {
    const suspended = play(
      atWork,
      step('unit_clerk', 'request-suspension'),
      step('supervisor', 'grant'),
      step('leader', 'grant'),
    );
    const paused = (scene: Scene): (string | undefined)[] =>
      scene.state.clocks.filter(({ pauses }) => pauses.some(({ to }) => to === null)).map(({ id }) => id);
    expect(paused(suspended)).toEqual(['handle', 'milestone.fence', 'milestone.repair']);
    expect(paused(play(later(suspended, DAY), step('supervisor', 'resume')))).toEqual([]);
  });

  test('that are reached do not start again with a second dispatch', () => {
    const back = play(
      play(withMilestones(covered()), step('system', 'dispatch')),
      step('team_lead', 'decline'),
      step('dispatcher', 'assign'),
      step('system', 'dispatch'),
    );
    expect(clocks(back)).toEqual(['milestone.fence', 'milestone.repair']);
    expect(back.state.clocks.find(({ id }) => id === 'milestone.fence')?.run).toBeLessThan(back.state.rev);
  });
});

describe('whoever answers a task', () => {
  test('is a handler of the item from then on', () => {
    const answered = play(arrived('in_progress'), step('caseworker', 'open-task'), step('unit_clerk-2', 'answer-task'));
    expect(answered.state.duties).toContainEqual(['unit_clerk-2', 'handler']);
  });
});
