import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { violations } from '../support/invariants.ts';
import { EVIDENCE, give, revOf, walkTo } from './cases.ts';
import { beginFlow, type Flow, grantRole, revoke, told, type Told } from './flow.ts';
import { setTime } from './stopped-clock.ts';

let flow: Flow;
beforeAll(async () => {
  flow = await beginFlow();
});
beforeEach(async () => await setTime(flow.api, '2026-03-02T09:00'));
afterEach(async () => expect(await violations(flow.api.db.admin)).toEqual([]));
afterAll(async () => await flow.api.end());

const RETURN = { basis: 'duty_12_3', properUnit: 'X-GD', reason: '权属供电公司' };
const sendBack = async (id: string, user = 'clerk1', more: object = {}): Promise<Told> =>
  told(await give(flow.api, user, id, 'return', { ...RETURN, ...more }));
/** Assigned to a team and dispatched again, as after a return. */
async function dispatchAgain(id: string, team: string): Promise<void> {
  expect(told(await give(flow.api, 'dispatch1', id, 'assign', { team }))).toEqual([200, 'matching']);
  expect(told(await give(flow.api, 'dispatch1', id, 'dispatch'))).toEqual([200, 'dispatched']);
}

describe('sign and contact', () => {
  test('are for people of the unit in charge, or of the whole office', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    expect(told(await give(flow.api, 'clerk2', id, 'sign'))).toEqual([403, 'other-unit']);
    expect(told(await give(flow.api, 'case1', id, 'sign'))).toEqual([403, 'not-permitted']);
    expect(told(await give(flow.api, 'clerk1', id, 'sign'))).toEqual([200, 'signed']);
    expect(told(await give(flow.api, 'case2', id, 'contact', { means: 'visit' }))).toEqual([403, 'other-unit']);
    expect(told(await give(flow.api, 'case3', id, 'contact', { means: 'visit' }))).toEqual([200, 'contacted']);
  });

  test('the button says why it is not there for another unit’s clerk', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    const { actions } = (await flow.api.get('clerk2', `/v1/cases/${id}/actions`)).json<{
      actions: { command: string; refusal: { code: string; text: string } | null }[];
    }>();
    expect(actions.find(({ command }) => command === 'sign')?.refusal).toMatchObject({
      code: 'other-unit',
      text: '须由单位 YX-YJ 的人员办理。',
    });
  });

  test('each has a clock of its own: four work hours to sign, then a day to contact', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    const due = async (clock: string): Promise<unknown> =>
      (await flow.viewOf(id)).clocks.find((running) => running.id === clock)?.due;
    expect(await due('sign')).toBe('2026-03-02T15:00:00+08:00');
    await give(flow.api, 'clerk1', id, 'sign');
    expect([await due('sign'), await due('contact')]).toEqual([undefined, '2026-03-03T09:00:00+08:00']);
  });
});

