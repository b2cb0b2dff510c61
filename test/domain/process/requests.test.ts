import { describe, expect, test } from 'vitest';
import {
  arrived,
  asked,
  changed,
  closed,
  expired,
  hastyArchive,
  refused,
  reopened,
  settled,
  withdrawn,
} from './places.ts';
import { advice, decision, given, grantFor, play, type Scene, step, SUIT_ALL, told } from './scene.ts';

const unknown = { payload: { request: 'q999' } };

/** The shipped plan, but two persons must agree to a reopening. */
const twoPersons = changed('reopen', () => ({ approval: { by: ['supervisor'], persons: 2 } }));

describe('asking for a reopening', () => {
  test.each([
    ['closed', closed()],
    ['closed on the spot', settled()],
    ['withdrawn', withdrawn()],
    ['not accepted', refused()],
  ])('of a %s item moves nothing and opens a request', (_title, scene) => {
    const after = play(scene, step('reporter', 'reopen'));
    expect(after.state.at).toBe(scene.state.at);
    expect(after.state.requests).toEqual([
      {
        id: `q${after.state.rev}`,
        command: 'reopen',
        by: ['supervisor', 'closure_reviewer'],
        persons: 1,
        clock: 'approve',
        payload: {},
        receivedAt: after.at,
        askedBy: 'reporter',
        granted: [],
        barred: ['reporter'],
      },
    ]);
  });

  test('is refused while it is already asked, whoever asks', () => {
    given(asked()).when(step('reporter', 'reopen')).answers('already-requested');
    given(asked()).when(step('inspector', 'reopen')).answers('already-requested');
  });

  test('needs a reason', () =>
    given(closed())
      .when(step('reporter', 'reopen', { texts: [] }))
      .answers('reason-missing'));

  test('is refused while the item still holds something', () =>
    given(arrived('closed')).when(step('inspector', 'reopen')).answers('guard-not-met'));

  test('is possible again after it was refused', () => {
    const once = play(asked(), step('supervisor', 'refuse-request'));
    given(once).when(step('reporter', 'reopen')).answers('asked');
  });
});

describe('granting', () => {
  test('takes the transition that was asked for', () => {
    const after = play(asked(), step('supervisor', 'grant'));
    expect(after.state).toMatchObject({ at: 'reopened', episode: 2, requests: [] });
    expect(after.state.clocks.map(({ id }) => id)).toEqual(['total']);
  });

  test('by whoever asked needs a second person', () => {
    const own = play(closed(), step(SUIT_ALL, 'reopen'));
    given(own).when(step(SUIT_ALL, 'grant')).answers('second-person-needed');
    given(own).when(step(SUIT_ALL, 'refuse-request')).answers('second-person-needed');
    given(own).when(step('supervisor', 'grant')).answers('→ reopened');
  });

  test.each(['reporter', 'inspector', 'caseworker', 'auditor'])('is not permitted to a %s', (role) => {
    given(asked()).when(step(role, 'grant')).answers('not-permitted');
    given(asked()).when(step(role, 'refuse-request')).answers('not-permitted');
  });

  test('is not permitted to the system', () => {
    given(asked()).when(step('system', 'grant')).answers('not-permitted');
    given(asked()).when(step('system', 'refuse-request')).answers('not-permitted');
  });

  test.each(['supervisor', 'closure_reviewer'])('is open to the %s', (role) => {
    given(asked()).when(step(role, 'grant')).answers('→ reopened');
    given(asked()).when(step(role, 'refuse-request')).answers('→ closed');
  });

  test('a request that is not there is unknown', () => {
    given(asked())
      .when(step('supervisor', 'grant', unknown))
      .answers('unknown-request');
    given(closed()).when(step('supervisor', 'grant')).answers('unknown-request');
    given(asked())
      .when(step('supervisor', 'refuse-request', unknown))
      .answers('unknown-request');
  });

  test('a request is decided once', () => {
    const decided = { payload: { request: asked().state.requests[0]?.id ?? '' } };
    given(reopened())
      .when(step('supervisor', 'grant', decided))
      .answers('unknown-request');
  });

  test('is still possible after the retention is over', () =>
    given(expired(asked())).when(step('supervisor', 'grant')).answers('→ reopened'));

  test('asked about shows where it would lead, and changes nothing', () => {
    const answer = advice(asked(), step('supervisor', 'grant'));
    expect(told(answer)).toBe('→ reopened');
    expect(answer.ok && answer.events).toEqual([]);
  });

  test('whoever closed the item may grant its reopening: granting is no duty on it', () => {
    const grant = decision(asked(), step('closure_reviewer', 'grant'));
    expect(grant.ok && grant.by.role).toBe('closure_reviewer');
  });
});

