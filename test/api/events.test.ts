import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { officeId } from '../../domain/ids.ts';
import { NEWS_KEPT, tellNews } from '../../record/news.ts';
import { create, give, REGISTER, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';
import { createSecondOffice } from './second-office.ts';

const OFFICE = officeId('YX');
const WAITING = 64 * 1024;
let api: Api;
let address: string;
beforeAll(async () => {
  api = await createApi({ limits: { everyMs: 20, quietLooks: 5, mostWaiting: WAITING } });
  await createSecondOffice(api.db);
  await api.db.admin.query("UPDATE resource SET capacity = 1000 WHERE id = 'R05'");
  address = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await api.end();
});

interface Block {
  id?: string;
  event: string;
  data: Record<string, unknown>;
}

/** A client as browsers have it: blocks as they come, and the last id that was seen. */
class Client {
  readonly blocks: Block[] = [];
  comments = 0;
  closed = false;
  lastId = '';
  readonly #response: IncomingMessage;
  constructor(response: IncomingMessage) {
    this.#response = response;
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const parts = (rest + text).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) this.#take(part);
    });
    response.on('close', () => (this.closed = true));
    response.on('error', () => (this.closed = true));
  }
  #take(part: string): void {
    if (part.startsWith(':')) return void (this.comments += 1);
    const fields = Object.fromEntries(part.split('\n').map((line) => line.split(/: (.*)/s)));
    this.lastId = fields['id'] ?? this.lastId;
    this.blocks.push({ ...fields, data: JSON.parse(fields['data'] ?? '{}') } as Block);
  }
  of(event: string): Record<string, unknown>[] {
    return this.blocks.filter((block) => block.event === event).map(({ data }) => data);
  }
  async until(what: () => boolean): Promise<void> {
    for (let looks = 0; !what(); looks += 1) {
      if (looks > 500) throw new Error(`it did not come: ${JSON.stringify(this.blocks.slice(-3))}`);
      await sleep(20);
    }
  }
  leave(): void {
    this.#response.destroy();
  }
}

async function answerTo(user: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const authorization = `Bearer ${await api.tokenOf(user)}`;
  const [response] = (await once(
    get(`${address}/v1/events`, { agent: false, headers: { authorization, ...headers } }),
    'response',
  )) as [IncomingMessage];
  return response;
}
async function watch(user: string, lastId?: string): Promise<Client> {
  const response = await answerTo(user, lastId === undefined ? {} : { 'last-event-id': lastId });
  expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
  const client = new Client(response);
  if (lastId === undefined) await client.until(() => client.of('ready').length === 1);
  return client;
}
async function tellAll(): Promise<void> {
  while ((await tellNews(api.db.app, OFFICE)) > 0);
}

describe('live events', () => {
  test('tell of each new revision of a case, in order, and of one’s own notices', async () => {
    await tellAll();
    const [clerk, leader] = [await watch('clerk1'), await watch('leader1')];
    const id = await walkTo(api, 'dispatch');
    await tellAll();
    await leader.until(() => leader.of('item').length === 6);
    expect(leader.of('item').map(({ rev, state }) => [rev, state])).toEqual([
      [1, 'submitted'],
      [2, 'registered'],
      [3, 'matching'],
      [4, 'matching'],
      [5, 'matching'],
      [6, 'dispatched'],
    ]);
    expect(leader.of('item').every((item) => item['id'] === id)).toBe(true);
    await clerk.until(() => clerk.of('item').length === 6);
    expect(clerk.of('notice')).toMatchObject([{ kind: 'assigned', item: { id } }]);
    expect(leader.of('notice')).toEqual([]);
    for (const client of [clerk, leader]) client.leave();
  });

  test('a client that comes back goes on where it was cut, and misses and repeats nothing', async () => {
    const first = await watch('clerk1');
    const one = await walkTo(api, 'dispatch');
    await tellAll();
    await first.until(() => first.of('item').some(({ state }) => state === 'dispatched'));
    first.leave();
    const two = await walkTo(api, 'sign');
    await tellAll();
    const second = await watch('clerk1', first.lastId);
    const three = await create(api);
    await tellAll();
    await second.until(() => second.of('item').some(({ id }) => id === three.id));
    const seen = [...first.blocks, ...second.blocks]
      .filter(({ event }) => event === 'item')
      .map(({ data }) => `${String(data['id'])} ${String(data['rev'])}`);
    const expected = [
      ...[1, 2, 3, 4, 5, 6].map((rev) => `${one} ${rev}`),
      ...[1, 2, 3, 4, 5, 6, 7].map((rev) => `${two} ${rev}`),
      `${three.id} 1`,
    ];
    expect(seen).toEqual(expected);
    expect(second.of('notice')).toHaveLength(1);
    expect(second.of('ready')).toEqual([]);
    second.leave();
  });

  test('whoever is cut between the notice and the item of one record is told both again', async () => {
    const before = await watch('clerk1');
    await walkTo(api, 'dispatch');
    await tellAll();
    await before.until(() => before.of('notice').length === 1);
    const notice = before.blocks.find(({ event }) => event === 'notice');
    expect(notice?.id).toBeUndefined();
    before.leave();
  });

  test.each(['999999999', 'x', '-1', '9'.repeat(40)])(
    'a number that was never given (%s) is answered with reset',
    async (lastId) => {
      const client = await watch('clerk1', lastId);
      await client.until(() => client.of('reset').length === 1);
      expect(client.lastId).toMatch(/^\d+$/);
      client.leave();
    },
  );

  test('a resident is told of their own cases only, and no office of another one’s', async () => {
    const [resident, elsewhere, admin] = [await watch('reporter1'), await watch('qs-intake'), await watch('sysadmin1')];
    await create(api, 'grid1');
    const own = await create(api, 'reporter1');
    await api.post('sysadmin1', '/v1/users/owner1/deactivate');
    await tellAll();
    await resident.until(() => resident.of('item').length > 0);
    expect(resident.of('item')).toEqual([{ id: own.id, rev: 1, state: 'submitted' }]);
    await sleep(200);
    expect(elsewhere.blocks.map(({ event }) => event)).toEqual(['ready']);
    expect(admin.of('item')).toEqual([]);
    for (const client of [resident, elsewhere, admin]) client.leave();
  });

  test('show a sign of life where nothing happens', async () => {
    const client = await watch('leader1');
    await client.until(() => client.comments > 1);
    client.leave();
  });
});