describe('return', () => {
  test('is asked, shown as a label, and granted: the order goes back to matching, and the handling clock runs on', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    const before = (await flow.viewOf(id)).clocks.find((clock) => clock.id === 'handle');
    expect(await sendBack(id)).toEqual([200, 'dispatched']);
    const asked = await flow.viewOf(id);
    expect(asked.labels).toMatchObject([{ code: 'return_review', title: { zh: '退单审批' } }]);
    expect(asked.requests).toMatchObject([
      { command: 'return', askedBy: 'clerk1', asked: { basis: 'duty_12_3', properUnit: 'X-GD' }, ruling: false },
    ]);
    expect(await flow.decide('dispatch1', id)).toEqual([200, 'matching']);
    const after = await flow.viewOf(id);
    expect(after).toMatchObject({ labels: [], requests: [], counts: { returns: 1 }, lead: { active: false } });
    expect(after.clocks.find((clock) => clock.id === 'handle')).toEqual(before);
    await dispatchAgain(id, 'T07');
    expect((await flow.viewOf(id)).clocks.find((clock) => clock.id === 'handle')).toEqual(before);
  });

  test('is found in the list by its label', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    await sendBack(id);
    const ids = async (state: string): Promise<string[]> =>
      (await flow.api.get('audit1', `/v1/cases?state=${state}`))
        .json<{ items: { id: string }[] }>()
        .items.map((one) => one.id);
    expect(await ids('return_review')).toContain(id);
    expect(await ids('extension_review')).not.toContain(id);
    expect(await ids('dispatched')).toContain(id);
  });

  test('at the last millisecond of the four work hours is in time, one later is not', async () => {
    const [one, two] = [await walkTo(flow.api, 'dispatch'), await walkTo(flow.api, 'dispatch')];
    await setTime(flow.api, '2026-03-02T15:00:00.000');
    expect(await sendBack(one)).toEqual([200, 'dispatched']);
    await setTime(flow.api, '2026-03-02T15:00:00.001');
    expect(await sendBack(two)).toEqual([409, 'window-closed']);
  });

  test('that came in time is in time although it waited for somebody’s lock', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    await setTime(flow.api, '2026-03-02T15:00:00.000');
    const holder = await flow.api.db.admin.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT 1 FROM item WHERE id = $1 FOR UPDATE', [id]);
      const waiting = sendBack(id);
      await expect
        .poll(async () => {
          const { rows } = await flow.api.db.admin.query(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
          );
          return rows.length;
        })
        .toBeGreaterThan(0);
      await setTime(flow.api, '2026-03-02T15:00:01.500');
      await holder.query('COMMIT');
      expect(await waiting).toEqual([200, 'dispatched']);
    } finally {
      holder.release();
    }
  });

  test('needs a reason, a basis and a unit that there is', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    expect(told(await give(flow.api, 'clerk1', id, 'return', { basis: 'x', properUnit: 'X-GD' }))).toEqual([
      422,
      'reason-missing',
    ]);
    expect(await sendBack(id, 'clerk1', { properUnit: 'NOWHERE' })).toEqual([422, 'unknown-unit']);
    expect(told(await give(flow.api, 'clerk1', id, 'return', { properUnit: 'X-GD', reason: 'x' }))).toEqual([
      400,
      'shape-invalid',
    ]);
  });

  test('is for the unit’s own clerk, before the work is handed in', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    expect(await sendBack(id, 'clerk2')).toEqual([403, 'other-unit']);
    expect(await sendBack(id, 'dispatch1')).toEqual([403, 'not-permitted']);
    expect(await sendBack(await walkTo(flow.api, 'start-matching'))).toEqual([409, 'wrong-state']);
    expect(await sendBack(await walkTo(flow.api, 'hand-in'))).toEqual([409, 'wrong-state']);
  });

  test('S2: is never decided by the unit itself, by whoever asked, or by anybody without the role', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    await sendBack(id);
    await grantRole(flow.api, 'own.1', 'clerk1', 'dispatcher');
    await grantRole(flow.api, 'own.2', 'case1', 'dispatcher');
    await grantRole(flow.api, 'own.3', 'duty1', 'dispatcher', { unit: 'YX-YJ' });
    expect(await flow.decide('supervise1', id)).toEqual([403, 'not-permitted']);
    expect(await flow.decide('clerk1', id)).toEqual([403, 'own-unit']);
    expect(await flow.decide('case1', id)).toEqual([403, 'own-unit']);
    expect(await flow.decide('duty1', id)).toEqual([403, 'own-unit']);
    expect(await flow.decide('dispatch1', id)).toEqual([200, 'matching']);
    await revoke(flow.api, 'own.1', 'own.2', 'own.3');
  });

  test('may be refused, with a reason; the unit has used its one return of this dispatch', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    await sendBack(id);
    expect(await sendBack(id)).toEqual([409, 'already-requested']);
    expect(await flow.decide('dispatch1', id, 'refuse-request')).toEqual([422, 'reason-missing']);
    expect(await flow.decide('dispatch1', id, 'refuse-request', { reason: '属本单位' })).toEqual([200, 'dispatched']);
    expect(await sendBack(id)).toEqual([409, 'window-closed']);
    expect((await flow.viewOf(id)).counts['returns']).toBe(1);
  });

  test('the same request granted and refused at once is decided once', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    await sendBack(id);
    const [request] = (await flow.viewOf(id)).requests;
    const body = { request: request?.id };
    const seen = { 'if-match': `"${await revOf(flow.api, id)}"` };
    const answers = await Promise.all([
      give(flow.api, 'dispatch1', id, 'grant', body, seen),
      give(flow.api, 'dispatch1', id, 'refuse-request', { ...body, reason: '不同意' }, seen),
    ]);
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200, 412]));
    const { rows } = await flow.api.db.admin.query("SELECT 1 FROM request WHERE item_id = $1 AND outcome <> 'lapsed'", [
      id,
    ]);
    expect(rows).toHaveLength(1);
  });
});

