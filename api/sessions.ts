import { createHash, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { isId, type OfficeId, officeId, type UserId, userId } from '../domain/ids.ts';
import { formatInstant, instant } from '../domain/time.ts';
import { type OfficeTransaction, withOffice } from '../record/office.ts';
import type { Session } from './deps.ts';

/** Sessions end by the real clock, in a simulation too: a person at a keyboard lives there. */
const LIFETIME_HOURS = 8;

const fingerprint = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** `<office>.<32 random bytes in base64url>`: the office is named so that row level security lets the session be read. */
export async function startSession(tx: OfficeTransaction, user: UserId): Promise<{ token: string; expiresAt: string }> {
  const token = `${tx.office}.${randomBytes(32).toString('base64url')}`;
  await tx.query(
    'api_sessions_over',
    'DELETE FROM session WHERE office_id = $1 AND user_id = $2 AND expires_at <= clock_timestamp()',
    [tx.office, user],
  );
  const [row] = await tx.query<{ expires: number }>(
    'api_session_new',
    `INSERT INTO session (office_id, token_hash, user_id, expires_at)
       VALUES ($1, $2, $3, clock_timestamp() + make_interval(hours => $4))
       RETURNING (extract(epoch FROM expires_at) * 1000)::bigint AS expires`,
    [tx.office, fingerprint(token), user, LIFETIME_HOURS],
  );
  return { token, expiresAt: formatInstant(instant(row?.expires ?? Number.NaN)) };
}

function officeOf(token: string): OfficeId | undefined {
  const office = token.slice(0, Math.max(0, token.lastIndexOf('.')));
  return isId(office) ? officeId(office) : undefined;
}

/**
 * Asked before every request, so in one round trip instead of a transaction's four; the function names the office.
 * @returns undefined for a token that is not, or no longer, one of ours
 */
export async function findSession(pool: Pool, token: string): Promise<Session | undefined> {
  const office = officeOf(token);
  if (!office) return undefined;
  const { rows } = await pool.query<{ user_id: string | null }>({
    name: 'api_session',
    text: 'SELECT session_user_of($1, $2) AS user_id',
    values: [office, fingerprint(token)],
  });
  const user = rows[0]?.user_id ?? null;
  return user === null ? undefined : { office, user: userId(user) };
}

export async function endSession(pool: Pool, { office }: Session, token: string): Promise<void> {
  await withOffice(pool, office, async (tx) => {
    await tx.query('api_session_end', 'DELETE FROM session WHERE office_id = $1 AND token_hash = $2', [
      office,
      fingerprint(token),
    ]);
  });
}
