import { describe, expect, test } from 'vitest';
import { commandNames, commands, isCommandName, type Payloads } from '../../../domain/commands/vocabulary.ts';
import { stages } from '../../../domain/process/definition.ts';
import { urgencies, type Urgency } from '../../../domain/catalogue.ts';
import { decide } from '../../../domain/process/decide.ts';
import { itemId } from '../../../domain/ids.ts';
import { DAY, parseInstant } from '../../../domain/time.ts';
import { arrived, covered, later, merged, refused, reopened, settled } from '../process/places.ts';
import {
  begin,
  calendar,
  commandOf,
  decision,
  entry,
  given,
  order,
  play,
  primary,
  type Step,
  step,
  team,
} from '../process/scene.ts';

test('a submission keeps channel, kind, area and how many are affected, and who submitted it', () => {
  const { state } = arrived('submitted');
  const receivedAt = parseInstant('2026-03-02T09:10:00+08:00');
  expect(state.fields).toEqual({
    channel: 'hotline',
    kind: 'complaint',
    area: 'grid-1',
    peopleAffected: 3,
    receivedAt,
  });
  expect(state.duties).toEqual([['reporter', 'submitter']]);
});

test.each(['reporter', 'intake_clerk', 'grid_worker'])('a %s submits', (role) => {
  given(arrived('draft')).when(step(role, 'submit')).answers('→ submitted');
});

test('a registration keeps category, urgency, the limit as applied, needs and skills', () => {
  const { state } = arrived('registered');
  expect(state.fields).toMatchObject({ category: 'water', urgency: 'ordinary', limitKind: 'work_day', limitAmount: 5 });
  expect(state.needs).toEqual([{ id: 'n1', kind: 'machine', unit: 'piece', amount: 2 }]);
  expect(state.skills).toEqual(['plumbing']);
});

test('a refusal at intake keeps its ground and gives no closure type', () => {
  expect(refused().state.fields).toMatchObject({ refusalGround: 'no_substance' });
  expect(refused().state.fields).not.toHaveProperty('closureType');
});

test('what is settled on the spot is closed as solved, and marked so that it can be sampled', () => {
  expect(settled().state.fields).toMatchObject({ closureType: 'solved', onTheSpot: 1 });
});

test('a withdrawal keeps whether it was voluntary', () => {
  const doubted = step('intake_clerk', 'withdraw', { payload: { voluntary: 'in_doubt' } });
  const { fields } = play(arrived('signed'), doubted).state;
  expect(fields).toMatchObject({ closureType: 'withdrawn', voluntary: 'in_doubt' });
});

test('a contact keeps its means', () => {
  const visit = step('caseworker', 'contact', { payload: { means: 'visit' } });
  expect(play(arrived('signed'), visit).state.fields['contactMeans']).toBe('visit');
});

describe('a merge', () => {
  test('gives back what is held, keeps the place, and asks the other item to absorb this one', () => {
    const { state } = merged();
    expect(state).toMatchObject({
      at: 'merged',
      back: 'matching',
      reservations: [],
      fields: { mergedInto: 'primary' },
    });
    expect(state.lead?.active).toBe(false);
    const answer = decision(covered(), step('dispatcher', 'merge'));
    expect(answer.ok && answer.effects).toEqual([{ item: primary.id, name: 'absorb', payload: {} }]);
  });

  test.each([null, { ...primary, absorbs: false }])('into what cannot absorb it (%j) is refused', (unfit) => {
    given(covered())
      .when(step('dispatcher', 'merge', { facts: { primary: unfit } }))
      .answers('merge-target-unfit');
  });

  test('is undone to the place it was made from', () => {
    const { state } = play(merged(), step('dispatcher', 'unmerge'));
    expect(state.at).toBe('matching');
    expect(state).not.toHaveProperty('back');
    expect(state.fields).not.toHaveProperty('mergedInto');
  });

  test.each(['unmerge', 'draw-call-back'] as const)(
    'is followed by no %s of an item it was not merged into',
    (name) => {
      given(merged())
        .when(step('system', name, { source: itemId('elsewhere') }))
        .answers('not-merged-there');
      expect(decision(merged(), step('system', name, { source: primary.id })).ok).toBe(true);
    },
  );

  test('ends with the other item: a review sends each to its call-back, a withdrawal each back, and none is kept', () => {
    const absorbing = (at: string) => play(arrived(at), step('system', 'absorb'), step('system', 'absorb'));
    const [reviewed, withdrawn] = [absorbing('closure_review'), absorbing('in_progress')];
    expect(reviewed.state.absorbed).toEqual(['secondary']);
    const closing = decision(reviewed, step('closure_reviewer', 'review'));
    expect(closing.ok && closing.effects).toEqual([{ item: 'secondary', name: 'draw-call-back', payload: {} }]);
    const ending = decision(withdrawn, step('intake_clerk', 'withdraw'));
    expect(ending.ok && ending.effects).toEqual([{ item: 'secondary', name: 'unmerge', payload: {} }]);
    expect(play(reviewed, step('closure_reviewer', 'review')).state).not.toHaveProperty('absorbed');
  });
});

