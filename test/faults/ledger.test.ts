import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ItemId } from '../../domain/ids.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { act, must, submitCase } from '../support/people.ts';
import { LAMPS } from '../workflows/lives.ts';
import type { Reply } from './http.ts';
import { type Entry, type Ledger, verdict, type Verdict } from './soak/ledger.ts';

let db: TestDatabase;
let item: ItemId;
let answer: string;
beforeAll(async () => {
  db = await createTestDatabase();
  item = await submitCase(db.store, { key: 'brought' });
  ({ answer } = must(await act(db.store, item, 'intake1', 'register', LAMPS.register, { key: 'registered' })));
});
afterAll(async () => {
  await db.end();
});

const heard = (bytes: string, status = 200): Reply => ({ status, bytes, replayed: false, etag: null });
const nothing: Reply = { lost: 'the connection ended' };
const entry = (user: string, key: string, replies: Reply[], more: Partial<Entry> = {}): Entry => ({
  client: 0,
  ask: { user, key, path: `/v1/cases/${item}/register`, body: {} },
  heard: replies,
  ...more,
});
const brought = entry('grid1', 'brought', [nothing]);

async function judged(entries: Entry[], seen: string[] = []): Promise<Verdict> {
  const ledger: Ledger = { entries: [brought, ...entries], seen };
  return await verdict(ledger, db.admin);
}

test('a history without a contradiction is clean, whatever was lost on the way', async () => {
  const known = registered([nothing, heard('{}', 503), heard(answer), heard(answer)]);
  const refused = entry('case1', 'never', [heard('{"code":"not-permitted"}', 403)]);
  expect(await judged([known, refused])).toEqual({ lost: [], doubled: [], otherwise: [] });
});

const registered = (heardOfIt: Reply[], more: Partial<Entry> = {}): Entry =>
  entry('intake1', 'registered', heardOfIt, more);

test.each<[string, keyof Verdict, () => Entry[]]>([
  ['an answer of which the records know nothing', 'lost', () => [entry('case1', 'gone', [heard(answer)])]],
  ['an answer that says something else', 'lost', () => [registered([heard(answer.replace('"rev":2', '"rev":3'))])]],
  ['an outcome that was told otherwise', 'lost', () => [registered([nothing], { told: '{}' })]],
  ['two answers to one key', 'doubled', () => [registered([heard(answer), heard(`${answer} `)])]],
  ['a race that both won', 'doubled', () => [registered([heard(answer)], { race: 'a' }), { ...brought, race: 'a' }]],
  ['a refusal of what was applied', 'otherwise', () => [registered([heard('{}', 409)])]],
  ['a failure of the server that is no absence', 'otherwise', () => [registered([heard('{}', 500), heard(answer)])]],
])('%s is found', async (_title, where, entries) => {
  expect((await judged(entries()))[where]).not.toEqual([]);
});

test('a command that nobody asked for is found, and so is what a client saw itself', async () => {
  must(
    await act(db.store, item, 'intake1', 'withdraw', { voluntary: 'yes' }, { key: 'nobody', texts: { reason: '撤' } }),
  );
  const { otherwise } = await judged([entry('intake1', 'registered', [heard(answer)])], ['it went back']);
  expect(otherwise).toEqual(['it went back', 'nobody asked nobody']);
});
