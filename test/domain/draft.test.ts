import { expect, test } from 'vitest';
import { type Draft, judgeDraft, outdated } from '../../domain/draft.ts';
import { userId } from '../../domain/ids.ts';

const [asker, other] = [userId('asker'), userId('other')];
const draft: Draft = { kind: 'calendar', base: 3, askedBy: asker, outcome: null };

test.each([
  ['another person publishes it', draft, other, 'published', 3, undefined],
  ['another person refuses it', draft, other, 'refused', 3, undefined],
  ['whoever asked does not publish it', draft, asker, 'published', 3, 'second-person-needed'],
  ['whoever asked does not refuse it either', draft, asker, 'refused', 3, 'second-person-needed'],
  ['a newer version is in force', draft, other, 'published', 4, 'version-outdated'],
  ['one that is outdated may be refused', draft, other, 'refused', 4, undefined],
  ['it is decided already', { ...draft, outcome: 'refused' }, other, 'published', 3, 'draft-decided'],
] as const)('%s', (_title, given, decider, outcome, inForce, code) => {
  expect(judgeDraft(given, decider, outcome, inForce)?.code).toBe(code);
});

test('a draft names the version in force as its base, also where there is none yet', () => {
  expect([outdated({ base: 0 }, 0), outdated({ base: 0 }, 1)?.code]).toEqual([undefined, 'version-outdated']);
});
