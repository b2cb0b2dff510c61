import type { Pool } from 'pg';
import { type Calendar, validateCalendar } from '../../domain/clock/calendar.ts';
import { officeId } from '../../domain/ids.ts';
import { compile } from '../../domain/process/compile.ts';
import type { Definition, Plan } from '../../domain/process/definition.ts';
import { canonical } from '../../proof/canonical.ts';
import { contentHash } from '../../proof/record.ts';
import { type OfficeTransaction, withOffice } from '../../record/office.ts';
import { hashPassword } from '../../record/passwords.ts';
import { createOfficeKey, newDataKey, type OfficeKey, seal, wrap } from '../../record/seal.ts';
import { storeTexts } from '../../record/texts.ts';
import {
  CalendarShape,
  DefinitionShape,
  inFile,
  Office,
  readShape,
  type Resource,
  Resources,
  type Team,
  Teams,
  type Unit,
  type User,
} from './shapes.ts';

/** An account of the sample office; the password is known here and nowhere else. */
export interface SampleLogin {
  username: string;
  password: string;
  roles: string[];
}

/** Whether no office was ever created here. The owner sees every office's row, and nothing else of them. */
export async function isEmptyDatabase(owner: Pool): Promise<boolean> {
  const { rows } = await owner.query('SELECT 1 FROM office LIMIT 1');
  return rows.length === 0;
}

const HERE = new URL('.', import.meta.url);
const DEFINITION = '../definitions/order.json';

/**
 * Creates the sample office 云溪街道 with its units, people, definition, calendar, resources and teams, in one
 * transaction of the schema's owner. `passwordOf` gives each account its password; the files are in `directory`.
 * @throws SampleError naming the file that cannot be used, Error when the office exists already; nothing is changed then
 */
export async function loadSample(
  owner: Pool,
  keyDir: string,
  passwordOf: (username: string) => string,
  directory: URL = HERE,
): Promise<SampleLogin[]> {
  const { office, units, users } = await readShape(directory, 'office.json', Office);
  const resources = await readShape(directory, 'resources.json', Resources);
  const teams = await readShape(directory, 'teams.json', Teams);
  const definition = (await readShape(directory, DEFINITION, DefinitionShape)) as Definition; // the compiler sees to the rest
  const calendar: Calendar = await readShape(directory, 'calendar.json', CalendarShape);
  const plan = await inFile(DEFINITION, async () => planOf(definition));
  await inFile('calendar.json', async () => requireValid(calendar));
  const id = await inFile('office.json', async () => officeId(office.code));
  const logins = users.map(({ username, roles }) => ({ username, roles, password: passwordOf(username) }));
  const hashes = await Promise.all(logins.map(async ({ password }) => await hashPassword(password)));
  await withOffice(owner, id, async (tx) => {
    const there = await tx.query('office', 'SELECT 1 FROM office WHERE office_id = $1', [id]);
    if (there.length > 0) throw new Error(`the office ${id} exists already`);
    const key = await createOfficeKey(keyDir, id);
    await inFile('office.json', async () => {
      await tx.query('new_office', 'INSERT INTO office VALUES ($1, $2, $3)', [id, office.name.zh, office.name.en]);
      await loadUnits(tx, units);
      for (const [at, user] of users.entries()) await loadUser(tx, key, user, hashes[at] ?? '');
    });
    await inFile(DEFINITION, async () => await loadDefinition(tx, definition, plan));
    await inFile('calendar.json', async () => await loadCalendar(tx, calendar));
    await inFile('resources.json', async () => {
      for (const resource of resources) await loadResource(tx, resource);
    });
    await inFile('teams.json', async () => {
      for (const team of teams) await loadTeam(tx, team);
    });
  });
  return logins;
}

