import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { itemId, officeId } from '../../domain/ids.ts';
import type { Blocker } from '../../domain/process/lists.ts';
import type { RefusalCode } from '../../domain/refusals.ts';
import { markStuck } from '../../record/debt.ts';
import { withOffice } from '../../record/office.ts';
import { commandContracts } from '../../api/contract/commands.ts';
import { codeOf, create, give, REGISTER, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi();
});
afterAll(async () => {
  await api.end();
});

interface Line {
  id: string;
  dueAt: string | null;
  title: string;
}
interface Page {
  items: Line[];
  next: string | null;
}

async function list(query: string, user = 'audit1'): Promise<Page> {
  const answer = await api.get(user, `/v1/cases${query}`);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return answer.json<Page>();
}

describe('the list of cases', () => {
  let running: string[];
  let waiting: string[];
  beforeAll(async () => {
    running = [await walkTo(api, 'dispatch'), await walkTo(api, 'dispatch'), await walkTo(api, 'sign')];
    waiting = [(await create(api)).id, (await create(api, 'intake1', { title: '另一件事' })).id];
  });

  /** By due instant, which the hour of the day decides, then by id. */
  async function expected(): Promise<string[]> {
    const { rows } = await api.db.admin.query<{ id: string; due: number }>(
      'SELECT id, due_at AS due FROM item WHERE due_at IS NOT NULL',
    );
    const due = rows.toSorted((a, b) => a.due - b.due || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
    expect(due.toSorted()).toEqual(running.toSorted());
    return [...due, ...waiting.toSorted()];
  }

  test('has the ones that are due first, then by id, and opens their titles', async () => {
    const { items, next } = await list('');
    expect(next).toBeNull();
    expect(items.map(({ id }) => id)).toEqual(await expected());
    expect(items.slice(0, 3).every(({ dueAt }) => dueAt?.endsWith('+08:00'))).toBe(true);
    expect(items.filter(({ title }) => title === '另一件事')).toHaveLength(1);
    expect(items.find(({ id }) => id === running[0])).toMatchObject({
      state: { title: { zh: '已派单' } },
      stage: 'team-assignment',
      area: 'QL-G1',
      unit: 'YX-YJ',
    });
  });

  test('goes page by page through every case once', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page = await list(`?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    expect(seen).toEqual(await expected());
  });

  test('is filtered by stage, state, unit and due instant', async () => {
    const ids = async (query: string): Promise<number> => (await list(query)).items.length;
    expect(await ids('?stage=team-assignment')).toBe(3);
    expect(await ids('?stage=demand-list')).toBe(2);
    expect(await ids('?state=signed')).toBe(1);
    expect(await ids('?state=signed&stage=demand-list')).toBe(0);
    expect(await ids('?unit=YX-YJ')).toBe(3);
    expect(await ids('?unit=YX-CM')).toBe(0);
    expect(await ids('?due_before=2099-01-01T00:00:00Z')).toBe(3);
    expect(await ids('?due_before=2020-01-01T00:00:00%2B08:00')).toBe(0);
  });

  test.each([
    ['limit=0', '/limit'],
    ['limit=101', '/limit'],
    ['limit=ten', '/limit'],
    ['stage=closing', '/stage'],
    ['state=A%20B', '/state'],
    ['due_before=2026-03-02', '/due_before'],
    ['due_before=2026-03-02T09:00:00', '/due_before'],
    ['colour=red', '/colour'],
    ['stage=demand-list&stage=closure-review', '/stage'],
  ])('refuses ?%s and points at what is wrong', async (query, pointer) => {
    const answer = await api.get('audit1', `/v1/cases?${query}`);
    expect([answer.statusCode, codeOf(answer)]).toEqual([400, 'shape-invalid']);
    expect(answer.json<{ errors: object[] }>().errors[0]).toMatchObject({ in: 'query', pointer });
  });

  test.each(['x', 'bnVsbA', Buffer.from('[1]').toString('base64url'), Buffer.from('[1.5,"a"]').toString('base64url')])(
    'refuses the cursor %s',
    async (cursor) => {
      const answer = await api.get('audit1', `/v1/cases?cursor=${cursor}`);
      expect([answer.statusCode, codeOf(answer)]).toEqual([400, 'cursor-invalid']);
    },
  );
});

describe('a case', () => {
  test('shows where it stands, what it needs and holds, and who the resident is only in outline', async () => {
    const id = await walkTo(api, 'draw-check');
    const answer = await api.get('review1', `/v1/cases/${id}`);
    expect(answer.headers['etag']).toBe('"11"');
    expect(answer.json()).toMatchObject({
      id,
      rev: 11,
      episode: 1,
      state: { id: 'checking', title: { zh: '核查中', en: 'checking' } },
      stage: 'closure-review',
      labels: [],
      area: 'QL-G1',
      submittedBy: 'grid1',
      texts: { title: '青莲3栋楼道灯全坏', place: '青莲社区3栋', reporterName: '张**', reporterPhone: '138****1234' },
      fields: { category: 'municipal', contactMeans: 'phone' },
      needs: [{ id: 'lamps', amount: 2, covered: 2 }],
      reservations: [{ need: 'lamps', resource: 'R05', amount: 2 }],
      lead: { team: 'T03', unit: 'YX-YJ', active: true },
      clocks: [{ id: 'total' }, { id: 'check' }],
      drawn: [{ user: 'inspect1', duty: 'checker' }],
      requests: [],
      definition: { id: 'order', version: 1 },
    });
  });

  test('carries an open request as a label beside its state', async () => {
    const id = await walkTo(api, 'review');
    await give(api, 'match1', id, 'release');
    await give(api, 'inspect1', id, 'reopen', { reason: '灯又坏了' });
    const view = (await api.get('review1', `/v1/cases/${id}`)).json<object>();
    expect(view).toMatchObject({
      state: { id: 'closed' },
      labels: [{ code: 'reopen_review', title: { zh: '重开审批' } }],
      requests: [{ command: 'reopen', askedBy: 'inspect1', persons: 1, granted: [] }],
    });
  });

  test('does not tell a resident’s name or number in full in any answer about it', async () => {
    const id = await walkTo(api, 'contact');
    for (const part of ['', '/history', '/actions', '/clocks'])
      for (const user of ['review1', 'case1', 'sysadmin1']) {
        const { body } = await api.get(user, `/v1/cases/${id}${part}`);
        expect(body).not.toMatch(/张某某|138 ?0000 ?1234/);
      }
    expect((await api.get('audit1', '/v1/cases')).body).not.toMatch(/张某某|138 ?0000 ?1234/);
  });

  test('is closed to whoever looks after accounts and nothing else', async () => {
    const { id } = await create(api);
    for (const url of ['/v1/cases', `/v1/cases/${id}`, `/v1/cases/${id}/history`]) {
      const answer = await api.get('sysadmin1', url);
      expect([url, answer.statusCode, codeOf(answer)]).toEqual([url, 403, 'may-not-read']);
    }
  });

  test.each(['0f6c1f7e-8f57-4f0e-9a55-1f5a8f0f7c11', '..', 'a%20b', "'", 'x'.repeat(64), '%00', '%F0%A0%AE%B7'])(
    'that does not exist is unknown: %s',
    async (id) => {
      const answer = await api.get('audit1', `/v1/cases/${id}`);
      expect(answer.statusCode).toBe(404);
    },
  );
});

describe('the history', () => {
  test('goes page by page, each record linked to the one before', async () => {
    const id = await walkTo(api, 'sign');
    interface Records {
      items: {
        seq: number;
        hash: string;
        prev: string;
        texts: object;
        title: object;
        from: string | null;
        to: string;
      }[];
      next: string | null;
    }
    const first = (await api.get('audit1', `/v1/cases/${id}/history?limit=4`)).json<Records>();
    const second = (await api.get('audit1', `/v1/cases/${id}/history?limit=4&cursor=${first.next}`)).json<Records>();
    const all = [...first.items, ...second.items];
    expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(second.next).toBeNull();
    expect(all.slice(1).map(({ prev }) => prev)).toEqual(all.slice(0, -1).map(({ hash }) => hash));
    expect(all[0]).toMatchObject({
      from: null,
      to: 'submitted',
      title: { zh: '提交' },
      texts: { words: '3栋从一楼到六楼的灯都不亮。', reporterName: '张**', reporterPhone: '138****1234' },
    });
  });
});

describe('what may be done next', () => {
  interface Action {
    command: string;
    allowed: boolean;
    to: string | null;
    refusal: { code: string; text: string } | null;
    payload: object;
    example: object;
  }
  interface Advice {
    actions: Action[];
    stuck: object[];
  }
  async function actionsOf(user: string, id: string, language = 'zh'): Promise<Advice> {
    return (await api.get(user, `/v1/cases/${id}/actions`, { 'accept-language': language })).json<Advice>();
  }
  const named = ({ actions }: Advice, command: string): Action | undefined =>
    actions.find((action) => action.command === command);

  test('is told for every command, allowed or with the reason, in the caller’s language', async () => {
    const { id } = await create(api);
    const zh = await actionsOf('intake1', id);
    expect(zh.actions.map(({ command }) => command).sort()).toEqual(Object.keys(commandContracts).sort());
    expect(zh.actions.filter(({ allowed }) => allowed).map(({ command }) => command)).toEqual([
      'verify',
      'register',
      'refuse',
      'redirect',
      'split',
      'withdraw',
      'amend',
      'settle-on-the-spot',
    ]);
    expect(named(zh, 'sign')?.refusal).toMatchObject({ code: 'wrong-state', text: '当前状态（待受理）下不能这样做。' });
    const en = await actionsOf('grid1', id, 'en-GB,en;q=0.9');
    expect(named(en, 'register')?.refusal).toMatchObject({
      code: 'not-permitted',
      text: 'This needs one of these roles: intake clerk.',
    });
  });

  test('agrees with what happens when it is done', async () => {
    const id = await walkTo(api, 'start-matching');
    expect(named(await actionsOf('dispatch1', id), 'dispatch')).toMatchObject({
      allowed: false,
      refusal: { code: 'guard-not-met' },
    });
    expect((await give(api, 'dispatch1', id, 'dispatch')).statusCode).toBe(409);
    expect(named(await actionsOf('dispatch1', id), 'assign')).toMatchObject({ allowed: true, to: 'matching' });
    expect((await give(api, 'dispatch1', id, 'assign', { team: 'T03' })).statusCode).toBe(200);
  });

  test('says that nobody may be drawn where that is so', async () => {
    const id = await walkTo(api, 'hand-in');
    expect(named(await actionsOf('duty1', id), 'draw-check')?.allowed).toBe(true);
    await api.db.admin.query("UPDATE role_grant SET valid_to = clock_timestamp() WHERE role = 'inspector'");
    try {
      expect(named(await actionsOf('duty1', id), 'draw-check')?.refusal).toMatchObject({ code: 'nobody-eligible' });
    } finally {
      await api.db.admin.query("UPDATE role_grant SET valid_to = NULL WHERE role = 'inspector'");
    }
  });

  test('carries a schema and an example of each body', async () => {
    const id = await walkTo(api, 'start-matching');
    const reserve = named(await actionsOf('match1', id), 'reserve');
    expect(reserve?.payload).toMatchObject({
      type: 'object',
      required: ['need', 'resource', 'amount'],
      additionalProperties: false,
      properties: { amount: { type: 'integer', minimum: 1 } },
    });
    expect(reserve?.example).toEqual({ need: 'lamps', resource: 'R05', amount: 20 });
  });

  test.each<[RefusalCode | Blocker, string | null, string]>([
    ['NO_RESOURCE', 'NO_RESOURCE', '资源清单中没有可用的资源。'],
    ['NO_TEAM', 'NO_TEAM', '服务团队清单中没有可派的团队。'],
    ['team-over-capacity', 'NO_TEAM', '团队 在办已满。'],
    ['no-candidate', 'NO_RESOURCE', '没有找到可用的资源或团队。'],
    ['nobody-eligible', null, '没有可抽取的人员。'],
  ])('names the empty list when a step of the system is stuck on %s', async (code, empty, text) => {
    const { id } = await create(api);
    await give(api, 'intake1', id, 'register', REGISTER);
    await withOffice(api.db.app, officeId('YX'), async (tx) => {
      await markStuck(tx, itemId(id), 'start-matching', code, tx.seen);
    });
    const { stuck } = await actionsOf('match1', id);
    expect(stuck).toMatchObject([{ step: 'start-matching', code, list: empty, text, tries: 1 }]);
  });
});

test('the clocks of a case show their levels and their light', async () => {
  const id = await walkTo(api, 'dispatch');
  const { clocks } = (await api.get('clerk1', `/v1/cases/${id}/clocks`)).json<{ clocks: object[] }>();
  expect(clocks).toMatchObject([
    {
      id: 'total',
      owner: 'duty_officer',
      light: 'green',
    },
    {
      id: 'sign',
      owner: 'unit',
      paused: false,
      levels: [{ level: 1, kind: 'due', recorded: false }],
    },
    {
      id: 'handle',
      owner: 'unit',
      limit: { kind: 'work_day', amount: 2 },
      light: 'green',
      levels: [
        { level: 1, kind: 'warning', recorded: false },
        { level: 2, kind: 'due', recorded: false },
      ],
    },
  ]);
});

describe('the lists of resources and teams', () => {
  test('show what is free and how loaded teams are', async () => {
    const before = (await api.get('match1', '/v1/teams/T03')).json<{ openLoad: number; free: number }>();
    await walkTo(api, 'assign');
    const lamps = (await api.get('match1', '/v1/resources/R05')).json<{
      capacity: number;
      reserved: number;
      free: number;
    }>();
    expect(lamps.reserved).toBeGreaterThan(0);
    expect(lamps.free).toBe(lamps.capacity - lamps.reserved);
    const after = (await api.get('reporter1', '/v1/teams/T03')).json<{ openLoad: number; free: number }>();
    expect(after).toMatchObject({ openLoad: before.openLoad + 1, free: before.free - 1 });
  });

  test.each(['resources', 'teams'])('%s go page by page', async (name) => {
    interface Entries {
      items: { id: string }[];
      next: string | null;
    }
    const whole = (await api.get('match1', `/v1/${name}?limit=100`)).json<Entries>();
    const first = (await api.get('match1', `/v1/${name}?limit=3`)).json<Entries>();
    const second = (await api.get('match1', `/v1/${name}?limit=100&cursor=${first.next}`)).json<Entries>();
    expect([...first.items, ...second.items]).toEqual(whole.items);
    expect(whole.items.length).toBeGreaterThan(3);
  });

  test('are filtered by kind and by skill', async () => {
    const goods = (await api.get('match1', '/v1/resources?kind=goods')).json<{ items: { kind: string }[] }>().items;
    expect(new Set(goods.map(({ kind }) => kind))).toEqual(new Set(['goods']));
    const teams = (await api.get('match1', '/v1/teams?skill=electrical&unit=YX-YJ')).json<{ items: { id: string }[] }>()
      .items;
    expect(teams.map(({ id }) => id)).toEqual(['T03']);
  });

  test.each([
    ['/v1/resources/R99', 'resource-not-found'],
    ['/v1/teams/T99', 'team-not-found'],
    ['/v1/commands/x', 'command-not-applied'],
  ])('%s is 404', async (url, code) => {
    const answer = await api.get('match1', url);
    expect([answer.statusCode, codeOf(answer)]).toEqual([404, code]);
  });
});
