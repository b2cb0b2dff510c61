import {
  grantId,
  type ItemId,
  type ResourceId,
  resourceId,
  type TeamId,
  teamId,
  unitId,
  type UnitId,
  userId,
  type UserId,
} from '../domain/ids.ts';
import type { Actor, Facts, Grant, PrimaryFact, ResourceFact, TeamFact } from '../domain/process/context.ts';
import type { Blocker } from '../domain/process/lists.ts';
import type { ItemState } from '../domain/process/state.ts';
import type { Touches } from '../domain/process/touches.ts';
import { transitionsFrom } from '../domain/process/transition.ts';
import type { Instant } from '../domain/time.ts';
import { ABOVE } from './area.ts';
import { calendarInForce } from './calendars.ts';
import { candidatesFor } from './candidates.ts';
import { catalogueFact } from './catalogues.ts';
import { loadItem } from './load-item.ts';
import type { OfficeTransaction } from './office.ts';

/**
 * Locks what the command touches outside its item, by id within a kind, so that two commands never wait in a ring.
 * @returns whether there was anything to lock
 */
export async function lockTouched(tx: OfficeTransaction, { teams, resources }: Touches): Promise<boolean> {
  if (teams.length > 0)
    await tx.query(
      'team_lock',
      'SELECT id FROM team WHERE office_id = $1 AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE',
      [tx.office, teams],
    );
  if (resources.length > 0)
    await tx.query(
      'resource_lock',
      'SELECT id FROM resource WHERE office_id = $1 AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE',
      [tx.office, resources],
    );
  return teams.length + resources.length > 0;
}

/** Grants that the actor holds at this instant, locked so that a revocation waits for this commit. */
export async function grantsOf(tx: OfficeTransaction, user: UserId, at: Instant): Promise<Grant[]> {
  const rows = await tx.query<GrantRow>(
    'grants',
    `SELECT g.id, g.role, g.unit_id, g.for_user, u.unit_id AS home
       FROM role_grant g JOIN user_account u ON u.office_id = g.office_id AND u.id = g.user_id
       WHERE g.office_id = $1 AND g.user_id = $2
         AND g.valid_from <= to_timestamp($3 / 1000.0) AND (g.valid_to IS NULL OR g.valid_to > to_timestamp($3 / 1000.0))
     ORDER BY g.id FOR SHARE OF g`,
    [tx.office, user, at],
  );
  return rows.map(grantOf);
}

/** A grant in force as the statements read it. */
export interface GrantRow {
  id: string;
  role: string;
  unit_id: string | null;
  for_user: string | null;
  home: string;
}

export const grantOf = ({ id, role, unit_id, for_user, home }: GrantRow): Grant => ({
  id: grantId(id),
  role,
  unit: unit_id === null ? null : unitId(unit_id),
  home: unitId(home),
  for: for_user === null ? null : userId(for_user),
});

async function teamFact(tx: OfficeTransaction, id: TeamId, area: string): Promise<TeamFact | null> {
  const [row] = await tx.query<{
    unit_id: string;
    active: boolean;
    skills: string[];
    open_load: number;
    max_open_load: number;
    in_area: boolean;
  }>(
    'team_fact',
    `${ABOVE} SELECT unit_id, active, skills, open_load, max_open_load, area && (SELECT array_agg(id) FROM above) AS in_area
       FROM team WHERE office_id = $1 AND id = $3`,
    [tx.office, area, id],
  );
  if (!row) return null;
  return {
    id: teamId(id),
    unit: unitId(row.unit_id),
    active: row.active,
    skills: row.skills,
    openLoad: row.open_load,
    maxOpenLoad: row.max_open_load,
    inArea: row.in_area,
  };
}

async function resourceFact(
  tx: OfficeTransaction,
  id: ResourceId,
  area: string,
  at: Instant,
): Promise<ResourceFact | null> {
  const [row] = await tx.query<{
    kind: string;
    unit: string;
    capacity: number | null;
    reserved: number;
    valid: boolean;
    in_area: boolean;
    owner_id: string;
  }>(
    'resource_fact',
    `${ABOVE} SELECT kind, unit, capacity, reserved, area && (SELECT array_agg(id) FROM above) AS in_area,
         valid_from <= day AND (valid_to IS NULL OR valid_to >= day) AS valid, owner_id
       FROM resource, (SELECT (to_timestamp($4 / 1000.0) AT TIME ZONE 'Asia/Shanghai')::date AS day) AS today
       WHERE office_id = $1 AND id = $3`,
    [tx.office, area, id, at],
  );
  if (!row) return null;
  const { kind, unit, capacity, reserved, valid } = row;
  const owner = unitId(row.owner_id);
  return { id: resourceId(id), kind, unit, capacity, reserved, valid, inArea: row.in_area, owner };
}

