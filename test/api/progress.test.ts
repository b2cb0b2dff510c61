import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFile } from 'node:fs/promises';
import { nextInWords } from '../../api/words/progress.ts';
import { officeId } from '../../domain/ids.ts';
import type { Definition } from '../../domain/process/definition.ts';
import { progressCode } from '../../domain/progress-code.ts';
import { violations } from '../support/invariants.ts';
import { codeOf, CREATE, give, REGISTER, walkTo } from './cases.ts';
import { type Api, createApi } from './harness.ts';
import { createSecondOffice } from './second-office.ts';

interface Receipt {
  number: string;
  progress: string;
  hash: string;
}
interface Created {
  id: string;
  code: string;
  hash: string;
  command: string;
  receipt: Receipt;
}

let api: Api;
beforeAll(async () => {
  api = await createApi({ limits: { progressPerMinute: 10_000, progressOfAllPerMinute: 10_000 } });
});
afterAll(async () => {
  expect(await violations(api.db.admin)).toEqual([]);
  await api.end();
});

const submit = async (user: string, key: string = randomUUID(), more: object = {}) =>
  await api.post(user, '/v1/cases', { ...CREATE, ...more }, { 'idempotency-key': key });
const look = async (code: string, headers: Record<string, string> = {}) =>
  await api.inject({ method: 'GET', url: `/v1/progress/${encodeURIComponent(code)}`, headers });

describe('the receipt', () => {
  test('has the number, the progress code and the hash of the first record', async () => {
    const answer = (await submit('grid1')).json<Created>();
    const { rows } = await api.db.admin.query<{ hash: string }>('SELECT hash FROM record WHERE stream_id = $1', [
      answer.id,
    ]);
    expect(answer.receipt).toEqual({
      number: answer.code,
      progress: expect.stringMatching(/^YX(-[0-9A-Z]{4}){5}$/),
      hash: rows[0]?.hash,
    });
    expect(answer.hash).toBe(answer.receipt.hash);
  });

  test('invariant 2: is the same byte for byte when the answer is asked for again, in whatever way', async () => {
    const key = randomUUID();
    const first = await submit('grid1', key);
    const again = await submit('grid1', key);
    expect([again.headers['idempotency-replayed'], again.body]).toEqual(['true', first.body]);
    const byKey = (await api.get('grid1', `/v1/commands?key=${key}`)).json<{ answer: object }>();
    expect(JSON.stringify(byKey.answer)).toBe(first.body);
    const { id, receipt } = first.json<Created>();
    expect((await api.get('intake1', `/v1/cases/${id}`)).json()).toMatchObject({ progressCode: receipt.progress });
  });

  test('the code is stored nowhere: no table, no record, no line of the log holds it', async () => {
    const { receipt } = (await submit('grid1')).json<Created>();
    await look(receipt.progress);
    const bare = receipt.progress.replaceAll('-', '').slice(2);
    const { rows } = await api.db.admin.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
    );
    for (const { name } of rows) {
      const { rowCount } = await api.db.admin.query(
        `SELECT 1 FROM "${name}" AS t WHERE replace(t::text, '-', '') LIKE '%' || $1 || '%'`,
        [bare],
      );
      expect([name, rowCount]).toEqual([name, 0]);
    }
    expect(api.log.join('').replaceAll('-', '')).not.toContain(bare);
  });
});

