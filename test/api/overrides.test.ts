import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { violations } from '../support/invariants.ts';
import { codeOf, walkTo } from './cases.ts';
import { beginFlow, EVIDENCE, type Flow, type Told } from './flow.ts';
import { setTime } from './stopped-clock.ts';

let flow: Flow;
beforeAll(async () => {
  flow = await beginFlow();
});
beforeEach(async () => await setTime(flow.api, '2026-03-02T09:00'));
afterEach(async () => expect(await violations(flow.api.db.admin)).toEqual([]));
afterAll(async () => await flow.api.end());

const override = async (id: string, rule: string, reason = '灾后抢修'): Promise<Told> =>
  await flow.does('clerk1', id, 'override', { rule, reason });
const extend = async (id: string, amount: number): Promise<Told> =>
  await flow.does('clerk1', id, 'request-extension', { amount, reason: '须更久' });

interface Listed {
  items: { item: string; rule: string; reason: string; askedBy: string; outcome: string | null; decidedBy: string }[];
  next: string | null;
}

describe('S7: an override', () => {
  test('is named, reasoned, granted by another, and lets one command through', async () => {
    const id = await walkTo(flow.api, 'start-work');
    expect(await extend(id, 20)).toEqual([422, 'extension-exceeded']);
    expect(await flow.does('clerk1', id, 'override', { rule: 'extension-exceeded' })).toEqual([422, 'reason-missing']);
    expect(await override(id, 'extension-exceeded')).toEqual([200, 'in_progress']);
    expect(await extend(id, 20)).toEqual([422, 'extension-exceeded']); // asked is not granted
    expect(await flow.decide('supervise1', id)).toEqual([403, 'not-permitted']);
    expect(await flow.decide('leader1', id)).toEqual([200, 'in_progress']);
    expect(await extend(id, 20)).toEqual([200, 'in_progress']);
    expect((await flow.api.get('audit1', `/v1/cases/${id}`)).json()).toMatchObject({ overrides: [] });
    expect(await flow.decide('supervise1', id, 'refuse-request', { reason: '另议' })).toEqual([200, 'in_progress']);
    expect(await extend(id, 20)).toEqual([422, 'extension-exceeded']); // used up
  });

  test('sets aside bounds only, never permission or separation', async () => {
    const id = await walkTo(flow.api, 'start-work');
    for (const rule of ['not-permitted', 'separation-of-duties', 'second-person-needed', 'arbitrated', 'nonsense'])
      expect(await override(id, rule)).toEqual([400, 'shape-invalid']);
  });

  test('that is refused lets nothing through', async () => {
    const id = await walkTo(flow.api, 'start-work');
    await override(id, 'open-tasks');
    expect(await flow.decide('leader1', id, 'refuse-request', { reason: '不同意' })).toEqual([200, 'in_progress']);
    expect((await flow.api.get('audit1', `/v1/cases/${id}`)).json()).toMatchObject({ overrides: [] });
  });

  test('of one rule does not set another aside', async () => {
    const id = await walkTo(flow.api, 'start-work');
    await override(id, 'open-tasks');
    await flow.decide('leader1', id);
    expect(await extend(id, 20)).toEqual([422, 'extension-exceeded']);
  });

  test('lets a hand-in through while a unit does not answer', async () => {
    const id = await walkTo(flow.api, 'start-work');
    await flow.does('case1', id, 'open-task', { unit: 'YX-PA', reason: 'x' });
    await override(id, 'open-tasks');
    await flow.decide('leader1', id);
    expect(await flow.does('case1', id, 'hand-in', { evidence: EVIDENCE, result: '已办' })).toEqual([200, 'handled']);
  });
});

describe('the list of overrides', () => {
  const list = async (query = ''): Promise<Listed> =>
    (await flow.api.get('audit1', `/v1/overrides${query}`)).json<Listed>();

  test('shows every one to auditors, the latest first, with its reason and what became of it', async () => {
    const id = await walkTo(flow.api, 'start-work');
    await setTime(flow.api, '2026-03-02T10:00');
    await override(id, 'window-closed', '山洪阻断');
    const [open] = (await list()).items;
    expect(open).toMatchObject({
      item: id,
      rule: 'window-closed',
      reason: '山洪阻断',
      askedBy: 'clerk1',
      outcome: null,
    });
    await flow.decide('leader1', id);
    expect((await list()).items[0]).toMatchObject({ item: id, outcome: 'granted', decidedBy: 'leader1' });
  });

  test('goes page by page through each once', async () => {
    const all = (await list()).items.map(({ item, rule }) => `${item} ${rule}`);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Listed = await list(`?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ item, rule }) => `${item} ${rule}`));
      cursor = page.next;
    }
    expect(all.length).toBeGreaterThan(3);
    expect(seen).toEqual(all);
  });

  test.each(['clerk1', 'supervise1', 'reporter1', 'sysadmin1'])('is not for %s', async (user) => {
    const answer = await flow.api.get(user, '/v1/overrides');
    expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'not-permitted']);
  });

  test('refuses a cursor that is not its own', async () => {
    const answer = await flow.api.get('audit1', '/v1/overrides?cursor=x');
    expect([answer.statusCode, codeOf(answer)]).toEqual([400, 'cursor-invalid']);
  });
});