/** Holders of the role at this instant outside the handling unit, by id; who stands in for another is not drawn. */
async function eligibleFor(tx: OfficeTransaction, role: string, state: ItemState, at: Instant): Promise<UserId[]> {
  const rows = await tx.query<{ id: string }>(
    'eligible',
    `SELECT DISTINCT u.id FROM role_grant g JOIN user_account u ON u.office_id = g.office_id AND u.id = g.user_id
       WHERE g.office_id = $1 AND g.role = $2 AND g.for_user IS NULL AND ($3::text IS NULL OR u.unit_id <> $3)
         AND g.valid_from <= to_timestamp($4 / 1000.0) AND (g.valid_to IS NULL OR g.valid_to > to_timestamp($4 / 1000.0))
       ORDER BY u.id`,
    [tx.office, role, state.lead?.unit ?? null, at],
  );
  return rows.map(({ id }) => userId(id));
}

async function unitFact(tx: OfficeTransaction, id: UnitId): Promise<UnitId | null> {
  const [row] = await tx.query('unit_fact', 'SELECT 1 FROM unit WHERE office_id = $1 AND id = $2', [tx.office, id]);
  return row ? id : null;
}

/** The units above this one, the nearest first. */
async function unitsAbove(tx: OfficeTransaction, unit: UnitId): Promise<UnitId[]> {
  const rows = await tx.query<{ id: string }>(
    'units_above',
    `WITH RECURSIVE above AS (
       SELECT id, parent_id, 0 AS height FROM unit WHERE office_id = $1 AND id = $2
       UNION ALL SELECT unit.id, unit.parent_id, height + 1 FROM unit JOIN above ON unit.office_id = $1 AND unit.id = above.parent_id)
     SELECT id FROM above WHERE height > 0 ORDER BY height`,
    [tx.office, unit],
  );
  return rows.map(({ id }) => unitId(id));
}

/** Read without a lock: a transaction locks no second item. */
async function primaryFact(tx: OfficeTransaction, id: ItemId): Promise<PrimaryFact | null> {
  const item = await loadItem(tx, id);
  return item ? { id, absorbs: transitionsFrom(item.plan, item.state, 'absorb').length > 0 } : null;
}

/** Whether the unit is the street itself or below it. */
async function isOfStreet(tx: OfficeTransaction, unit: UnitId): Promise<boolean> {
  const [row] = await tx.query(
    'of_street',
    `${ABOVE} SELECT 1 FROM above JOIN unit ON unit.office_id = $1 AND unit.id = above.id WHERE unit.kind = 'subdistrict'`,
    [tx.office, unit],
  );
  return row !== undefined;
}

async function lackingFor(tx: OfficeTransaction, state: ItemState): Promise<Blocker | null> {
  const found = await candidatesFor(tx, state);
  return 'none' in found ? found.none : null;
}

/** Reads what the rules may ask for, and nothing else; each fact that was read goes into the record. */
export async function readFacts(
  tx: OfficeTransaction,
  actor: Actor,
  state: ItemState,
  touched: Touches,
  at: Instant,
): Promise<Facts> {
  const area = String(state.fields['area'] ?? '');
  return {
    ...(actor.kind === 'person' ? { grants: await grantsOf(tx, actor.user, at) } : {}),
    ...(touched.team ? { team: await teamFact(tx, touched.team, area) } : {}),
    ...(touched.resource ? { resource: await resourceFact(tx, touched.resource, area, at) } : {}),
    ...(touched.primary ? { primary: await primaryFact(tx, touched.primary) } : {}),
    ...(touched.category ? await catalogueFact(tx, touched.category) : {}),
    ...(touched.ofStreet ? { ofStreet: await isOfStreet(tx, touched.ofStreet) } : {}),
    ...(touched.search ? { lacking: await lackingFor(tx, state) } : {}),
    ...(touched.calendar ? { calendar: await calendarInForce(tx) } : {}),
    ...(touched.unit ? { unit: await unitFact(tx, touched.unit) } : {}),
    ...(touched.above ? { above: await unitsAbove(tx, touched.above) } : {}),
    ...(touched.draws ? { eligible: await eligibleFor(tx, touched.draws, state, at) } : {}),
  };
}
