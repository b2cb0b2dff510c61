import { afterAll, beforeEach, expect, test } from 'vitest';
import { findCandidates } from '../../activities/find-candidates.ts';
import { type ItemId, itemId, resourceId } from '../../domain/ids.ts';
import type { Need } from '../../domain/process/state.ts';
import type { Found } from '../../workflows/messages.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { act, D01, must, OFFICE, submitCase } from '../support/people.ts';

let db: TestDatabase;
beforeEach(async () => {
  await db?.end();
  db = await createTestDatabase();
});
afterAll(async () => {
  await db.end();
});

const NEED: Need = { id: 'n', kind: 'goods', unit: 'crate', amount: 5 };
let beats = 0;

async function search(needs: Need[] = [NEED], skills: string[] = []): Promise<Found> {
  return await findFor(await registered(needs, skills));
}

async function registered(needs: Need[], skills: string[]): Promise<ItemId> {
  const item = await submitCase(db.store);
  must(await act(db.store, item, 'intake1', 'register', { ...D01.register, needs, skills }));
  return item;
}

async function findFor(item: ItemId): Promise<Found> {
  return await findCandidates(db.store, { office: OFFICE, item }, () => (beats += 1));
}

async function resource(
  id: string,
  more: { capacity?: number | null; reserved?: number; area?: string; from?: string; to?: string } = {},
): Promise<void> {
  const { capacity = 10, reserved = 0, area = 'YX', from = '2020-01-01', to = null } = more;
  await db.admin.query(
    `INSERT INTO resource (office_id, id, kind, unit, owner_id, title_zh, title_en, capacity, reserved, area, valid_from, valid_to)
       VALUES ('YX', $1, 'goods', 'crate', 'YX-CM', '', '', $2, $3, ARRAY[$4], $5, $6)`,
    [id, capacity, reserved, area, from, to],
  );
}

async function onlyTeam(id: string, more: { load?: number; area?: string; active?: boolean } = {}): Promise<void> {
  const { load = 0, area = 'YX', active = true } = more;
  await db.admin.query(
    `INSERT INTO team (office_id, id, unit_id, kind, title_zh, title_en, skills, area, active, open_load, max_open_load)
       VALUES ('YX', $1, 'YX-YJ', 'crew', '', '', '{sailing,knots}', ARRAY[$2], $3, $4, 3)`,
    [id, area, active, load],
  );
}

function ids(found: Found): { resources: string[]; teams: string[] } {
  if ('none' in found) throw new Error(`nothing was found: ${found.none}`);
  return {
    resources: found.candidates.resources.map((candidate) => candidate.resource),
    teams: found.candidates.teams.map((candidate) => candidate.team),
  };
}

test('resources with enough come first, the fullest of them before the others, equals by id', async () => {
  await resource('few', { capacity: 3 });
  await resource('some', { capacity: 6 });
  await resource('b-many', { capacity: 9 });
  await resource('a-many', { capacity: 9 });
  await resource('used', { capacity: 12, reserved: 4 });
  await resource('endless', { capacity: null });
  expect(ids(await search()).resources).toEqual(['endless', 'a-many', 'b-many', 'used', 'some', 'few']);
});

test('what is empty, out of its time or elsewhere is no candidate', async () => {
  await resource('empty', { capacity: 4, reserved: 4 });
  await resource('over', { to: '2020-12-31' });
  await resource('not-yet', { from: '2099-01-01' });
  await resource('elsewhere', { area: 'NT' });
  await resource('neighbour', { area: 'QL-G2' });
  await resource('own-grid', { area: 'QL-G1' });
  await resource('community', { area: 'QL' });
  expect(ids(await search()).resources).toEqual(['community', 'own-grid']);
});

test('at most thirty resources are proposed for a need', async () => {
  for (let at = 0; at < 32; at += 1) await resource(`r${at}`);
  expect(ids(await search()).resources).toHaveLength(30);
});

test('a need for which nothing is free means that the resource list is empty', async () => {
  await resource('r1', { capacity: 1, reserved: 1 });
  expect(await search()).toMatchObject({ none: 'NO_RESOURCE' });
});

test('a demand without needs asks for teams only', async () => {
  expect(ids(await search([])).teams.length).toBeGreaterThan(5);
});

test('a team must have every skill, be active, cover the area and have a place free', async () => {
  await onlyTeam('good', { load: 2 });
  await onlyTeam('better', { area: 'QL-G1' });
  await onlyTeam('full', { load: 3 });
  await onlyTeam('resting', { active: false });
  await onlyTeam('elsewhere', { area: 'NT' });
  expect(ids(await search([], ['sailing', 'knots'])).teams).toEqual(['better', 'good']);
  expect(await search([], ['sailing', 'flying'])).toMatchObject({ none: 'NO_TEAM' });
});

test('only needs that no reservation covers yet are searched for, and each is a heartbeat', async () => {
  await resource('r1');
  const item = await registered([NEED, { ...NEED, id: 'm', amount: 2 }], []);
  must(await act(db.store, item, 'match1', 'start-matching', {}));
  must(await act(db.store, item, 'match1', 'reserve', { need: 'n', resource: resourceId('r1'), amount: 5 }));
  beats = 0;
  const found = await findFor(item);
  expect(found).toMatchObject({ candidates: { resources: [{ need: 'm', resource: 'r1', free: 5 }] } });
  expect(beats).toBe(1);
});

test('an item that does not exist is not searched for again and again', async () => {
  await expect(findFor(itemId('nowhere'))).rejects.toMatchObject({ nonRetryable: true });
});