describe('the second return', () => {
  async function secondReturn(): Promise<string> {
    const id = await walkTo(flow.api, 'dispatch');
    await sendBack(id);
    await flow.decide('dispatch1', id);
    await dispatchAgain(id, 'T07');
    expect(await sendBack(id, 'clerk3', { properUnit: 'YX-YJ' })).toEqual([200, 'dispatched']);
    return id;
  }
  const rule = async (id: string, unit: string, user = 'supervise1'): Promise<Told> =>
    await flow.decide(user, id, 'arbitrate', { unit, basis: 'ruling_7', reason: '会商认定' });

  test('is ruled within a working day, by a ruling and nothing else', async () => {
    const id = await secondReturn();
    const view = await flow.viewOf(id);
    expect(view.requests).toMatchObject([{ command: 'return', ruling: true }]);
    const clock = view.clocks.find(({ id: name }) => name.startsWith('arbitrate.'));
    expect(clock?.due).toBe('2026-03-03T17:30:00+08:00');
    expect(await flow.decide('supervise1', id)).toEqual([409, 'ruling-needed']);
    expect(await flow.decide('dispatch1', id)).toEqual([403, 'not-permitted']);
    expect(await rule(id, 'NOWHERE')).toEqual([422, 'unknown-unit']);
  });

  test('ruled to another unit goes back, to a team of that unit and no other', async () => {
    const id = await secondReturn();
    expect(await rule(id, 'YX-YJ')).toEqual([200, 'matching']);
    expect((await flow.viewOf(id)).fields).toMatchObject({ ruledUnit: 'YX-YJ', ruledBasis: 'ruling_7' });
    expect(told(await give(flow.api, 'dispatch1', id, 'assign', { team: 'T07' }))).toEqual([409, 'arbitrated']);
    await dispatchAgain(id, 'T03');
    expect(await sendBack(id)).toEqual([409, 'arbitrated']);
  });

  test('ruled to the same unit stays there, and the ruling binds', async () => {
    const id = await secondReturn();
    expect(await rule(id, 'X-GD', 'leader1')).toEqual([200, 'dispatched']);
    expect(await flow.viewOf(id)).toMatchObject({ lead: { team: 'T07', active: true }, requests: [] });
    expect(await sendBack(id, 'clerk3', { properUnit: 'YX-YJ' })).toEqual([409, 'arbitrated']);
    const { rows } = await flow.api.db.admin.query<{ said: object }>(
      `SELECT bytes::json->'data'->'payload' AS said FROM record WHERE stream_id = $1 AND bytes::json->>'type' = 'arbitrate'`,
      [id],
    );
    expect(rows).toMatchObject([{ said: { unit: 'X-GD', basis: 'ruling_7' } }]); // what a precedent is read from
  });

  test('a request that needs no ruling is not arbitrated', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    await sendBack(id);
    expect(await rule(id, 'YX-YJ', 'dispatch1')).toEqual([409, 'no-ruling-needed']);
  });
});