describe('a connection ends', () => {
  test('with its session', async () => {
    const client = await watch('intake2');
    await api.post('intake2', '/v1/logout');
    await client.until(() => client.closed);
    api.forget('intake2');
  });

  test('with the last grant, and is told nothing that came after it', async () => {
    const client = await watch('match1');
    await api.post('sysadmin1', '/v1/grants/match1.matcher/revoke');
    const { id } = await create(api);
    await tellAll();
    await client.until(() => client.closed);
    expect(client.of('item').filter((item) => item['id'] === id)).toEqual([]);
    const answer = await answerTo('match1');
    expect(answer.statusCode).toBe(403);
    answer.destroy();
  });

  test('when it is one too many for its user', async () => {
    const open = [];
    for (let n = 0; n < 5; n += 1) open.push(await watch('grid1'));
    const sixth = await answerTo('grid1');
    expect([sixth.statusCode, sixth.headers['retry-after']]).toEqual([429, '30']);
    sixth.destroy();
    open.pop()?.leave();
    for (let looks = 0; ; looks += 1) {
      const next = await answerTo('grid1');
      next.destroy();
      if (next.statusCode === 200) break;
      if (looks > 100) throw new Error('the place was not given back');
      await sleep(20);
    }
    for (const client of open) client.leave();
  });

  test('when nobody reads: what waits is bounded, and everybody else is told all the same', async () => {
    await tellAll();
    const { hostname, port } = new URL(address);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(`GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await api.tokenOf('audit1')}\r\n\r\n`);
    await once(socket, 'data');
    socket.pause();
    const reader = await watch('audit1');
    const { id } = await create(api);
    await give(api, 'intake1', id, 'register', REGISTER);
    await tellAll();
    const [head] = (await api.db.admin.query<{ last: number }>('SELECT last FROM news_head')).rows;
    const many = 120_000; // far more than the buffers of two sockets on one machine hold
    await api.db.admin.query(
      `INSERT INTO news (office_id, stream, stream_id, seq, n, place)
         SELECT 'YX', 'case', $1, 1000 + g, $2 + g, 'registered' FROM generate_series(1, $3::int) AS g`,
      [id, head?.last, many],
    );
    await api.db.admin.query('UPDATE news_head SET last = last + $1', [many]);
    await reader.until(() => reader.of('item').length >= many);
    let gone = false;
    socket.on('close', () => (gone = true));
    socket.resume();
    await reader.until(() => gone);
    expect(reader.closed).toBe(false);
    reader.leave();
  }, 60_000);

  test('at once when the application closes, and a client that was away too long is told to read anew', async () => {
    await api.db.admin.query('UPDATE news_head SET last = last + $1', [NEWS_KEPT]);
    await create(api);
    await tellAll();
    const late = await watch('leader1', '1');
    await late.until(() => late.of('reset').length === 1);
    await api.app.close();
    await late.until(() => late.closed);
  });
});