describe('after the dispatch, a merge', () => {
  const inWork = arrived('in_progress');
  const back = play(inWork, step('dispatcher', 'merge'));
  const undo = (facts: object): Step => step('dispatcher', 'unmerge', { facts });

  test('gives the team its place back, and takes it again when it is undone', () => {
    expect(back.state.lead).toMatchObject({ team: team.id, active: false });
    expect(play(back, undo({})).state.lead).toMatchObject({ team: team.id, active: true });
  });

  test('is not undone while the team is full', () => {
    given(back)
      .when(undo({ team: { ...team, openLoad: team.maxOpenLoad } }))
      .answers('team-over-capacity');
  });

  test('comes back without a place where the team is closed by now', () => {
    const { state } = play(back, undo({ team: { ...team, active: false } }));
    expect([state.at, state.lead?.active]).toEqual(['in_progress', false]);
  });

  test('from before the dispatch asks for no place: none was held for the work', () => {
    given(merged())
      .when(undo({ team: { ...team, openLoad: team.maxOpenLoad } }))
      .answers('→ matching');
  });
});

describe('a split', () => {
  const scene = arrived('submitted');
  const answer = decision(scene, step('intake_clerk', 'split'));
  const effects = answer.ok ? (answer.effects ?? []) : [];

  test('keeps the first part, and asks for an item for each other one', () => {
    const { state } = play(scene, step('intake_clerk', 'split'));
    expect(state.fields).toMatchObject({ kind: 'complaint', peopleAffected: 2 });
    expect(state.parts).toEqual(effects.map(({ item }) => item));
    expect(effects).toMatchObject([
      { name: 'submit', payload: { channel: 'hotline', kind: 'advice', area: 'grid-1', peopleAffected: 1 } },
      { name: 'submit', payload: { kind: 'help', peopleAffected: 7 } },
    ]);
  });

  test('tells each part where its title stands, since when and for whom it waits', () => {
    const receivedAt = scene.state.fields['receivedAt'];
    const origin = { as: 'part', receivedAt, submittedBy: 'reporter' };
    expect(effects.map(({ payload }) => payload)).toMatchObject([
      { origin: { ...origin, title: 'title.2' } },
      { origin: { ...origin, title: 'title.3' } },
    ]);
  });

  test('of a later record begins other items', () => {
    const twice = play(scene, step('intake_clerk', 'split'), step('intake_clerk', 'split'));
    expect(new Set(twice.state.parts).size).toBe(4);
  });

  test('is begun by the system for the item that asked, and remembers which', () => {
    const payload = effects[0]?.payload as Payloads['submit']; // a split asks for nothing else
    const { state } = play(begin(), step('system', 'submit', { payload, source: primary.id }));
    expect([state.at, state.fields['splitOf'], state.fields['receivedAt']]).toEqual([
      'submitted',
      primary.id,
      scene.state.fields['receivedAt'],
    ]);
    expect(state.duties).toEqual([['reporter', 'submitter']]);
    given(begin())
      .when(step('system', 'submit', { payload, source: null }))
      .answers('not-permitted');
  });
});

describe('an amendment', () => {
  test('changes what differs and nothing else', () => {
    const answer = decision(
      arrived('signed'),
      step('dispatcher', 'amend', { payload: { kind: 'complaint', area: 'grid-2' } }),
    );
    expect(answer.ok && answer.events).toEqual([{ type: 'field-set', name: 'area', value: 'grid-2' }]);
  });

  test.each([
    ['nothing', {}, ['reason'], 'nothing-amended'],
    ['only what is there', { kind: 'complaint' }, ['reason'], 'nothing-amended'],
    ['only the title', {}, ['reason', 'title'], '→ submitted'],
    ['only a note', {}, ['reason', 'note'], 'nothing-amended'],
  ])('of %s', (_title, payload, texts, expected) => {
    given(arrived('submitted'))
      .when(step('intake_clerk', 'amend', { payload, texts }))
      .answers(expected);
  });
});

