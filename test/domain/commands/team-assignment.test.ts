import { describe, expect, test } from 'vitest';
import type { CatalogueFact } from '../../../domain/catalogue.ts';
import { touches } from '../../../domain/process/touches.ts';
import { arrived } from '../process/places.ts';
import { entry, given, order, play, type Scene, step } from '../process/scene.ts';

/** Registered under this entry, its needs reserved and its team assigned. */
function ready(catalogue: CatalogueFact): Scene {
  return play(
    arrived('submitted'),
    step('intake_clerk', 'register', { facts: { catalogue } }),
    step('system', 'start-matching'),
    step('matcher', 'reserve'),
    step('dispatcher', 'assign'),
  );
}

describe('a category that the upper department took back', () => {
  const takenBack = ready({ ...entry, duty: { entry: 'back-11', takenBack: true } });

  test.each(['system', 'dispatcher'])('is not dispatched to a unit of the street, by the %s', (by) => {
    given(takenBack).when(step(by, 'dispatch')).answers('category-taken-back');
  });

  test('is dispatched to a unit that is not of the street', () => {
    given(takenBack)
      .when(step('dispatcher', 'dispatch', { facts: { ofStreet: false } }))
      .answers('→ dispatched');
  });

  test('asks where the leading unit belongs, and no other category does', () => {
    expect(touches(order, takenBack.state, { name: 'dispatch' }).ofStreet).toBe(takenBack.state.lead?.unit);
    expect(touches(order, ready(entry).state, { name: 'dispatch' })).not.toHaveProperty('ofStreet');
  });
});
