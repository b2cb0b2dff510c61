import type { LightMyRequestResponse } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RefusalCode, refusalCodes } from '../../domain/refusals.ts';
import { violations } from '../support/invariants.ts';
import { codeOf, CREATE, create, give, REGISTER, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';
import { type Ways, waysOfTheOffice } from './office-refusals.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi();
});
afterEach(async () => {
  expect(await violations(api.db.admin)).toEqual([]);
});
afterAll(async () => {
  await api.end();
});

/** Changes a list, makes the case of it, and puts the list back. */
async function whileChanged(change: string, back: string, ask: () => Promise<LightMyRequestResponse>) {
  await api.db.admin.query(change);
  try {
    return await ask();
  } finally {
    await api.db.admin.query(back);
  }
}

/** A role that somebody holds while the case of it is made. */
const withRole = async (user: string, role: string, ask: () => Promise<LightMyRequestResponse>) =>
  await whileChanged(
    `INSERT INTO role_grant VALUES ('YX', 'for-a-test', '${user}', '${role}', 'YX', clock_timestamp() - interval '1 hour', NULL)`,
    "DELETE FROM role_grant WHERE id = 'for-a-test'",
    ask,
  );

const reserve = async (body: object): Promise<LightMyRequestResponse> =>
  await give(api, 'match1', await walkTo(api, 'start-matching'), 'reserve', {
    need: 'lamps',
    resource: 'R05',
    amount: 1,
    ...body,
  });
const assign = async (team: string): Promise<LightMyRequestResponse> =>
  await give(api, 'match1', await walkTo(api, 'start-matching'), 'assign', { team });

