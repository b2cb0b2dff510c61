import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ItemId, officeId } from '../../domain/ids.ts';
import { recordHash } from '../../proof/record.ts';
import { withOffice } from '../../record/office.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { OFFICE, submitCase, walk } from '../support/people.ts';

let db: TestDatabase;
let item: ItemId;
beforeAll(async () => {
  db = await createTestDatabase();
  item = await walk(db.store);
  await secondOffice();
});
afterAll(async () => {
  await db.end();
});

const OTHER = officeId('QS');

async function secondOffice(): Promise<void> {
  await withOffice(db.owner, OTHER, async (tx) => {
    await tx.query('o', "INSERT INTO office VALUES ($1, '青山街道', 'Qingshan')", [OTHER]);
    await tx.query('u', "INSERT INTO unit VALUES ($1, 'QS', NULL, 'subdistrict', '青山', 'Qingshan')", [OTHER]);
    await tx.query('p', "INSERT INTO user_account VALUES ($1, 'qs1', 'qs1', 'QS', 'x')", [OTHER]);
    await tx.query('t', "INSERT INTO team VALUES ($1, 'QT1', 'QS', 'crew', '队', 'team', '{}', '{QS}', true, 0, 3)", [
      OTHER,
    ]);
  });
}

/** As the application, in the office of the sample. @returns the constraint that refused, or the error's code */
async function refusedBy(sql: string, values: unknown[] = [], pool: Pool = db.app): Promise<string> {
  try {
    await withOffice(pool, OFFICE, async (tx) => await tx.query(randomUUID(), sql, values));
  } catch (error) {
    const { constraint, code } = error as { constraint?: string; code?: string }; // node-postgres' DatabaseError
    return constraint ?? code ?? String(error);
  }
  return 'accepted';
}

const commandOf = async (rev: number): Promise<string> => {
  const { rows } = await db.admin.query<{ id: string }>('SELECT id FROM command WHERE item_id = $1 AND rev = $2', [
    item,
    rev,
  ]);
  return rows[0]?.id ?? '';
};

const planHash = async (): Promise<string> =>
  (await db.admin.query<{ hash: string }>('SELECT hash FROM definition_version')).rows[0]?.hash ?? '';

const headOf = async (): Promise<{ rev: number; head: string; at: number }> => {
  const { rows } = await db.admin.query<{ rev: number; head: string; at: number }>(
    'SELECT rev, head, at FROM item WHERE id = $1',
    [item],
  );
  const [row] = rows;
  if (!row) throw new Error('the item is gone');
  return row;
};

/** A record as an intruder with the application's login would write it. */
async function forge({
  seq,
  prev,
  at,
  definition,
}: {
  seq: number;
  prev: string;
  at: number;
  definition?: string;
}): Promise<string> {
  const bytes = JSON.stringify({ seq, prev });
  return await refusedBy(
    `WITH c AS (INSERT INTO command (office_id, id, actor_id, key, item_id, name, body_hmac, role, received_at, at, rev, answer)
        VALUES ($1, $2, 'system', $2, $3, 'archive', 'x', 'system', $5, $5, $4, '{}'))
     INSERT INTO record (office_id, stream, stream_id, seq, command_id, definition_hash, at, bytes, hash, prev)
        VALUES ($1, 'case', $3, $4, $2, $6, $5, $7, $8, $9)`,
    [OFFICE, randomUUID(), item, seq, at, definition ?? (await planHash()), bytes, recordHash(bytes), prev],
  );
}

