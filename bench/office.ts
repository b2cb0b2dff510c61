import type { Pool } from 'pg';
import type { SampleLogin } from '../prisma/sample/load.ts';

/** People and things of each kind, so that neither scarcity nor a single row that everybody locks is measured. */
export const ALIKE = 4;

/** The n-th of those alike: an account, a resource or a team of the sample office, or one made by `enlarge`. */
export const alike = (name: string, n: number): string => (n % ALIKE === 0 ? name : `${name}-${n % ALIKE}`);

/** Resources without end, teams without a full load, and for each account of a life as many colleagues as clients need. */
export async function enlarge(admin: Pool, accounts: readonly string[]): Promise<void> {
  const copies = [ALIKE - 1];
  await admin.query('UPDATE resource SET capacity = 1000000000000 WHERE capacity IS NOT NULL');
  await admin.query('UPDATE team SET max_open_load = 1000000000');
  await admin.query(
    `INSERT INTO resource (office_id, id, kind, unit, owner_id, title_zh, title_en, capacity, area, valid_from, valid_to)
       SELECT office_id, id || '-' || n, kind, unit, owner_id, title_zh, title_en, capacity, area, valid_from, valid_to
       FROM resource, generate_series(1, $1) AS n WHERE id = 'R05'`,
    copies,
  );
  await admin.query(
    `INSERT INTO team (office_id, id, unit_id, kind, title_zh, title_en, skills, area, active, max_open_load)
       SELECT office_id, id || '-' || n, unit_id, kind, title_zh, title_en, skills, area, active, max_open_load
       FROM team, generate_series(1, $1) AS n WHERE id = 'T03'`,
    copies,
  );
  await admin.query(
    `INSERT INTO user_account (office_id, id, username, unit_id, password_hash)
       SELECT office_id, id || '-' || n, id || '-' || n, unit_id, password_hash
       FROM user_account, generate_series(1, $1) AS n WHERE id = ANY($2)`,
    [...copies, accounts],
  );
  await admin.query(
    `INSERT INTO role_grant (office_id, id, user_id, role, unit_id, valid_from, valid_to)
       SELECT office_id, user_id || '-' || n || '.' || role, user_id || '-' || n, role, unit_id, valid_from, valid_to
       FROM role_grant, generate_series(1, $1) AS n WHERE user_id = ANY($2)`,
    [...copies, accounts],
  );
  await admin.query('ANALYZE');
}

/** The logins of those accounts and their colleagues, who were made with the same passwords. */
export function loginsOf(sample: readonly SampleLogin[], accounts: readonly string[]): SampleLogin[] {
  return sample
    .filter(({ username }) => accounts.includes(username))
    .flatMap((login) => Array.from({ length: ALIKE }, (_, n) => ({ ...login, username: alike(login.username, n) })));
}
