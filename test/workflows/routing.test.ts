import { afterAll, beforeAll, expect, test } from 'vitest';
import { violations } from '../support/invariants.ts';
import { D01, submitCase } from '../support/people.ts';
import { drive, type Driving, reaches, settles, typesOf } from './driving.ts';

let driving: Driving;
beforeAll(async () => {
  driving = await drive();
});
afterAll(async () => {
  await driving.end();
});

const CONSULT = { category: 'policy_consult', urgency: 'ordinary', skills: ['policy_advice'], needs: [] } as const;
const registered = { ...CONSULT, skills: [...CONSULT.skills], needs: [] };

test('the workflow gives a case to the one team that the catalogue names, and dispatches it', async () => {
  const item = await submitCase(driving.db.store);
  await driving.person(item, 'intake1', 'register', registered);
  await reaches(driving, item, 'dispatched');
  expect(await typesOf(driving, item)).toEqual(['submit', 'register', 'start-matching', 'assign', 'dispatch']);
  const { rows } = await driving.db.admin.query<{ team: string; limit: object }>(
    `SELECT state->'lead'->>'team' AS team, state->'fields'->'limitAmount' AS limit FROM item WHERE id = $1`,
    [item],
  );
  expect(rows).toEqual([{ team: 'T01', limit: 1 }]);
  expect(await violations(driving.db.admin)).toEqual([]);
});

test('a named team that cannot take it leaves the case to people, who choose another', async () => {
  await driving.db.admin.query("UPDATE team SET active = false WHERE id = 'T01'");
  const item = await submitCase(driving.db.store);
  await driving.person(item, 'intake1', 'register', { ...registered, skills: [] });
  await reaches(driving, item, 'matching');
  await settles(driving, item);
  const stuck = await driving.db.admin.query('SELECT step, code FROM stuck WHERE item_id = $1', [item]);
  expect(stuck.rows).toEqual([{ step: 'assign', code: 'team-not-active' }]);
  await driving.person(item, 'dispatch1', 'assign', D01.assign);
  await reaches(driving, item, 'dispatched');
  expect(await violations(driving.db.admin)).toEqual([]);
});