describe('the record', () => {
  test('invariant 7: a command without a record is refused at the commit', async () => {
    const { rev, at } = await headOf();
    const refused = await refusedBy(
      `INSERT INTO command (office_id, id, actor_id, key, item_id, name, body_hmac, role, received_at, at, rev, answer)
         VALUES ($1, $2, 'system', $2, $3, 'archive', 'x', 'system', $4, $4, $5, '{}')`,
      [OFFICE, randomUUID(), item, at, rev + 1],
    );
    expect(refused).toBe('one_record_per_command');
  });

  test('invariant 7: a revision without a command is refused at the commit', async () => {
    const refused = await refusedBy(
      `UPDATE item SET rev = rev + 1, state = jsonb_set(state, '{rev}', to_jsonb(rev + 1)) WHERE id = $1`,
      [item],
    );
    expect(refused).toBe('one_command_per_revision');
  });

  test('invariant 7: a record on which the item does not stand is refused at the commit', async () => {
    const { rev, head, at } = await headOf();
    expect(await forge({ seq: rev + 1, prev: head, at })).toBe('item_at_head');
  });

  test('invariant 8: a record that leaves a gap is refused', async () => {
    const { rev, head, at } = await headOf();
    expect(await forge({ seq: rev + 2, prev: head, at })).toBe('record_dense');
  });

  test('invariant 8: a second record of the same number is refused', async () => {
    const { rev, at } = await headOf();
    const { rows } = await db.admin.query<{ hash: string }>(
      'SELECT hash FROM record WHERE stream_id = $1 AND seq = $2',
      [item, rev - 1],
    );
    expect(await forge({ seq: rev, prev: rows[0]?.hash ?? '', at })).toBe('record_pkey');
  });

  test('invariant 33: a record that does not name its predecessor is refused', async () => {
    const { rev, at } = await headOf();
    expect(await forge({ seq: rev + 1, prev: 'f'.repeat(64), at })).toBe('record_chain');
  });

  test('invariant 27: a record earlier than its predecessor is refused', async () => {
    const { rev, head, at } = await headOf();
    expect(await forge({ seq: rev + 1, prev: head, at: at - 1 })).toBe('record_time');
  });

  test('invariant 12: a record under a plan that was never published is refused', async () => {
    const { rev, head, at } = await headOf();
    expect(await forge({ seq: rev + 1, prev: head, at, definition: 'e'.repeat(64) })).toBe('record_definition_fkey');
  });

  test('a record whose hash is not the hash of its bytes is refused', async () => {
    const refused = await refusedBy(
      `INSERT INTO record (office_id, stream, stream_id, seq, command_id, definition_hash, at, bytes, hash, prev)
         VALUES ($1, 'case', 'x', 1, $2, $3, 1, '{}', $4, $5)`,
      [OFFICE, await commandOf(1), await planHash(), 'a'.repeat(64), '0'.repeat(64)],
    );
    expect(refused).toBe('record_hash');
  });

  test('invariant 9: a row that does not say what its state says is refused', async () => {
    expect(await refusedBy("UPDATE item SET place = 'archived' WHERE id = $1", [item])).toBe('item_at_head');
  });

  test('invariant 9: a state changes only with a record', async () => {
    expect(await refusedBy(`UPDATE item SET state = state || '{"episode": 7}' WHERE id = $1`, [item])).toBe(
      'item_at_head',
    );
  });
});

describe('invariant 34: history is only added to', () => {
  const tables = ['record', 'command', 'refusal_log', 'duty', 'definition_version', 'calendar'];
  const attempts = tables.flatMap((table) =>
    [`UPDATE ${table} SET office_id = office_id`, `DELETE FROM ${table}`, `TRUNCATE ${table} CASCADE`].map((sql) => ({
      sql,
    })),
  );

  test.each(attempts)('the application may not: $sql', async ({ sql }) => {
    expect(await refusedBy(sql)).toBe('42501');
  });

  test.each(attempts)('the loops may not: $sql', async ({ sql }) => {
    expect(await refusedBy(sql, [], db.background)).toBe('42501');
  });

  test.each(attempts)('not even the owner of the schema may: $sql', async ({ sql }) => {
    if (sql.includes('refusal_log'))
      await refusedBy("INSERT INTO refusal_log VALUES ($1, $2, NULL, 'x', 'x', 'x', 1)", [OFFICE, randomUUID()]);
    expect(await refusedBy(sql, [], db.owner)).toBe('append_only');
  });
});