describe('decline', () => {
  test('by the team, with a reason, gives the order back to matching and the team’s place to others', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    await grantRole(flow.api, 'lead.t03', 'volunteer1', 'team_lead', { unit: 'YX-YJ' });
    expect(told(await give(flow.api, 'lead1', id, 'decline', { reason: '人手不足' }))).toEqual([403, 'other-unit']);
    expect(told(await give(flow.api, 'volunteer1', id, 'decline'))).toEqual([422, 'reason-missing']);
    expect(told(await give(flow.api, 'volunteer1', id, 'decline', { reason: '人手不足' }))).toEqual([200, 'matching']);
    expect(await flow.viewOf(id)).toMatchObject({ lead: { active: false }, counts: { returns: 0 } });
    expect(told(await give(flow.api, 'volunteer1', id, 'decline', { reason: '人手不足' }))).toEqual([
      409,
      'wrong-state',
    ]);
  });
});

test('a request lapses when the item goes where it is not possible any more', async () => {
  const id = await walkTo(flow.api, 'start-work');
  await sendBack(id);
  expect(told(await give(flow.api, 'case1', id, 'hand-in', { evidence: EVIDENCE, result: '已办' }))).toEqual([
    200,
    'handled',
  ]);
  expect(await flow.viewOf(id)).toMatchObject({ requests: [], labels: [] });
  const { rows } = await flow.api.db.admin.query('SELECT outcome, decided_by FROM request WHERE item_id = $1', [id]);
  expect(rows).toEqual([{ outcome: 'lapsed', decided_by: null }]);
});

describe('S9: a stand-in', () => {
  beforeAll(async () => {
    await grantRole(flow.api, 'stand-in.1', 'grid1', 'unit_clerk', { unit: 'YX-YJ', for: 'clerk1' });
    await grantRole(flow.api, 'stand-in.2', 'case1', 'dispatcher', { unit: 'YX-ZX', for: 'dispatch1' });
  });

  test('acts under their own name, for whom stands in the record and the history', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    expect(told(await give(flow.api, 'grid1', id, 'sign'))).toEqual([200, 'signed']);
    const { items } = (await flow.api.get('audit1', `/v1/cases/${id}/history`)).json<{ items: { actor: object }[] }>();
    expect(items.at(-1)?.actor).toEqual({ id: 'grid1', role: 'unit_clerk', for: 'clerk1' });
    const { grants } = (await flow.api.get('grid1', '/v1/me')).json<{ grants: object[] }>();
    expect(grants).toContainEqual(expect.objectContaining({ role: 'unit_clerk', for: 'clerk1', unit: 'YX-YJ' }));
  });

  test('holds the duty together with whom they stand in for, so that neither reviews', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    await give(flow.api, 'grid1', id, 'sign');
    const { rows } = await flow.api.db.admin.query("SELECT user_id FROM duty WHERE item_id = $1 AND duty = 'handler'", [
      id,
    ]);
    expect(rows.map((row: { user_id: string }) => row.user_id).sort()).toEqual(['clerk1', 'grid1']);
  });

  test('does not decide what the one they stand in for has asked, nor the other way round', async () => {
    const id = await walkTo(flow.api, 'dispatch');
    expect(await sendBack(id, 'grid1')).toEqual([200, 'dispatched']); // asked by grid1 for clerk1
    await grantRole(flow.api, 'stand-in.4', 'match1', 'dispatcher', { for: 'clerk1' });
    await grantRole(flow.api, 'stand-in.5', 'grid1', 'dispatcher');
    expect(await flow.decide('match1', id)).toEqual([403, 'second-person-needed']);
    expect(await flow.decide('grid1', id)).toEqual([403, 'second-person-needed']);
    expect(await flow.decide('case1', id)).toEqual([403, 'own-unit']);
    expect(await flow.decide('dispatch1', id)).toEqual([200, 'matching']);
    await revoke(flow.api, 'stand-in.4', 'stand-in.5');
  });

  test('S9: nobody stands in for themselves', async () => {
    const self = grantRole(flow.api, 'self', 'case1', 'dispatcher', { for: 'case1' });
    await expect(self).rejects.toMatchObject({ constraint: 'role_grant_for' });
  });
});
