import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { type OfficeId, officeId, userId } from '../domain/ids.ts';
import { type OfficeTransaction, withOffice } from '../record/office.ts';
import { hashPassword, verifyPassword } from '../record/passwords.ts';
import { Problem } from './problem.ts';
import { startSession } from './sessions.ts';

/** From the fifth failure on an account waits: 30 s, doubling, 15 minutes at most. */
const FREE_FAILURES = 5;
const FIRST_WAIT = 30_000;
const LONGEST_WAIT = 900_000;

export interface Credentials {
  username: string;
  password: string;
}

/**
 * A login that gives nothing away: a name that nobody has takes as long, is refused and is held back in the same way as
 * a wrong password; what is remembered of such names is bounded and dies with the process.
 * @throws Problem login-failed or login-locked
 */
export type Login = (credentials: Credentials) => Promise<{ token: string; expiresAt: string }>;

export function createLogin(pool: Pool): Login {
  const nobody = rememberNobody();
  const decoy = hashPassword(randomBytes(24).toString('base64url'));
  const inTurn = oneAtATime();
  return async ({ username, password }) =>
    await inTurn(username, async () => {
      const { office, now } = await whose(pool, username);
      const account = await withOffice(pool, office, async (tx) => await readAccount(tx, username));
      const wait = account?.wait ?? nobody.wait(username, now);
      if (wait > 0) throw locked(wait);
      const matches = await verifyPassword(password, account?.password_hash ?? (await decoy)); // no connection is held
      if (!account) nobody.failed(username, now);
      const session = await withOffice(pool, office, async (tx) => {
        const active = await countTry(tx, account?.id ?? '', matches);
        return account && matches && active ? await startSession(tx, userId(account.id)) : undefined;
      });
      if (!session) throw new Problem('login-failed');
      return session;
    });
}

/** Many tries for one name at once are taken one after the other, so that they cannot outrun the count. */
function oneAtATime(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const mine = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}

/** Where nobody is looked for: an office that holds nothing, so that an unknown name costs the same questions. */
const NO_OFFICE = officeId('nobody');

async function whose(pool: Pool, username: string): Promise<{ office: OfficeId; now: number }> {
  const { rows } = await pool.query<{ office: string | null; now: number }>(
    'SELECT office_of_username($1) AS office, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now',
    [username],
  );
  const office = rows[0]?.office ?? null;
  return { office: office === null ? NO_OFFICE : officeId(office), now: rows[0]?.now ?? 0 };
}

interface Account {
  id: string;
  password_hash: string;
  /** Milliseconds until it may try again. */
  wait: number;
}

async function readAccount(tx: OfficeTransaction, username: string): Promise<Account | undefined> {
  const [row] = await tx.query<Account>(
    'api_account',
    `SELECT id, password_hash, greatest(0, coalesce(extract(epoch FROM locked_until - clock_timestamp()) * 1000, 0))::bigint AS wait
       FROM user_account WHERE office_id = $1 AND username = $2`,
    [tx.office, username],
  );
  return row;
}

/** @returns whether the account may be used: asked with its row locked, so that nobody signs in past a deactivation */
async function countTry(tx: OfficeTransaction, id: string, right: boolean): Promise<boolean> {
  const [row] = await tx.query<{ active: boolean }>(
    'api_login_try',
    `UPDATE user_account SET failures = CASE WHEN $3 THEN 0 ELSE failures + 1 END,
       locked_until = CASE WHEN $3 OR failures + 1 < $4 THEN NULL
         ELSE clock_timestamp() + least($6, $5 * 2 ^ least(failures + 1 - $4, 20)) * interval '1 millisecond' END
       WHERE office_id = $1 AND id = $2 RETURNING active`,
    [tx.office, id, right, FREE_FAILURES, FIRST_WAIT, LONGEST_WAIT],
  );
  return row?.active === true;
}

function locked(wait: number): Problem {
  const seconds = Math.ceil(wait / 1000);
  return new Problem('login-locked', { details: { seconds }, headers: { 'retry-after': String(seconds) } });
}

const MOST_NAMES = 10_000;

interface Nobody {
  wait(name: string, now: number): number;
  failed(name: string, now: number): void;
}

/** Failures of names that nobody has, by the same schedule as an account's; the oldest are forgotten first. */
function rememberNobody(): Nobody {
  const known = new Map<string, { failures: number; until: number }>();
  return {
    wait: (name, now) => (known.get(name)?.until ?? 0) - now,
    failed(name, now) {
      const failures = (known.get(name)?.failures ?? 0) + 1;
      const over = failures - FREE_FAILURES;
      const until = over < 0 ? 0 : now + Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(over, 20));
      known.delete(name);
      known.set(name, { failures, until });
      const [oldest] = known.keys();
      if (known.size > MOST_NAMES && oldest !== undefined) known.delete(oldest);
    },
  };
}