describe('refusing a request', () => {
  test('needs a reason', () =>
    given(asked())
      .when(step('supervisor', 'refuse-request', { texts: [] }))
      .answers('reason-missing'));

  test('closes the request and leaves everything else', () => {
    const before = asked();
    const after = play(before, step('supervisor', 'refuse-request'));
    const clocks = before.state.clocks.filter(({ id }) => !id.startsWith('approve'));
    expect(after.state).toEqual({ ...before.state, rev: before.state.rev + 1, requests: [], clocks });
  });
});

describe('an open request keeps the item from being archived', () => {
  const waiting = expired(asked());

  test('although its retention is over', () => {
    given(waiting).when(step('system', 'archive')).answers('guard-not-met');
    given(expired(closed())).when(step('system', 'archive')).answers('→ archived');
  });

  test('until it is refused', () =>
    given(play(waiting, step('supervisor', 'refuse-request')))
      .when(step('system', 'archive'))
      .answers('→ archived'));

  test('until somebody refuses it, while it waits for a second grant too', () => {
    const half = play(closed(twoPersons), step('reporter', 'reopen'), step('supervisor', 'grant'));
    given(expired(half)).when(step('system', 'archive')).answers('guard-not-met');
  });
});

describe('where a definition lets the item leave while a request is open', () => {
  const late = play(expired(asked(hastyArchive)), step('system', 'archive'));

  test('it lapses, and nobody decides it any more', () => {
    expect(late.records.at(-1)).toContainEqual({
      type: 'request-lapsed',
      id: asked(hastyArchive).state.requests[0]?.id,
    });
    given(late).when(step('supervisor', 'grant')).answers('unknown-request');
    given(late).when(step('supervisor', 'refuse-request')).answers('unknown-request');
  });

  test('the system may decide as little as before', () =>
    given(late).when(step('system', 'grant')).answers('not-permitted'));
});

describe('where two persons must agree', () => {
  const ask = play(closed(twoPersons), step(SUIT_ALL, 'reopen'));
  const half = play(ask, step('supervisor', 'grant'));

  test('the first grant is remembered and moves nothing', () => {
    expect(half.state.at).toBe('closed');
    expect(half.state.requests[0]?.granted).toEqual(['supervisor']);
  });

  test('the same person never grants twice', () => {
    given(half).when(step('supervisor', 'grant')).answers('second-person-needed');
  });

  test('the asker never is one of the two', () => {
    given(ask).when(step(SUIT_ALL, 'grant')).answers('second-person-needed');
    given(half).when(step(SUIT_ALL, 'grant')).answers('second-person-needed');
  });

  test('the second of them takes the transition', () => {
    given(half).when(step('supervisor-2', 'grant')).answers('→ reopened');
    expect(play(half, step('supervisor-2', 'grant')).state.requests).toEqual([]);
  });

  test('one refusal ends it, also after one has agreed', () => {
    const ended = play(half, step('supervisor-2', 'refuse-request'));
    expect(ended.state.requests).toEqual([]);
    given(ended).when(step('supervisor-2', 'grant')).answers('unknown-request');
  });

  test('whoever agreed cannot take it back alone by refusing', () => {
    given(half).when(step('supervisor', 'refuse-request')).answers('second-person-needed');
  });
});

describe('where an override let it be asked', () => {
  const far = step('unit_clerk', 'request-extension', { payload: { amount: 99 } });
  const worked = arrived('in_progress');
  const allowed: Scene = { ...worked, state: { ...worked.state, overrides: ['extension-exceeded'] } };
  const ask = play(allowed, far);

  test('the rule that was set aside does not hinder the grant, and is set aside once', () => {
    given(worked).when(far).answers('extension-exceeded');
    given(ask).when(step('supervisor', 'grant')).answers('→ in_progress');
    given(play(ask, step('supervisor', 'grant')))
      .when(far)
      .answers('extension-exceeded');
  });

  test('any other rule does', () => {
    const requests = ask.state.requests.map((request) => ({ ...request, setAside: 'open-tasks' as const }));
    given({ ...ask, state: { ...ask.state, requests } })
      .when(step('supervisor', 'grant'))
      .answers('extension-exceeded');
    given(ask).when(step('unit_clerk', 'grant')).answers('not-permitted');
  });
});

describe('a duty that an approved transition gives', () => {
  const gives = changed('reopen', () => ({ gives: 'closure_reviewer' }));

  test('is never given to somebody whom the separation rules keep from it', () => {
    const facts = { grants: [grantFor('caseworker', 'supervisor')] };
    given(play(closed(gives), step('reporter', 'reopen')))
      .when(step('caseworker', 'grant', { facts }))
      .answers('separation-of-duties');
  });
});
