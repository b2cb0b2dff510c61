import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, create, REGISTER } from './cases.ts';
import { type Api, createApi } from './harness.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi();
});
afterAll(async () => {
  await api.end();
});

test('a lock that does not come is told as 503, transient, and the same key is applied afterwards, once', async () => {
  const { id } = await create(api);
  const holder = await api.db.admin.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT 1 FROM item WHERE id = $1 FOR NO KEY UPDATE', [id]);
  const headers = { 'idempotency-key': randomUUID(), 'if-match': '"1"' };
  const register = async () => await api.post('intake1', `/v1/cases/${id}/register`, REGISTER, headers);
  const busy = await register();
  await holder.query('ROLLBACK');
  holder.release();
  expect([busy.statusCode, codeOf(busy)]).toEqual([503, 'database-unavailable']);
  expect(Number(busy.headers['retry-after'])).toBeGreaterThan(0);
  const { rows } = await api.db.admin.query('SELECT 1 FROM refusal_log WHERE item_id = $1', [id]);
  expect(rows).toEqual([]);
  expect((await register()).statusCode).toBe(200);
  const again = await register();
  expect([again.statusCode, again.headers['idempotency-replayed']]).toEqual([200, 'true']);
});