/** How people come to be refused, by the code; the rest of the codes nobody can bring about from outside. */
const ways: Ways = {
  'unknown-command': [404, async () => await give(api, 'grid1', (await create(api)).id, 'dance', {})],
  'wrong-state': [409, async () => await give(api, 'clerk1', (await create(api)).id, 'sign')],
  'not-permitted': [403, async () => await give(api, 'grid1', (await create(api)).id, 'register', REGISTER)],
  'not-drawn': [
    403,
    async () => {
      const id = await walkTo(api, 'draw-check');
      return await withRole(
        'owner1',
        'inspector',
        async () => await give(api, 'owner1', id, 'check', { outcome: 'pass' }),
      );
    },
  ],
  'separation-of-duties': [
    403,
    async () => {
      const id = await walkTo(api, 'submit-review');
      const review = async () => await give(api, 'inspect1', id, 'review', { closureType: 'solved' });
      return await withRole('inspect1', 'closure_reviewer', review);
    },
  ],
  'second-person-needed': [
    403,
    async () => {
      const { id, request } = await asked();
      return await withRole(
        'inspect1',
        'supervisor',
        async () => await give(api, 'inspect1', id, 'grant', { request }),
      );
    },
  ],
  'unknown-request': [422, async () => await give(api, 'supervise1', (await asked()).id, 'grant', { request: 'q99' })],
  'already-requested': [409, async () => await give(api, 'inspect1', (await asked()).id, 'reopen', { reason: '再次' })],
  'same-day-call': [
    409,
    async () => {
      const id = await walkTo(api, 'draw-call-back');
      await give(api, 'callback1', id, 'call-back', { reached: 'no_answer' });
      return await give(api, 'callback1', id, 'call-back', { reached: 'no_answer' });
    },
  ],
  'guard-not-met': [409, async () => await give(api, 'dispatch1', await walkTo(api, 'start-matching'), 'dispatch')],
  'reason-missing': [
    422,
    async () => await give(api, 'intake1', (await create(api)).id, 'refuse', { ground: 'no_substance' }),
  ],
  'evidence-unknown': [
    422,
    async () =>
      await give(api, 'grid1', (await create(api)).id, 'settle-on-the-spot', {
        evidence: [{ kind: 'photo', sha256: 'ab'.repeat(32) }],
      }),
  ],
  'evidence-missing': [
    422,
    async () => await give(api, 'grid1', (await create(api)).id, 'settle-on-the-spot', { evidence: [] }),
  ],
  ...waysOfTheOffice(() => api),
  'unknown-category': [
    422,
    async () => {
      const { id } = await create(api);
      return await give(api, 'intake1', id, 'register', { ...REGISTER, category: 'weather' });
    },
  ],
  'category-taken-back': [
    409,
    async () => {
      const { id } = await create(api);
      await give(api, 'intake1', id, 'register', { ...REGISTER, category: 'gas_business', needs: [] });
      await give(api, 'match1', id, 'start-matching');
      await give(api, 'dispatch1', id, 'assign', { team: 'T03' });
      return await give(api, 'dispatch1', id, 'dispatch');
    },
  ],
  'closure-unfit': [
    422,
    async () => {
      const id = await walkTo(api, 'draw-call-back');
      await give(api, 'callback1', id, 'call-back', { reached: 'reached', solved: 'no', satisfied: 'no' });
      await give(api, 'duty1', id, 'submit-review');
      return await give(api, 'review1', id, 'review', { closureType: 'solved' });
    },
  ],
  'remainder-missing': [
    422,
    async () =>
      await give(api, 'review1', await walkTo(api, 'submit-review'), 'review', { closureType: 'partly_solved' }),
  ],
  'nothing-amended': [
    422,
    async () => await give(api, 'intake1', (await create(api)).id, 'amend', { area: 'QL-G1', reason: '更正' }),
  ],
  'unknown-area': [
    422,
    async () => await api.post('grid1', '/v1/cases', { ...CREATE, area: 'NOWHERE' }, { 'idempotency-key': 'k' }),
  ],
  'unknown-need': [422, async () => await reserve({ need: 'stairs' })],
  'unknown-reservation': [
    422,
    async () => await give(api, 'match1', await walkTo(api, 'reserve'), 'release', { reservation: 'r99' }),
  ],
  'not-own-resource': [403, async () => await give(api, 'owner1', await walkTo(api, 'reserve'), 'confirm-reservation')],
  'already-confirmed': [
    409,
    async () => {
      const id = await walkTo(api, 'reserve');
      await give(api, 'match1', id, 'confirm-reservation');
      return await give(api, 'match1', id, 'confirm-reservation');
    },
  ],
  'need-unblockable': [
    422,
    async () =>
      await give(api, 'match1', await walkTo(api, 'start-matching'), 'block', {
        blocker: 'NO_PLAN',
        need: 'lamps',
        reason: '没有方案',
      }),
  ],
  'unknown-resource': [422, async () => await reserve({ resource: 'R99' })],
  'unknown-team': [422, async () => await assign('T99')],
  'merge-target-unfit': [
    422,
    async () => {
      const id = await walkTo(api, 'register');
      return await give(api, 'dispatch1', id, 'merge', { into: id, reason: '同一问题' });
    },
  ],
  'resource-unsuitable': [422, async () => await reserve({ resource: 'R01' })],
  'resource-not-valid': [
    422,
    async () =>
      await whileChanged(
        "UPDATE resource SET valid_to = '2026-01-31' WHERE id = 'R05'",
        "UPDATE resource SET valid_to = NULL WHERE id = 'R05'",
        async () => await reserve({}),
      ),
  ],
  'resource-out-of-area': [
    422,
    async () =>
      await whileChanged(
        `UPDATE resource SET area = '{SL}' WHERE id = 'R05'`,
        `UPDATE resource SET area = '{YX}' WHERE id = 'R05'`,
        async () => await reserve({}),
      ),
  ],
  'need-exceeded': [422, async () => await reserve({ amount: 3 })],
  'resource-over-capacity': [
    409,
    async () =>
      await whileChanged(
        "UPDATE resource SET capacity = reserved + 1 WHERE id = 'R05'",
        "UPDATE resource SET capacity = 1000 WHERE id = 'R05'",
        async () => await reserve({ amount: 2 }),
      ),
  ],
  'team-not-active': [
    409,
    async () =>
      await whileChanged(
        "UPDATE team SET active = false WHERE id = 'T03'",
        "UPDATE team SET active = true WHERE id = 'T03'",
        async () => await assign('T03'),
      ),
  ],
  'team-lacks-skill': [422, async () => await assign('T01')],
  'team-out-of-area': [
    422,
    async () =>
      await whileChanged(
        `UPDATE team SET area = '{SL}' WHERE id = 'T03'`,
        `UPDATE team SET area = '{YX}' WHERE id = 'T03'`,
        async () => await assign('T03'),
      ),
  ],
  'team-over-capacity': [
    409,
    async () =>
      await whileChanged(
        "UPDATE team SET max_open_load = open_load WHERE id = 'T03'",
        "UPDATE team SET max_open_load = 100 WHERE id = 'T03'",
        async () => await assign('T03'),
      ),
  ],
  'nobody-eligible': [
    409,
    async () => {
      const id = await walkTo(api, 'hand-in');
      return await whileChanged(
        "UPDATE role_grant SET valid_to = clock_timestamp() WHERE role = 'inspector'",
        "UPDATE role_grant SET valid_to = NULL WHERE role = 'inspector'",
        async () => await give(api, 'duty1', id, 'draw-check'),
      );
    },
  ],
};

/** What takes more than one step or a certain hour to bring about, in the files of its own stage. */
const elsewhere: RefusalCode[] = [
  'other-unit',
  'own-unit',
  'ruling-needed',
  'no-ruling-needed',
  'arbitrated',
  'asked-too-late',
  'extensions-used-up',
  'extension-exceeded',
  'review-too-far',
  'unknown-task',
  'task-answered',
  'task-not-answered',
  'unknown-milestone',
  'already-linked',
  'not-linked',
  'window-closed',
  'reopening-too-late',
  'open-tasks',
  'open-milestones',
];

/** A closed case whose reopening inspect1 has asked for. */
async function asked(): Promise<{ id: string; request: string }> {
  const id = await walkTo(api, 'review');
  const answer = await give(api, 'inspect1', id, 'reopen', { reason: '灯又坏了' });
  if (answer.statusCode === 409) {
    // what is held is given back before a case is reopened
    await give(api, 'match1', id, 'release');
    await give(api, 'inspect1', id, 'reopen', { reason: '灯又坏了' });
  }
  const view = (await api.get('audit1', `/v1/cases/${id}`)).json<{ requests: { id: string }[] }>();
  return { id, request: view.requests[0]?.id ?? '' };
}