/** Parents before their children. */
async function loadUnits(tx: OfficeTransaction, units: Unit[]): Promise<void> {
  const stored = new Set<string | null>([null]);
  let waiting = units;
  while (waiting.length > 0) {
    const ready = waiting.filter(({ parent }) => stored.has(parent));
    if (ready.length === 0) throw new Error('the units form a ring or name a parent that is not there');
    for (const { code, parent, kind, name } of ready) {
      await tx.query('new_unit', 'INSERT INTO unit VALUES ($1, $2, $3, $4, $5, $6)', [
        tx.office,
        code,
        parent,
        kind,
        name.zh,
        name.en,
      ]);
      stored.add(code);
    }
    waiting = waiting.filter(({ code }) => !stored.has(code));
  }
}

async function loadUser(tx: OfficeTransaction, office: OfficeKey, user: User, hash: string): Promise<void> {
  const { username, unit, roles, officeWide = false, validFrom, validTo, displayName } = user;
  await tx.query(
    'new_user',
    'INSERT INTO user_account (office_id, id, username, unit_id, password_hash) VALUES ($1, $2, $2, $3, $4)',
    [tx.office, username, unit, hash],
  );
  for (const role of roles)
    await tx.query(
      'new_grant',
      `INSERT INTO role_grant (office_id, id, user_id, role, unit_id, valid_from, valid_to) VALUES ($1, $2, $3, $4, $5,
         $6::date::timestamp AT TIME ZONE 'Asia/Shanghai', $7::date::timestamp AT TIME ZONE 'Asia/Shanghai')`,
      [tx.office, `${username}.${role}`, username, role, officeWide ? null : unit, validFrom, validTo],
    );
  const key = newDataKey(username);
  await tx.query('new_key', 'INSERT INTO data_key (office_id, id, wrapped) VALUES ($1, $2, $3)', [
    tx.office,
    key.id,
    wrap(office, key),
  ]);
  await storeTexts(tx, username, 0, key, [seal(key, 'nameZh', displayName.zh), seal(key, 'nameEn', displayName.en)]);
}

function planOf(definition: Definition): Plan {
  const compiled = compile(definition);
  if (!compiled.ok) throw new Error(`the definition ${definition.id} has problems:\n${compiled.problems.join('\n')}`);
  return compiled.plan;
}

async function loadDefinition(tx: OfficeTransaction, definition: Definition, plan: Plan): Promise<void> {
  await tx.query(
    'new_definition',
    `INSERT INTO definition_version (office_id, hash, id, version, kind, plan, definition, in_force)
       VALUES ($1, $2, $3, $4, $5, $6, $7, true)`,
    [tx.office, contentHash(plan), plan.id, plan.version, plan.kind, canonical(plan), canonical(definition)],
  );
}

function requireValid(calendar: Calendar): void {
  const problems = validateCalendar(calendar);
  if (problems.length > 0) throw new Error(`the calendar has problems:\n${problems.join('\n')}`);
}

async function loadCalendar(tx: OfficeTransaction, calendar: Calendar): Promise<void> {
  await tx.query('new_calendar', 'INSERT INTO calendar VALUES ($1, $2, $3)', [
    tx.office,
    calendar.version,
    canonical(calendar),
  ]);
}

async function loadResource(tx: OfficeTransaction, resource: Resource): Promise<void> {
  const { code, kind, capacity, owner, title, area, validFrom, validTo } = resource;
  await tx.query(
    'new_resource',
    `INSERT INTO resource (office_id, id, kind, unit, owner_id, title_zh, title_en, capacity, area, valid_from, valid_to)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [tx.office, code, kind, capacity.unit, owner, title.zh, title.en, capacity.amount, area, validFrom, validTo],
  );
}

async function loadTeam(tx: OfficeTransaction, team: Team): Promise<void> {
  const { code, unit, kind, title, skills, area, maxOpenLoad } = team;
  await tx.query(
    'new_team',
    `INSERT INTO team (office_id, id, unit_id, kind, title_zh, title_en, skills, area, active, max_open_load)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, true, $9)`,
    [tx.office, code, unit, kind, title.zh, title.en, skills, area, maxOpenLoad],
  );
}