describe('resources, teams and people', () => {
  test('invariant 17: a reservation beyond capacity is refused by the rule it breaks', async () => {
    expect(await reserve(21)).toBe('resource-over-capacity');
  });

  const reserve = async (amount: number): Promise<string> =>
    await refusedBy(
      "INSERT INTO reservation (office_id, item_id, id, need, resource_id, amount) VALUES ($1, $2, $3, 'n', 'R05', $4)",
      [OFFICE, item, randomUUID(), amount],
    );

  test('invariant 17: a reservation of nothing or less is refused', async () => {
    expect([await reserve(0), await reserve(-5)]).toEqual(['reservation_amount', 'reservation_amount']);
  });

  test('invariant 17: the application cannot set the counter itself', async () => {
    expect(await refusedBy('UPDATE resource SET reserved = 0')).toBe('42501');
    expect(await refusedBy('UPDATE team SET open_load = 0')).toBe('42501');
  });

  test('invariant 18: a released reservation is never taken back or released again', async () => {
    expect(await refusedBy('UPDATE reservation SET released = true WHERE item_id = $1', [item])).toBe('accepted');
    expect(await refusedBy('UPDATE reservation SET released = false WHERE item_id = $1', [item])).toBe('23001');
    expect(await refusedBy('UPDATE reservation SET released = true WHERE item_id = $1', [item])).toBe('23001');
  });

  const assign = async (team: string): Promise<string> =>
    await refusedBy('INSERT INTO assignment (office_id, item_id, rev, team_id) VALUES ($1, $2, 99, $3)', [
      OFFICE,
      item,
      team,
    ]);

  test('invariant 20: a team that is not active takes nothing', async () => {
    await refusedBy('UPDATE assignment SET ended = true WHERE item_id = $1', [item]);
    await db.admin.query("UPDATE team SET active = false WHERE id = 'T14'");
    expect(await assign('T14')).toBe('team-not-active');
  });

  test('invariant 20: a team over its largest open load takes nothing more', async () => {
    await db.admin.query("UPDATE team SET max_open_load = open_load WHERE id = 'T13'");
    expect(await assign('T13')).toBe('team-over-capacity');
  });

  test('invariants 20 and 30: a team of another office cannot be assigned', async () => {
    expect(await assign('QT1')).toBe('assignment_team_fkey');
  });

  test.each([
    ['handler', 'checker', 'separation-of-duties-S1'],
    ['checker', 'closure_reviewer', 'separation-of-duties-S1'],
    ['handler', 'closure_reviewer', 'separation-of-duties-S1'],
    ['resource_decider', 'closure_reviewer', 'separation-of-duties-I22'],
    ['handler', 'caller', 'separation-of-duties-S5'],
  ])('invariant 22: %s and %s are never one person', async (first, second, rule) => {
    const add =
      "INSERT INTO duty (office_id, item_id, user_id, duty) VALUES ($1, $2, 'duty2', $3), ($1, $2, 'duty2', $4)";
    expect(await refusedBy(add, [OFFICE, item, first, second])).toBe(rule);
  });

  test('invariant 23: who asks does not decide', async () => {
    const ask =
      "INSERT INTO request (office_id, item_id, id, command, asked_by) VALUES ($1, $2, 'q1', 'reopen', 'reporter1')";
    expect(await refusedBy(ask, [OFFICE, item])).toBe('accepted');
    expect(await refusedBy("UPDATE request SET decided_by = 'reporter1', outcome = 'granted' WHERE id = 'q1'")).toBe(
      'second-person-needed',
    );
    expect(await refusedBy("UPDATE request SET decided_by = 'supervise1', outcome = 'granted' WHERE id = 'q1'")).toBe(
      'accepted',
    );
  });

  test.each([
    ['another person', "UPDATE role_grant SET user_id = 'intake2' WHERE id = 'grid1.grid_worker'"],
    ['another time', "UPDATE role_grant SET valid_to = '2026-02-01' WHERE id = 'grid1.grid_worker'"],
    ['another role', "UPDATE role_grant SET role = 'auditor' WHERE id = 'grid1.grid_worker'"],
  ])('invariant 24: a grant of %s does not carry a command', async (_what, change) => {
    const fresh = await createTestDatabase();
    try {
      // changed behind the commit's back: between its reading of the grants and its end
      await fresh.admin.query(`CREATE FUNCTION sabotage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN ${change}; RETURN NULL; END $$`);
      await fresh.admin.query(
        'CREATE TRIGGER sabotage AFTER INSERT ON command FOR EACH ROW EXECUTE FUNCTION sabotage()',
      );
      await expect(submitCase(fresh.store)).rejects.toMatchObject({ constraint: 'granted_at_the_time' });
    } finally {
      await fresh.end();
    }
  });
});