describe('each refusal has its status and its sentence, and changes nothing', () => {
  beforeAll(async () => {
    await api.db.admin.query("UPDATE resource SET capacity = 1000 WHERE id = 'R05'");
    await api.db.admin.query("UPDATE team SET max_open_load = 100 WHERE id = 'T03'");
  });

  test.each(Object.entries(ways))('%s', async (code, [status, way]) => {
    const answer = await way();
    expect([answer.statusCode, codeOf(answer)]).toEqual([status, code]);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const { detail } = answer.json<{ detail: string }>();
    expect(detail).toMatch(/[\u4e00-\u9fff]/);
    expect(detail).not.toMatch(/[{}]/);
  });

  test('invariant 3: a refused command leaves a line in the refusal log and no record', async () => {
    const { id } = await create(api);
    const count = async (): Promise<unknown> =>
      (
        await api.db.admin.query(
          `SELECT (SELECT count(*) FROM record WHERE stream_id = $1) AS records, (SELECT count(*) FROM command WHERE item_id = $1) AS commands,
             (SELECT string_agg(actor_id || ' ' || command || ' ' || code, ', ') FROM refusal_log WHERE item_id = $1) AS refused`,
          [id],
        )
      ).rows[0];
    await give(api, 'grid1', id, 'register', REGISTER);
    expect(await count()).toEqual({ records: 1, commands: 1, refused: 'grid1 register not-permitted' });
  });

  test('only the codes that nobody can bring about from outside have no way here', () => {
    const without = refusalCodes.filter((code) => !(code in ways) && !elsewhere.includes(code));
    expect(without).toEqual(['already-recorded', 'not-merged-there', 'limit-missing', 'no-candidate']);
  });
});

describe('who may not read a case learns nothing from being refused', () => {
  test.each(['register', 'sign', 'withdraw', 'dance'])(
    'a resident who gives %s on another’s case: 404',
    async (command) => {
      const { id } = await create(api);
      const body = command === 'register' ? REGISTER : command === 'withdraw' ? { voluntary: 'yes', reason: 'x' } : {};
      const answer = await give(api, 'reporter1', id, command, body);
      const absent = await give(api, 'reporter1', crypto.randomUUID(), command, body, { 'if-match': '"1"' });
      expect(answer.statusCode).toBe(404);
      expect({ ...answer.json<object>(), instance: '' }).toEqual({ ...absent.json<object>(), instance: '' });
    },
  );

  test('a resident with an old revision is told neither the new one nor what happened', async () => {
    const { id } = await create(api);
    await give(api, 'intake1', id, 'register', REGISTER);
    const answer = await give(
      api,
      'reporter1',
      id,
      'withdraw',
      { voluntary: 'yes', reason: 'x' },
      { 'if-match': '"1"' },
    );
    expect([answer.statusCode, codeOf(answer), answer.headers['etag']]).toEqual([404, 'unknown-item', undefined]);
  });

  test('whoever looks after accounts is not told where a case stands', async () => {
    const { id } = await create(api);
    const answer = await give(api, 'sysadmin1', id, 'sign');
    expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'may-not-read']);
  });
});

describe('a resident', () => {
  test('withdraws their own case, sees it and no other', async () => {
    const own = await create(api, 'reporter1');
    const other = await create(api, 'reporter2');
    const list = (await api.get('reporter1', '/v1/cases')).json<{ items: { id: string }[] }>();
    expect(list.items.map(({ id }) => id)).toEqual([own.id]);
    expect((await api.get('reporter1', `/v1/cases/${own.id}`)).statusCode).toBe(200);
    for (const part of ['', '/history', '/actions', '/clocks']) {
      const answer = await api.get('reporter1', `/v1/cases/${other.id}${part}`);
      expect([part, answer.statusCode, codeOf(answer)]).toEqual([part, 404, 'unknown-item']);
    }
    const body = { voluntary: 'yes', reason: '已解决' };
    expect((await give(api, 'reporter1', own.id, 'withdraw', body)).statusCode).toBe(200);
  });

  test('reads reasons and results, and not what handlers note for each other', async () => {
    const own = await create(api, 'reporter1', { words: '我的话' });
    await give(api, 'intake1', own.id, 'refuse', {
      ground: 'no_substance',
      reason: '没有具体事项',
      told: '已告知',
      note: '内部备注',
    });
    const texts = async (user: string): Promise<object[]> =>
      (await api.get(user, `/v1/cases/${own.id}/history`))
        .json<{ items: { texts: object }[] }>()
        .items.map((record) => record.texts);
    expect((await texts('reporter1'))[1]).toEqual({ reason: '没有具体事项', told: '已告知' });
    expect((await texts('audit1'))[1]).toEqual({ reason: '没有具体事项', told: '已告知', note: '内部备注' });
  });
});
