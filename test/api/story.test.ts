import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyChain } from '../../proof/record.ts';
import { violations } from '../support/invariants.ts';
import { BY_HAND, create, give } from './cases.ts';
import { type Api, createApi } from './harness.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi();
});
afterAll(async () => {
  expect(await violations(api.db.admin)).toEqual([]);
  await api.end();
});

test('people alone take a case from the demand to its closure over HTTP, and its history is a chain', async () => {
  const { id } = await create(api);
  for (const [command, user, body] of BY_HAND) {
    const answer = await give(api, user, id, command, body);
    expect([command, answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([command, 200, '']);
  }
  const view = (await api.get('review1', `/v1/cases/${id}`)).json<{ state: { id: string }; head: string }>();
  expect(view.state.id).toBe('closed');
  const history = (await api.get('audit1', `/v1/cases/${id}/history`)).json<{
    items: { type: string; seq: number; bytes: string; hash: string; actor: { id: string } }[];
    next: string | null;
  }>();
  expect(history.items.map(({ type }) => type)).toEqual(['submit', ...BY_HAND.map(([command]) => command)]);
  expect(history.items.map(({ actor }) => actor.id)).toEqual(['grid1', ...BY_HAND.map(([, user]) => user)]);
  expect(verifyChain(history.items)).toEqual({ intact: true, head: view.head });
});
