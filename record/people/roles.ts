import type { RoleCode, Text } from '../../domain/process/definition.ts';
import { refusal } from '../../domain/refusals.ts';
import type { OfficeTransaction } from '../office.ts';
import { type Changed, done, type OfficeChange, refused } from './change.ts';
import { roleOf } from './reading.ts';

/** A role of the office, with what people are told that it may. */
export interface Role {
  code: RoleCode;
  title: Text;
  high: boolean;
  may: Text[];
  mayNot: Text[];
}

export async function listRoles(tx: OfficeTransaction): Promise<Role[]> {
  const rows = await tx.query<Omit<Role, 'title' | 'mayNot'> & { title_zh: string; title_en: string; may_not: Text[] }>(
    'roles',
    'SELECT code, title_zh, title_en, high, may, may_not FROM role WHERE office_id = $1 ORDER BY code',
    [tx.office],
  );
  return rows.map(({ title_zh: zh, title_en: en, may_not: mayNot, ...role }) => ({
    ...role,
    title: { zh, en },
    mayNot,
  }));
}

/** A role of the office's own; what it may do in a process, the process says. */
export async function defineRole({ tx, tell }: OfficeChange, role: Role): Promise<Changed<Role>> {
  const { code, title, high, may, mayNot } = role;
  if (await roleOf(tx, code)) return refused(refusal('already-defined', { role: code }));
  await tx.query(
    'define_role',
    `INSERT INTO role (office_id, code, title_zh, title_en, high, may, may_not) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [tx.office, code, title.zh, title.en, high, JSON.stringify(may), JSON.stringify(mayNot)],
  );
  await tell('role-defined', { role: code, high: high ? 1 : 0 });
  return done(role);
}