describe('GET /v1/progress/{code}', () => {
  test('says without a login how far the case has come, and nothing that anybody wrote', async () => {
    const made = (
      await submit('grid1', randomUUID(), { title: '金丝雀甲', words: '金丝雀乙', reporterName: '金丝雀丙' })
    ).json<Created>();
    const before = await look(made.receipt.progress);
    expect(before.json()).toEqual({
      number: made.code,
      office: { zh: '云溪街道', en: expect.any(String) },
      stage: { id: 'demand-list', title: { zh: '需求和问题清单', en: 'demand list' } },
      state: { id: 'submitted', title: { zh: '待受理', en: 'awaiting acceptance' } },
      next: { zh: '工作人员将决定是否受理', en: 'somebody decides whether it is taken up' },
      due: null,
      at: expect.stringMatching(/\+08:00$/),
      records: 1,
      hash: made.hash,
    });
    expect([before.headers['cache-control'], before.headers['referrer-policy']]).toEqual(['no-store', 'no-referrer']);
    await give(api, 'intake1', made.id, 'register', { ...REGISTER, note: '金丝雀丁' });
    const after = await look(made.receipt.progress);
    expect(after.json()).toMatchObject({ state: { id: 'registered' }, records: 2 });
    expect(after.json<{ hash: string }>().hash).not.toBe(made.hash);
    expect(before.body + after.body).not.toMatch(/金丝雀|grid1|intake1|QL/);
  });

  test('says when it is due, in words and as an instant', async () => {
    const id = await walkTo(api, 'dispatch');
    const { progressCode: code } = (await api.get('case1', `/v1/cases/${id}`)).json<{ progressCode: string }>();
    const { due } = (await look(code)).json<{ due: { at: string; text: { zh: string; en: string }; late: boolean } }>();
    const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+)T(\d\d:\d\d)/.exec(due.at) ?? [];
    expect(due.text.zh).toBe(`${year}年${Number(month)}月${Number(day)}日${time}前`);
    expect(due.text.en).toMatch(new RegExp(`^by ${time} on ${Number(day)} [A-Z][a-z]+ ${year}$`));
    expect(due.late).toBe(false);
    await api.db.admin.query('ALTER TABLE item DISABLE TRIGGER USER');
    await api.db.admin.query('UPDATE item SET due_at = 1700000000000 WHERE id = $1', [id]);
    await api.db.admin.query('ALTER TABLE item ENABLE TRIGGER USER');
    expect((await look(code)).json()).toMatchObject({ due: { late: true } });
  });

  test('is found however it was written down', async () => {
    const { receipt } = (await submit('grid1')).json<Created>();
    const [office, ...groups] = receipt.progress.split('-');
    const written = ` ${office} ${groups.join(' ').toLowerCase()} `;
    expect((await look(written)).json()).toMatchObject({ number: receipt.number });
  });

  test('a code that is none of ours answers alike, whichever office it names and whatever language is asked for', async () => {
    const wrong = ['YX', 'QS', 'nobody', 'a.b'].map((office) => progressCode(officeId(office), Buffer.alloc(12, 7)));
    const answers = await Promise.all(wrong.map(async (code) => await look(code, { 'accept-language': 'en' })));
    const seen = answers.map((answer) => ({ ...answer.json<object>(), instance: '', status: answer.statusCode }));
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(seen[0]).toMatchObject({ status: 404, code: 'progress-unknown' });
  });

  test('a mistake in writing it down is told as one', async () => {
    const { receipt } = (await submit('grid1')).json<Created>();
    const last = receipt.progress.at(-1) === '0' ? '1' : '0';
    for (const code of [`${receipt.progress.slice(0, -1)}${last}`, 'YX-1234', 'x'.repeat(100)]) {
      const answer = await look(code);
      expect([answer.statusCode, codeOf(answer)]).toEqual([400, 'progress-code-miswritten']);
    }
  });

  test('invariant 29: the code of one office opens nothing in another, even for the same case', async () => {
    await createSecondOffice(api.db);
    const { receipt } = (await submit('grid1')).json<Created>();
    const elsewhere = await look(receipt.progress.replace(/^YX/, 'QS'));
    expect([elsewhere.statusCode, codeOf(elsewhere)]).toEqual([404, 'progress-unknown']);
    const { rows } = await api.db.app.query('SELECT 1 FROM case_detail');
    expect(rows).toEqual([]); // and outside of an office nothing is seen at all
  });
});

test('every place of the shipped definition has a sentence of its own', async () => {
  const file = new URL('../../prisma/definitions/order.json', import.meta.url);
  const { states } = JSON.parse(await readFile(file, 'utf8')) as Definition; // checked by its own tests
  const general = states.filter(({ id, stage }) => nextInWords(id, stage) === nextInWords('elsewhere', stage));
  expect(general.map(({ id }) => id)).toEqual([]);
});

describe('limits', () => {
  const from = (address: string) => ({ 'x-forwarded-for': address });

  test('one address is held back after so many questions, and the others go on', async () => {
    const held = await createApi({
      limits: { progressPerMinute: 3, progressOfAllPerMinute: 100 },
      trustedProxies: ['127.0.0.1'],
    });
    const asked = async (address: string) =>
      await held.inject({ method: 'GET', url: '/v1/progress/YX-1', headers: from(address) });
    for (let n = 0; n < 3; n += 1) expect((await asked('10.1.1.1')).statusCode).toBe(400);
    const answer = await asked('10.1.1.1');
    expect([answer.statusCode, codeOf(answer)]).toEqual([429, 'too-many-requests']);
    expect((await asked('10.1.1.2')).statusCode).toBe(400);
    await held.end();
  });

  test('all together are held back too, and whoever is held back takes nothing from the others', async () => {
    const held = await createApi({
      limits: { progressPerMinute: 2, progressOfAllPerMinute: 4 },
      trustedProxies: ['127.0.0.1'],
    });
    const asked = async (address: string) =>
      (await held.inject({ method: 'GET', url: '/v1/progress/YX-1', headers: from(address) })).statusCode;
    const greedy = [await asked('10.1.1.1'), await asked('10.1.1.1'), await asked('10.1.1.1'), await asked('10.1.1.1')];
    expect(greedy).toEqual([400, 400, 429, 429]);
    expect([await asked('10.1.1.2'), await asked('10.1.1.3'), await asked('10.1.1.4')]).toEqual([400, 400, 429]);
    await held.end();
  });

  test('nobody is believed who merely says where they come from', async () => {
    const held = await createApi({ limits: { progressPerMinute: 1 } });
    const asked = async (address: string) =>
      (await held.inject({ method: 'GET', url: '/v1/progress/YX-1', headers: from(address) })).statusCode;
    expect([await asked('10.1.1.1'), await asked('10.1.1.2')]).toEqual([400, 429]);
    await held.end();
  });
});
