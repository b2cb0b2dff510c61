import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { OfficeId } from '../domain/ids.ts';
import { isEmptyDatabase, loadSample, type SampleLogin } from '../prisma/sample/load.ts';
import { withOffice } from '../record/office.ts';
import { loadOfficeKey, type OfficeKey, unwrap } from '../record/seal.ts';
import {
  createDatabase,
  databaseUrls,
  type DatabaseUrls,
  makeSimulation,
  ownerPool,
  prepareRoles,
  prepareSchema,
  type RolePasswords,
} from './database.ts';
import { explain } from './explain.ts';
import type { StartOptions } from './options.ts';
import { StackError } from './ports.ts';
import { sampleLogins } from './sample-logins.ts';

const DATABASE = 'four_lists';

export interface DatabasePlace {
  /** Login of an administrator, to the server's own database if the server is ours, else to the user's. */
  url: string;
  /** The server is ours: the database is made when it is missing, and an empty one is filled. */
  ours: boolean;
  passwords: RolePasswords;
  dataDir: string;
  options: StartOptions;
  say: (line: string) => void;
}

export interface OfficeDatabase {
  urls: DatabaseUrls;
  /** Its clock can be set. */
  simulation: boolean;
  /** The accounts of the sample office, if it was loaded just now. */
  loaded: SampleLogin[] | undefined;
}

/** The address of our database on a server of ours, which another port may have since the last start. */
export function officeUrls(serverUrl: string, passwords: RolePasswords): DatabaseUrls {
  const address = new URL(serverUrl);
  address.pathname = `/${DATABASE}`;
  return databaseUrls(address.href, passwords);
}

/**
 * Roles, database, schema and, where it belongs, the sample office.
 * @throws StackError when the user's database cannot be had, or is no simulation and cannot become one
 */
export async function openOfficeDatabase(place: DatabasePlace): Promise<OfficeDatabase> {
  const { url, ours, passwords, say } = place;
  try {
    await prepareRoles(url, passwords);
  } catch (error) {
    if (ours) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new StackError(
      `DATABASE_URL 不可用 · the database of DATABASE_URL cannot be used: ${why}\n需要已存在的数据库，以及可以创建角色的登录 · it must exist, and the login must be allowed to create roles`,
    );
  }
  const urls = ours ? officeUrls(url, passwords) : databaseUrls(url, passwords);
  if (ours) await createDatabase(url, DATABASE);
  const applied = await prepareSchema(urls.adminUrl);
  if (applied.length > 0) say(`数据库结构已更新 · migrated: ${applied.join(', ')}`);
  const owner = ownerPool(urls.adminUrl);
  try {
    const empty = await isEmptyDatabase(owner);
    await requireKeys(owner, join(place.dataDir, 'keys'));
    const simulation = await settleClock(owner, empty, place.options);
    const loaded = await fill(owner, empty, place);
    return { urls, simulation, loaded };
  } finally {
    await owner.end();
  }
}

/** Without its key nothing that an office sealed can be read, and every start would look well until somebody tries. */
async function requireKeys(owner: Pool, keyDir: string): Promise<void> {
  const { rows } = await owner.query<{ id: OfficeId }>('SELECT office_id AS id FROM office ORDER BY office_id');
  for (const { id } of rows) {
    const file = join(keyDir, `${id}.key`);
    if (!existsSync(file))
      throw unusable(file, '数据库里的街道缺少密钥', 'the database holds an office whose key is not here');
    const key = await loadOfficeKey(keyDir, id).catch(() => undefined);
    if (!key) throw unusable(file, '街道的密钥已损坏', 'the key of an office is damaged');
    if (!(await opens(owner, key)))
      throw unusable(file, '该密钥不属于数据库里的街道', 'this key is not the one that the office was sealed with');
  }
}

function unusable(file: string, zh: string, en: string): StackError {
  return new StackError(
    `${zh} · ${en}: ${file}\n请放回原来的密钥，或换一个数据库 · put the key back, or choose another database or DATA_DIR`,
  );
}

async function opens(owner: Pool, key: OfficeKey): Promise<boolean> {
  const [any] = await withOffice(
    owner,
    key.office,
    async (tx) =>
      await tx.query<{ id: string; wrapped: Buffer }>(
        'any_key',
        'SELECT id, wrapped FROM data_key WHERE office_id = $1 LIMIT 1',
        [key.office],
      ),
  );
  try {
    if (any) unwrap(key, any.id, any.wrapped);
    return true;
  } catch {
    return false; // the cipher sees that it was sealed with another
  }
}

async function settleClock(owner: Pool, empty: boolean, { simulationFrom }: StartOptions): Promise<boolean> {
  const { rows } = await owner.query<{ simulation: boolean }>('SELECT simulation FROM simulation_clock');
  const simulation = rows[0]?.simulation === true;
  if (simulationFrom === undefined || simulation) return simulation;
  if (!empty)
    throw new StackError(
      '该数据库使用真实时钟，不能改为模拟；请换一个 DATA_DIR · this database has the real clock and keeps it: choose another DATA_DIR for a simulation',
    );
  await makeSimulation(owner, simulationFrom);
  return true;
}

async function fill(owner: Pool, empty: boolean, place: DatabasePlace): Promise<SampleLogin[] | undefined> {
  const { ours, options, dataDir, say } = place;
  const file = join(dataDir, 'sample-logins.json');
  if (!empty) {
    if (options.sample) say('已有街道，不再装入样例 · there is an office already, the sample is not loaded');
    if (ours && !existsSync(file))
      say(
        `样例账号的密码只保存在 ${file}，现已不在；如有备份请放回 · the passwords of the sample office were kept in ${file} alone, and it is gone: put back a copy if you have one`,
      );
    return undefined;
  }
  if (!ours && !options.sample) {
    say('数据库为空；--sample 装入样例街道 · the database has no office yet; --sample loads the sample office');
    return undefined;
  }
  say('装入样例：云溪街道 · loading the sample office Yunxi');
  return await load(owner, join(dataDir, 'keys'), file);
}

/** @throws StackError when the sample cannot be loaded; the database is as it was then. */
async function load(owner: Pool, keyDir: string, file: string): Promise<SampleLogin[]> {
  const logins = await sampleLogins(file);
  const passwords = new Map(logins.map(({ username, password }) => [username, password]));
  try {
    return await loadSample(owner, keyDir, (username) => {
      const password = passwords.get(username);
      if (password === undefined) throw new Error(`${file} does not name ${username}: remove that file`);
      return password;
    });
  } catch (cause) {
    if (explain(cause) !== undefined) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StackError(
      `样例街道未装入，数据库保持原样 · the sample office was not loaded, and the database is as it was: ${why}`,
      { cause },
    );
  }
}
