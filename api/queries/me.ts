import type { z } from 'zod';
import type { UserId } from '../../domain/ids.ts';
import { formatInstant, instant } from '../../domain/time.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { OfficeKey } from '../../record/seal.ts';
import { openTexts } from '../../record/texts.ts';
import type { Me } from '../contract/session.ts';
import { roleNames } from '../words/roles.ts';

type View = z.output<typeof Me>;

interface Row {
  username: string;
  unit_id: string;
  unit_zh: string;
  unit_en: string;
  office_zh: string;
  office_en: string;
  simulation: boolean;
}

/** Who somebody is in their office, with the grants that are in force at this moment. */
export async function readMe(tx: OfficeTransaction, key: OfficeKey, user: UserId): Promise<View> {
  const [row] = await tx.query<Row>(
    'api_me',
    `SELECT u.username, n.id AS unit_id, n.name_zh AS unit_zh, n.name_en AS unit_en, o.name_zh AS office_zh,
         o.name_en AS office_en, s.simulation
       FROM user_account u JOIN unit n ON n.office_id = u.office_id AND n.id = u.unit_id
         JOIN office o ON o.office_id = u.office_id CROSS JOIN simulation_clock s
       WHERE u.office_id = $1 AND u.id = $2`,
    [tx.office, user],
  );
  if (!row) throw new Error('a session belongs to nobody');
  const names = Object.fromEntries((await openTexts(tx, key, [user], null)).map(({ name, value }) => [name, value]));
  return {
    user: {
      id: user,
      username: row.username,
      name: { zh: names['nameZh'] ?? row.username, en: names['nameEn'] ?? row.username },
    },
    unit: { id: row.unit_id, name: { zh: row.unit_zh, en: row.unit_en } },
    office: { id: tx.office, name: { zh: row.office_zh, en: row.office_en } },
    grants: await readGrants(tx, user),
    simulation: row.simulation,
    now: formatInstant(tx.beganAt),
  };
}

async function readGrants(tx: OfficeTransaction, user: UserId): Promise<View['grants']> {
  const rows = await tx.query<{
    id: string;
    role: string;
    unit_id: string | null;
    for_user: string | null;
    valid_to: number | null;
  }>(
    'api_my_grants',
    `SELECT id, role, unit_id, for_user, (extract(epoch FROM valid_to) * 1000)::bigint AS valid_to FROM role_grant
       WHERE office_id = $1 AND user_id = $2 AND valid_from <= to_timestamp($3 / 1000.0)
         AND (valid_to IS NULL OR valid_to > to_timestamp($3 / 1000.0)) ORDER BY id`,
    [tx.office, user, tx.beganAt],
  );
  return rows.map(({ id, role, unit_id, for_user, valid_to }) => ({
    id,
    role,
    title: roleNames[role] ?? { zh: role, en: role },
    unit: unit_id,
    for: for_user,
    validTo: valid_to === null ? null : formatInstant(instant(valid_to)),
  }));
}
