import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { itemId } from '../../../domain/ids.ts';
import { parseInstant } from '../../../domain/time.ts';
import { photoOf } from '../../../stack/photo.ts';
import { LIT, OFFICE } from '../../support/people.ts';
import { CANARY, jpegOf, jpegWithNotes, pdf, pngWithNotes } from '../../support/files.ts';
import { violations } from '../../support/invariants.ts';
import { setClock } from '../../workflows/driving.ts';
import { bring, codeOf, create, EVIDENCE, give } from '../cases.ts';
import { drive } from '../driven.ts';
import { type Api, createApi } from '../harness.ts';
import { createSecondOffice } from '../second-office.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi();
});
afterAll(async () => {
  expect(await violations(api.db.admin)).toEqual([]);
  await api.end();
});

interface Brought {
  sha256: string;
  size: number;
  name: string;
  type: string;
  named: { rev: number; kind: string }[];
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const rowsOf = async (table: string, where = 'true'): Promise<number> =>
  (await api.db.admin.query(`SELECT 1 FROM ${table} WHERE ${where}`)).rowCount ?? 0;
const download = async (user: string, id: string, sha256: string, query = '') =>
  await api.get(user, `/v1/cases/${id}/files/${sha256}${query}`);

describe('a file that is brought', () => {
  test('is known by the SHA-256 of its bytes, is listed, and once only however often it comes', async () => {
    const { id } = await create(api);
    const first = await bring(api, 'case1', id, LIT.bytes, { 'file-name': encodeURIComponent('楼道 夜间.jpg') });
    expect([first.statusCode, first.headers['location']]).toEqual([201, `/v1/cases/${id}/files/${LIT.sha256}`]);
    expect(first.json<Brought>()).toMatchObject({ sha256: LIT.sha256, size: LIT.bytes.length, name: '楼道 夜间.jpg' });
    const contents = await rowsOf('file_content');
    const again = await bring(api, 'case2', id, LIT.bytes, { 'file-name': 'another.jpg' });
    expect([again.statusCode, again.body]).toEqual([200, first.body]);
    expect(await rowsOf('file_content')).toBe(contents);
    const list = (await api.get('audit1', `/v1/cases/${id}/files`)).json<{ items: Brought[] }>();
    expect(list.items).toEqual([first.json()]);
  });

  test('twenty at the same moment are one', async () => {
    const { id } = await create(api);
    const bytes = jpegOf(700_000);
    const all = await Promise.all(Array.from({ length: 20 }, async () => await bring(api, 'case1', id, bytes)));
    expect(all.map(({ statusCode }) => statusCode).sort((a, b) => a - b)).toEqual([
      ...Array.from({ length: 19 }, () => 200),
      201,
    ]);
    expect(await rowsOf('case_file', `item_id = '${id}'`)).toBe(1);
    expect(await rowsOf('file_content', `item_id = '${id}'`)).toBe(1);
  });

  test('is evidence from then on for its own case, and the record holds its hash', async () => {
    const [{ id }, other] = [await create(api), await create(api)];
    const { sha256 } = (await bring(api, 'grid1', id, pdf(), { 'content-type': 'application/pdf' })).json<Brought>();
    const evidence = [{ kind: 'receipt', sha256 }];
    const elsewhere = await give(api, 'grid1', other.id, 'settle-on-the-spot', { evidence });
    expect([elsewhere.statusCode, codeOf(elsewhere)]).toEqual([422, 'evidence-unknown']);
    expect((await give(api, 'grid1', id, 'settle-on-the-spot', { evidence })).statusCode).toBe(200);
    const [file] = (await api.get('case1', `/v1/cases/${id}/files`)).json<{ items: Brought[] }>().items;
    expect(file?.named).toEqual([{ rev: 2, kind: 'receipt' }]);
    const { rows } = await api.db.admin.query<{ said: object }>(
      "SELECT bytes::json->'data'->'payload' AS said FROM record WHERE stream_id = $1 AND seq = 2",
      [id],
    );
    expect(rows[0]?.said).toEqual({ evidence });
  });

  test('up to 20 MiB comes back byte for byte, and lies in the database only sealed', async () => {
    const { id } = await create(api);
    const bytes = jpegOf(20 * 1024 * 1024);
    const answer = await bring(api, 'case1', id, bytes, {
      'file-name': `${CANARY}.jpg`.replaceAll(/[^\x20-\x7e]/g, 'x'),
    });
    expect([answer.statusCode, answer.json<Brought>().sha256]).toEqual([201, digest(bytes)]);
    const back = await download('audit1', id, digest(bytes), '?original=true');
    expect(back.rawPayload.equals(bytes)).toBe(true);
    expect(await rowsOf('file_chunk', "position('UUUUUUUU' IN encode(sealed, 'escape')) > 0")).toBe(0);
    expect(await rowsOf('case_file', "position('31.23' IN encode(name, 'escape')) > 0")).toBe(0);
  });

  test('opens with the key of its case and no other: without that key it is gone', async () => {
    const { id } = await create(api, 'grid1', { reporterPhone: '13900001111' });
    const { sha256 } = (await bring(api, 'case1', id)).json<Brought>();
    const other = await create(api, 'grid1', { reporterPhone: '13900002222' });
    await api.db.admin.query(
      `UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key k JOIN case_detail d ON d.key_id = k.id WHERE d.item_id = $2)
         WHERE id = (SELECT key_id FROM case_detail WHERE item_id = $1)`,
      [id, other.id],
    );
    expect((await download('audit1', id, sha256)).statusCode).toBe(500);
    await api.db.admin.query('DELETE FROM case_file WHERE item_id = $1', [id]);
  });

  test('cannot be put in the place of another: each piece opens only where it was sealed', async () => {
    const { id } = await create(api);
    const [a, b] = [photoOf('a'), photoOf('b')];
    await bring(api, 'case1', id, a.bytes);
    await bring(api, 'case1', id, b.bytes);
    await api.db.admin.query('ALTER TABLE file_chunk DISABLE TRIGGER append_only');
    await api.db.admin.query(
      `UPDATE file_chunk SET sealed = (SELECT c.sealed FROM file_chunk c JOIN case_file f ON f.content_id = c.content_id WHERE f.sha256 = $2)
         WHERE content_id = (SELECT content_id FROM case_file WHERE sha256 = $1)`,
      [a.sha256, b.sha256],
    );
    await api.db.admin.query('ALTER TABLE file_chunk ENABLE TRIGGER append_only');
    const answer = await download('case1', id, a.sha256);
    expect([answer.statusCode, codeOf(answer)]).toEqual([500, 'internal-error']);
  });
});

describe('what is handed out', () => {
  test('is without place, device, texts and thumbnails; as it was brought for those alone who look into that', async () => {
    const { id } = await create(api);
    for (const [bytes, type] of [
      [jpegWithNotes(), 'image/jpeg'],
      [pngWithNotes(), 'image/png'],
    ] as const) {
      const { sha256 } = (await bring(api, 'case1', id, bytes, { 'content-type': type })).json<Brought>();
      const shown = await download('case1', id, sha256);
      expect([shown.statusCode, shown.headers['content-type'], shown.rawPayload.includes(CANARY)]).toEqual([
        200,
        type,
        false,
      ]);
      expect(Number(shown.headers['content-length'])).toBe(shown.rawPayload.length);
      const refused = await download('case1', id, sha256, '?original=true');
      expect([refused.statusCode, codeOf(refused)]).toEqual([403, 'original-not-shown']);
      for (const reader of ['inspect1', 'review1', 'audit1'])
        expect((await download(reader, id, sha256, '?original=true')).rawPayload.equals(bytes)).toBe(true);
    }
  });

  test('invariant 36: is written down first, who and what and when, and that is never changed', async () => {
    const { id } = await create(api);
    const { sha256 } = (await bring(api, 'case1', id)).json<Brought>();
    await download('case1', id, sha256);
    await download('audit1', id, sha256, '?original=true');
    await download('case1', id, sha256, '?original=true');
    const { rows } = await api.db.admin.query(
      'SELECT user_id, sha256, original, at > 0 AS timed FROM file_read WHERE item_id = $1 ORDER BY at, user_id',
      [id],
    );
    expect(rows).toEqual([
      { user_id: 'case1', sha256, original: false, timed: true },
      { user_id: 'audit1', sha256, original: true, timed: true },
    ]);
    for (const change of ['UPDATE file_read SET original = false', 'DELETE FROM file_read', 'DELETE FROM evidence'])
      await expect(api.db.app.query(change)).rejects.toMatchObject({ code: '42501' });
    await expect(api.db.admin.query('UPDATE file_read SET original = false')).rejects.toMatchObject({
      constraint: 'append_only',
    });
  });

  test('has a name in two spellings, an ending that says what it is, and is never taken for a program', async () => {
    const { id } = await create(api);
    const named = async (name: string, bytes: Buffer, type: string) => {
      const file = await bring(api, 'case1', id, bytes, {
        'content-type': type,
        'file-name': encodeURIComponent(name),
      });
      const { headers } = await download('case1', id, file.json<Brought>().sha256);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toContain('sandbox');
      return headers['content-disposition'];
    };
    expect(await named('楼道"灯";.JPG', photoOf('1').bytes, 'image/jpeg')).toBe(
      `inline; filename="______.JPG"; filename*=UTF-8''%E6%A5%BC%E9%81%93%22%E7%81%AF%22%3B.JPG`,
    );
    expect(await named('photo.exe', photoOf('2').bytes, 'image/jpeg')).toBe(
      `inline; filename="photo.exe.jpg"; filename*=UTF-8''photo.exe.jpg`,
    );
    expect(await named("it's (1)*.pdf", pdf(), 'application/pdf')).toBe(
      `attachment; filename="it's (1)*.pdf"; filename*=UTF-8''it%27s%20%281%29%2a.pdf`,
    );
  });
});

describe('who may', () => {
  test('residents bring to their own cases and see what they brought; nobody sees those of another office', async () => {
    const own = await create(api, 'reporter1');
    const { sha256 } = (await bring(api, 'reporter1', own.id)).json<Brought>();
    const theirs = (await bring(api, 'case1', own.id, photoOf('work').bytes)).json<Brought>();
    const { items } = (await api.get('reporter1', `/v1/cases/${own.id}/files`)).json<{ items: Brought[] }>();
    expect(items.map((file) => file.sha256)).toEqual([sha256]);
    expect((await download('reporter1', own.id, theirs.sha256)).statusCode).toBe(404);
    const { id } = await create(api);
    const answer = await bring(api, 'reporter1', id);
    expect([answer.statusCode, codeOf(answer)]).toEqual([404, 'unknown-item']);
    const clerk = await createSecondOffice(api.db);
    for (const asked of [await bring(api, clerk, own.id), await download(clerk, own.id, sha256)])
      expect([asked.statusCode, codeOf(asked)]).toEqual([404, 'unknown-item']);
  });

  test('whoever only looks brings nothing, and whoever has no part in the office is told so', async () => {
    const { id } = await create(api);
    const audit = await bring(api, 'audit1', id);
    expect([audit.statusCode, codeOf(audit)]).toEqual([403, 'may-not-bring']);
    const accounts = await bring(api, 'sysadmin1', id);
    expect([accounts.statusCode, codeOf(accounts)]).toEqual([403, 'may-not-read']);
    await api.db.admin.query("UPDATE role_grant SET valid_to = clock_timestamp() WHERE user_id = 'clerk2'");
    for (const asked of [await bring(api, 'clerk2', id), await api.get('clerk2', `/v1/cases/${id}/files`)])
      expect([asked.statusCode, codeOf(asked)]).toEqual([403, 'no-grant']);
  });

  test('nobody brings anything to what is archived, and what is there can be read', async () => {
    const later = await createApi({ simulation: true });
    const { id } = await create(later);
    await give(later, 'grid1', id, 'settle-on-the-spot', { evidence: EVIDENCE });
    await setClock(later, parseInstant('2026-06-01T09:00:00+08:00'));
    await drive(later.db.store, OFFICE, itemId(id));
    const answer = await bring(later, 'case1', id, photoOf('too late').bytes);
    expect([answer.statusCode, codeOf(answer)]).toEqual([409, 'wrong-state']);
    const { rawPayload } = await later.get('audit1', `/v1/cases/${id}/files/${LIT.sha256}?original=true`);
    expect(rawPayload.equals(LIT.bytes)).toBe(true);
    await later.end();
  });
});
