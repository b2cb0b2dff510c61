import { randomUUID } from 'node:crypto';
import { type UserId, userId } from '../../domain/ids.ts';
import type { RoleCode, Text } from '../../domain/process/definition.ts';
import { isInForce, judgeEnding, MANAGERS } from '../../domain/people/access.ts';
import { refusal } from '../../domain/refusals.ts';
import type { OfficeTransaction } from '../office.ts';
import { newDataKey, type OfficeKey, seal, wrap } from '../seal.ts';
import { storeTexts } from '../texts.ts';
import { type Changed, done, type OfficeChange, refused } from './change.ts';
import { endGrants } from './grants.ts';
import { type Account, accountOf, grantsOfRoles, grantsOfUsers, roleOf, unitOf } from './reading.ts';

export interface NewAccount {
  username: string;
  unit: string;
  name: Text;
  passwordHash: string;
}

/** The id is drawn: what people sign in with may say who they are, and ids stand in every record. */
export async function createAccount(
  { tx, tell }: OfficeChange,
  office: OfficeKey,
  { username, unit, name, passwordHash }: NewAccount,
): Promise<Changed<Account>> {
  const known = await unitOf(tx, unit);
  if (!known) return refused(refusal('unknown-unit', { unit }));
  const id = userId(randomUUID());
  const [made] = await tx.query(
    'create_account',
    `INSERT INTO user_account (office_id, id, username, unit_id, password_hash) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (username) DO NOTHING RETURNING 1`,
    [tx.office, id, username, known, passwordHash],
  );
  if (!made) return refused(refusal('username-taken'));
  const key = newDataKey(id);
  await tx.query('new_key', 'INSERT INTO data_key (office_id, id, subject, wrapped) VALUES ($1, $2, $3, $4)', [
    tx.office,
    key.id,
    null,
    wrap(office, key),
  ]);
  await storeTexts(tx, id, 0, key, [seal(key, 'nameZh', name.zh), seal(key, 'nameEn', name.en)]);
  await tell('user-created', { user: id, unit: known });
  return done({ id, username, unit: known, active: true });
}

/** Ends their sessions and every grant, and those of whoever stands in for them: nothing is given back by activating. */
export async function setActive(change: OfficeChange, id: UserId, active: boolean): Promise<Changed<Account>> {
  const { tx, at, tell } = change;
  const account = await accountOf(tx, id);
  if (!account) return refused(refusal('unknown-user', { user: id }));
  if (account.active === active) return done(account);
  const ending = active ? [] : (await grantsOfUsers(tx, [id])).filter(({ to }) => to === null || to > at);
  const last = judgeEnding(ending, await grantsOfRoles(tx, MANAGERS), at);
  if (last) return refused(last);
  await tx.query('set_active', 'UPDATE user_account SET active = $3 WHERE office_id = $1 AND id = $2', [
    tx.office,
    id,
    active,
  ]);
  if (!active) await endSessions(tx, id);
  await tell(active ? 'user-activated' : 'user-deactivated', { user: id });
  await endGrants(change, ending);
  return done({ ...account, active });
}

/** Whether somebody with this password could do what takes two persons to be allowed. */
export async function holdsHighRole({ tx, at }: OfficeChange, id: UserId): Promise<boolean> {
  const running = (await grantsOfUsers(tx, [id])).filter((grant) => isInForce(grant, at) || grant.from > at);
  for (const role of new Set(running.map((grant): RoleCode => grant.role)))
    if ((await roleOf(tx, role))?.high) return true;
  return false;
}

/** The new password counts at once, waits for no lock-out, and no session of the old one goes on. */
export async function storePassword(tx: OfficeTransaction, id: UserId, passwordHash: string): Promise<void> {
  await tx.query(
    'set_password',
    'UPDATE user_account SET password_hash = $3, failures = 0, locked_until = NULL WHERE office_id = $1 AND id = $2',
    [tx.office, id, passwordHash],
  );
  await endSessions(tx, id);
}

async function endSessions(tx: OfficeTransaction, id: UserId): Promise<void> {
  await tx.query('end_sessions', 'DELETE FROM session WHERE office_id = $1 AND user_id = $2', [tx.office, id]);
}
