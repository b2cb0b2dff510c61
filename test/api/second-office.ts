import { officeId, userId } from '../../domain/ids.ts';
import { hashPassword } from '../../record/passwords.ts';
import { createOfficeKey } from '../../record/seal.ts';
import { testPassword } from '../support/constants.ts';
import type { TestDatabase } from '../support/database.ts';

export const ELSEWHERE = officeId('QS');

/** A second office in the same database: the lists of the first, and one intake clerk of its own. */
export async function createSecondOffice({ admin, keyDir }: TestDatabase): Promise<string> {
  const clerk = userId('qs-intake');
  await createOfficeKey(keyDir, ELSEWHERE);
  await admin.query("INSERT INTO office VALUES ($1, '青山街道', 'Qingshan sub-district')", [ELSEWHERE]);
  for (const [table, columns] of Object.entries(copied))
    await admin.query(
      `INSERT INTO ${table} (office_id, ${columns}) SELECT $1, ${columns} FROM ${table} WHERE office_id = 'YX'`,
      [ELSEWHERE],
    );
  await admin.query(
    "INSERT INTO user_account (office_id, id, username, unit_id, password_hash) VALUES ($1, $2, $2, 'QL', $3)",
    [ELSEWHERE, clerk, await hashPassword(testPassword(clerk))],
  );
  await admin.query(
    `INSERT INTO role_grant SELECT $1, $2 || '.' || role, $2, role, 'QL', '2026-01-01', NULL
       FROM unnest('{intake_clerk,grid_worker,matcher,dispatcher,process_admin}'::text[]) AS role`,
    [ELSEWHERE, clerk],
  );
  return clerk;
}

const copied = {
  role: 'code, title_zh, title_en, high, may, may_not',
  unit: 'id, parent_id, kind, name_zh, name_en',
  definition_version: 'hash, id, version, kind, plan, definition, in_force',
  calendar: 'version, content',
  resource: 'id, kind, unit, owner_id, title_zh, title_en, capacity, area, valid_from, valid_to',
  team: 'id, unit_id, kind, title_zh, title_en, skills, area, active, max_open_load',
};
