import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client, escapeIdentifier, escapeLiteral, type Pool } from 'pg';
import type { Instant } from '../domain/time.ts';
import { createPool } from '../record/pool.ts';
import { migrate } from './migrate.ts';
import { writeWhole } from './whole-file.ts';

/** Owns the schema and logs in nowhere: an administrator takes the role on. Row level security holds for it too. */
export const OWNER_ROLE = 'four_lists_owner';
const APP_ROLE = 'four_lists_app';
const BACKGROUND_ROLE = 'four_lists_background';

const MIGRATIONS = fileURLToPath(new URL('../prisma/migrations', import.meta.url));

/** Passwords of the two roles that log in. */
export interface RolePasswords {
  app: string;
  background: string;
}

export interface DatabaseUrls {
  /** The administrator's login, for `ownerPool`. */
  adminUrl: string;
  appUrl: string;
  backgroundUrl: string;
}

/**
 * Passwords made once and kept in a file that only its owner reads. Every start sets them, so that those of a damaged
 * file are drawn again and nothing is lost.
 */
export async function rolePasswords(file: string, say: (line: string) => void): Promise<RolePasswords> {
  if (existsSync(file)) {
    const known = parsePasswords(await readFile(file, 'utf8'));
    if (known) return known;
    say(`${file} 已损坏，重新生成数据库角色的密码 · ${file} is damaged: the database roles get new passwords`);
  }
  const made = { app: randomBytes(24).toString('base64url'), background: randomBytes(24).toString('base64url') };
  await writeWhole(file, JSON.stringify(made));
  return made;
}

function parsePasswords(text: string): RolePasswords | undefined {
  try {
    const { app, background } = JSON.parse(text) as Partial<RolePasswords>; // each is looked at
    return typeof app === 'string' && app && typeof background === 'string' && background
      ? { app, background }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Logins of the application and the loops to the database that the administrator's address names. */
export function databaseUrls(adminUrl: string, passwords: RolePasswords): DatabaseUrls {
  const login = (user: string, password: string): string => {
    const url = new URL(adminUrl);
    [url.username, url.password] = [user, password];
    return url.href;
  };
  return {
    adminUrl,
    appUrl: login(APP_ROLE, passwords.app),
    backgroundUrl: login(BACKGROUND_ROLE, passwords.background),
  };
}

/** A pool that acts as the owner of the schema: for loading data that offices do not change themselves yet. */
export function ownerPool(adminUrl: string): Pool {
  return createPool(adminUrl, 2, OWNER_ROLE);
}

async function withClient<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString, options: '-c TimeZone=UTC' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The three roles of the server, with these passwords; none of them is superuser or may bypass row level security. */
export async function prepareRoles(adminUrl: string, passwords: RolePasswords): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ rolname: string }>(
      "SELECT rolname FROM pg_roles WHERE rolname LIKE 'four_lists_%'",
    );
    const known = rows.map(({ rolname }) => rolname);
    const logins: [string, string][] = [
      [APP_ROLE, passwords.app],
      [BACKGROUND_ROLE, passwords.background],
    ];
    if (!known.includes(OWNER_ROLE)) await client.query(`CREATE ROLE ${OWNER_ROLE} NOLOGIN`);
    await client.query(`GRANT ${OWNER_ROLE} TO CURRENT_USER`);
    for (const [role, password] of logins) {
      const rights = known.includes(role) ? `ALTER ROLE ${role}` : `CREATE ROLE ${role} NOSUPERUSER NOBYPASSRLS`;
      await client.query(`${rights} LOGIN PASSWORD ${escapeLiteral(password)}`);
    }
  });
}

/** @returns whether it was made now. */
export async function createDatabase(serverUrl: string, name: string, template?: string): Promise<boolean> {
  return await withClient(serverUrl, async (client) => {
    const { rows } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rows.length > 0) return false;
    const from = template === undefined ? '' : ` TEMPLATE ${escapeIdentifier(template)}`;
    await client.query(`CREATE DATABASE ${escapeIdentifier(name)} OWNER ${OWNER_ROLE}${from}`);
    return true;
  });
}

/** Brings the schema of a database up to date. @throws MigrationError as `migrate`. */
export async function prepareSchema(adminUrl: string): Promise<string[]> {
  await withClient(adminUrl, async (client) => {
    await client.query('CREATE EXTENSION IF NOT EXISTS btree_gist');
    await client.query(`GRANT USAGE, CREATE ON SCHEMA public TO ${OWNER_ROLE}`);
  });
  return await migrate(adminUrl, OWNER_ROLE, MIGRATIONS);
}

/** Makes a database without an office a simulation whose clock stands at `from` and goes on from there. */
export async function makeSimulation(owner: Pool, from: Instant): Promise<void> {
  await owner.query(
    `UPDATE simulation_clock SET simulation = true, office_base = to_timestamp($1 / 1000.0), real_base = clock_timestamp()`,
    [from],
  );
}
