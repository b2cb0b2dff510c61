import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { isEmptyDatabase, loadSample, type SampleLogin } from '../prisma/sample/load.ts';
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
  const { rows } = await owner.query<{ id: string }>('SELECT office_id AS id FROM office');
  const missing = rows.map(({ id }) => join(keyDir, `${id}.key`)).filter((file) => !existsSync(file));
  if (missing.length === 0) return;
  throw new StackError(
    `数据库里的街道缺少密钥 · the database holds an office whose key is not here: ${missing.join(', ')}\n请放回密钥，或换一个数据库 · put the key back, or choose another database or DATA_DIR`,
  );
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
  if (!empty) {
    if (options.sample) say('已有街道，不再装入样例 · there is an office already, the sample is not loaded');
    return undefined;
  }
  if (!ours && !options.sample) {
    say('数据库为空；--sample 装入样例街道 · the database has no office yet; --sample loads the sample office');
    return undefined;
  }
  say('装入样例：云溪街道 · loading the sample office Yunxi');
  const logins = await sampleLogins(join(dataDir, 'sample-logins.json'));
  const passwords = new Map(logins.map(({ username, password }) => [username, password]));
  return await loadSample(owner, join(dataDir, 'keys'), (username) => {
    const password = passwords.get(username);
    if (password === undefined) throw new StackError(`sample-logins.json does not name ${username}: remove that file`);
    return password;
  });
}