describe('the total clock', () => {
  test('counts from the receipt, whenever the demand is registered', () => {
    const scene = play(later(arrived('submitted'), 5 * DAY), step('intake_clerk', 'register'));
    const total = scene.state.clocks.find(({ id }) => id === 'total');
    expect(total?.startedAt).toBe(scene.state.fields['receivedAt']);
  });

  test('of a second episode counts from its beginning', () => {
    const scene = reopened();
    expect(scene.state.clocks.find(({ id }) => id === 'total')?.startedAt).toBe(scene.at);
  });
});

describe('the vocabulary', () => {
  test('files every command under a stage, requests or clocks', () => {
    const homes = Object.values(commands).map(({ stage }) => stage);
    expect(homes.filter((home) => ![...stages, 'requests', 'clocks'].includes(home))).toEqual([]);
  });

  test('stands in the order of the stages', () => {
    const order = [...stages, 'requests', 'clocks'];
    const places = commandNames.map((name) => order.indexOf(commands[name].stage));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test('has words in both languages for every command, no two the same', () => {
    for (const language of ['zh', 'en'] as const) {
      const words = Object.values(commands).map(({ title }) => title[language]);
      expect(words.every((word) => word.length > 0)).toBe(true);
      expect(new Set(words).size).toBe(words.length);
    }
  });

  test.each(['constructor', 'toString', '__proto__', 'Submit', ''])('%s is no command', (name) => {
    expect(isCommandName(name)).toBe(false);
  });

  test('a command outside the vocabulary is refused as unknown', () => {
    const foreign = { ...step('system', 'sign'), name: 'toString' as never, payload: {} as never, texts: [] }; // what the type forbids
    const answer = decision(arrived('dispatched'), foreign);
    expect(answer.ok || answer.refusal.code).toBe('unknown-command');
  });
});

describe('a registration by the catalogue', () => {
  const submitted = arrived('submitted');
  const bare = { category: 'water', skills: [], needs: [] };
  const fields = (urgency: Urgency, more: object = {}): object =>
    play(submitted, step('intake_clerk', 'register', { payload: { ...bare, urgency, ...more } })).state.fields;

  test.each(urgencies)('takes the limit of the category for %s, where none is named', (urgency) => {
    const { kind, amount } = entry.limits[urgency];
    expect(fields(urgency)).toMatchObject({ urgency, limitKind: kind, limitAmount: amount });
  });

  test('takes the limit that is named rather than that of the catalogue', () => {
    const limit = { kind: 'natural_day', amount: 3 };
    expect(fields('urgent', { limit })).toMatchObject({ limitKind: 'natural_day', limitAmount: 3 });
  });

  test('keeps on the item what applies to it: evidence, milestones, the duty and the version', () => {
    const { limits: _limits, milestones: _milestones, ...kept } = entry;
    const milestone = { id: 'shut-off', limit: { kind: 'work_hour', amount: 4 }, evidence: 'photo' } as const;
    const catalogue = { ...entry, milestones: [milestone] };
    const { state } = play(submitted, step('intake_clerk', 'register', { facts: { catalogue } }));
    expect(state.catalogue).toEqual(kept);
    expect(state.milestones).toEqual([{ ...milestone, evidence: ['photo'], reached: false }]);
  });

  test('of a category that the catalogue does not have is refused, whatever limit is named', () => {
    const payload = {
      ...bare,
      category: 'weather',
      urgency: 'ordinary',
      limit: { kind: 'work_day', amount: 1 },
    } as const;
    given(submitted)
      .when(step('intake_clerk', 'register', { payload }))
      .answers('unknown-category');
  });

  test('in an office without a catalogue needs a limit, and keeps nothing of a catalogue', () => {
    const register = step('intake_clerk', 'register', { payload: { ...bare, urgency: 'ordinary' } });
    const nowhere = commandOf(submitted, register);
    expect(decide(order, submitted.state, nowhere, {})).toMatchObject({ refusal: { code: 'limit-missing' } });
    const named = {
      ...register,
      payload: { ...bare, urgency: 'ordinary', limit: { kind: 'work_day', amount: 1 } } as const,
    };
    const answer = decide(order, submitted.state, commandOf(submitted, named), { calendar });
    expect(answer.ok && answer.events.map(({ type }) => type)).not.toContain('catalogued');
  });
});
