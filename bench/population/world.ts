import type { Client } from 'pg';
import { type CatalogueEntry, type CatalogueFact, factOf } from '../../domain/catalogue.ts';
import type { Calendar } from '../../domain/clock/calendar.ts';
import { hash, type Hash, type OfficeId, resourceId, teamId, unitId, userId, type UserId } from '../../domain/ids.ts';
import type { Actor, Facts, Grant, ResourceFact, TeamFact } from '../../domain/process/context.ts';
import type { Plan } from '../../domain/process/definition.ts';
import { type Candidates, type ItemState, uncovered } from '../../domain/process/state.ts';
import { grantOf } from '../../record/facts.ts';
import type { Touches } from '../../domain/process/touches.ts';
import type { Known } from './collector.ts';
import { formatDay, type Instant, instant, shanghaiDay } from '../../domain/time.ts';

interface Person {
  user: UserId;
  unit: string;
  grants: (Grant & { from: number; to: number | null })[];
}
interface Thing {
  area: string[];
}
interface Team extends Thing, Omit<TeamFact, 'inArea'> {}
interface Resource extends Thing, Omit<ResourceFact, 'inArea' | 'valid'> {
  from: string;
  to: string | null;
}

/** The office in memory: everything that the rules may ask for, read once. */
export interface World extends Known {
  plan: Plan;
  planHash: Hash;
  calendar: Calendar;
  /** The entries of the catalogue in force, by code, of the scheme that is meant where none is named. */
  catalogue: Map<string, CatalogueFact>;
  people: Person[];
  teams: Team[];
  resources: Resource[];
  /** Where a demand may come from: communities and grids of the office. */
  areas: string[];
  parents: Map<string, string | null>;
  /** The office's time, or the earlier one that was asked for. */
  now: Instant;
  cases: number;
}

/** @throws Error when the database has not exactly one office, with a definition for cases and a calendar */
export async function readWorld(client: Client, until?: Instant): Promise<World> {
  const offices = await client.query<{ id: OfficeId }>('SELECT office_id AS id FROM office');
  const office = offices.rows[0]?.id;
  if (office === undefined || offices.rows.length > 1) throw new Error('the database must hold exactly one office');
  const all = async <Row extends object>(text: string): Promise<Row[]> =>
    (await client.query<Row>(text, [office])).rows;
  const [plan] = await all<{ hash: string; plan: string }>(
    "SELECT hash, plan FROM definition_version WHERE office_id = $1 AND kind = 'case' AND in_force",
  );
  const [calendar] = await all<{ content: string }>(
    'SELECT content FROM calendar WHERE office_id = $1 ORDER BY version DESC LIMIT 1',
  );
  const entries = await all<{ version: number; content: string }>(
    `SELECT e.version, e.content FROM catalogue_entry e JOIN catalogue c USING (office_id, version, system)
       WHERE office_id = $1 AND version = (SELECT max(version) FROM catalogue WHERE office_id = $1)`,
  );
  if (!plan || !calendar) throw new Error('the office has no definition for cases, or no calendar');
  const units = await all<{ id: string; parent: string | null; kind: string }>(
    'SELECT id, parent_id AS parent, kind FROM unit WHERE office_id = $1 ORDER BY id',
  );
  const years = await all<{ year: number; last: number }>('SELECT year, last FROM case_number WHERE office_id = $1');
  const keys = await all<{ subject: string; id: string; wrapped: Buffer }>(
    'SELECT subject, id, wrapped FROM data_key WHERE office_id = $1 AND subject IS NOT NULL',
  );
  const [is] = await all<{ now: string; cases: string }>(
    'SELECT office_now_ms() AS now, count(*) AS cases FROM item WHERE office_id = $1',
  );
  return {
    office,
    plan: JSON.parse(plan.plan) as Plan, // compiled before it was stored
    planHash: hash(plan.hash),
    calendar: JSON.parse(calendar.content) as Calendar, // validated before it was stored
    catalogue: new Map(entries.map(({ version, content }) => [codeOf(content), factOf(entryOf(content), version)])),
    people: await readPeople(all),
    teams: await readTeams(all),
    resources: await readResources(all),
    areas: units.filter(({ kind }) => kind === 'grid' || kind === 'community').map(({ id }) => id),
    parents: new Map(units.map(({ id, parent }) => [id, parent])),
    subjects: new Map(keys.map(({ subject, id, wrapped }) => [subject, { id, wrapped }])),
    numbers: new Map(years.map(({ year, last }) => [year, last])),
    now: until ?? instant(Number(is?.now)),
    cases: Number(is?.cases),
  };
}

const entryOf = (content: string): CatalogueEntry => JSON.parse(content) as CatalogueEntry; // validated before it was stored
const codeOf = (content: string): string => entryOf(content).code;

type All = <Row extends object>(text: string) => Promise<Row[]>;

async function readPeople(all: All): Promise<Person[]> {
  const rows = await all<{
    user: string;
    unit: string;
    id: string;
    role: string;
    forUnit: string | null;
    principal: string | null;
    from: string;
    to: string | null;
  }>(
    `SELECT u.id AS "user", u.unit_id AS unit, g.id, g.role, g.unit_id AS "forUnit", g.for_user AS principal, extract(epoch FROM g.valid_from) * 1000 AS from,
       extract(epoch FROM g.valid_to) * 1000 AS to
       FROM user_account u JOIN role_grant g ON g.office_id = u.office_id AND g.user_id = u.id
       WHERE u.office_id = $1 ORDER BY u.id, g.id`,
  );
  const people = new Map<string, Person>();
  for (const { user, unit, id, role, forUnit, principal, from, to } of rows) {
    const person = people.get(user) ?? { user: userId(user), unit, grants: [] };
    people.set(user, person);
    person.grants.push({
      ...grantOf({ id, role, unit_id: forUnit, for_user: principal, home: unit }),
      from: Number(from),
      to: to === null ? null : Number(to),
    });
  }
  return [...people.values()];
}

async function readTeams(all: All): Promise<Team[]> {
  const rows = await all<
    Record<'id' | 'unit', string> & { active: boolean; skills: string[]; area: string[] } & Record<
        'load' | 'most',
        number
      >
  >(
    'SELECT id, unit_id AS unit, active, skills, area, open_load AS load, max_open_load AS most FROM team WHERE office_id = $1 ORDER BY id',
  );
  return rows.map(({ id, unit, active, skills, area, load, most }) => ({
    id: teamId(id),
    unit: unitId(unit),
    active,
    skills,
    area,
    openLoad: load,
    maxOpenLoad: most,
  }));
}

async function readResources(all: All): Promise<Resource[]> {
  const rows = await all<
    Record<'id' | 'kind' | 'unit' | 'owner' | 'reserved' | 'from', string> & {
      capacity: string | null;
      to: string | null;
      area: string[];
    }
  >(
    `SELECT id, kind, unit, owner_id AS owner, capacity, reserved, area, valid_from::text AS from, valid_to::text AS to
       FROM resource WHERE office_id = $1 ORDER BY id`,
  );
  return rows.map(({ id, owner, capacity, reserved, ...rest }) => ({
    ...rest,
    id: resourceId(id),
    owner: unitId(owner),
    capacity: capacity === null ? null : Number(capacity),
    reserved: Number(reserved),
  }));
}

function covers(world: World, { area }: Thing, place: string): boolean {
  for (let at: string | null | undefined = place; at; at = world.parents.get(at)) if (area.includes(at)) return true;
  return false;
}

const areaOf = ({ fields }: ItemState): string => String(fields['area'] ?? '');

const isValid = ({ from, to }: { from: string; to: string | null }, at: Instant): boolean => {
  const day = formatDay(shanghaiDay(at));
  return from <= day && (to === null || to >= day);
};

function grantsAt({ grants }: Person, at: Instant): Grant[] {
  return grants
    .filter(({ from, to }) => from <= at && (to === null || to > at))
    .map(({ from: _from, to: _to, ...grant }) => grant);
}

/** Holders of any of the roles at this instant, by id. */
export function holdersOf(world: World, roles: readonly string[], at: Instant): Person[] {
  return world.people.filter((person) => grantsAt(person, at).some(({ role }) => roles.includes(role)));
}

/** What record/facts.ts would read for this command: the same facts, and no others. */
export function factsFor(world: World, actor: Actor, state: ItemState, touched: Touches, at: Instant): Facts {
  const place = areaOf(state);
  const person = actor.kind === 'person' ? world.people.find(({ user }) => user === actor.user) : undefined;
  const team = world.teams.find(({ id }) => id === touched.team);
  const resource = world.resources.find(({ id }) => id === touched.resource);
  const { draws } = touched;
  return {
    ...(person ? { grants: grantsAt(person, at) } : {}),
    ...(team ? { team: teamFact(world, team, place) } : {}),
    ...(resource ? { resource: resourceFact(world, resource, place, at) } : {}),
    ...(touched.category ? { catalogue: world.catalogue.get(touched.category.code) ?? null } : {}),
    ...(touched.calendar ? { calendar: world.calendar } : {}),
    ...(draws === undefined
      ? {}
      : {
          eligible: holdersOf(world, [draws], at)
            .filter(({ unit }) => unit !== state.lead?.unit)
            .map(({ user }) => user),
        }),
  };
}

function teamFact(world: World, { area, ...team }: Team, place: string): TeamFact {
  return { ...team, inArea: covers(world, { area }, place) };
}

function resourceFact(world: World, resource: Resource, place: string, at: Instant): ResourceFact {
  const { id, kind, unit, owner, capacity, reserved } = resource;
  const [valid, inArea] = [isValid(resource, at), covers(world, resource, place)];
  return { id, kind, unit, owner, capacity, reserved, valid, inArea };
}

/** What the search would find: things of the kind that is needed, valid and in the area, and teams with the skills. */
export function candidatesFor(world: World, state: ItemState, at: Instant): Candidates {
  const place = areaOf(state);
  const resources = state.needs
    .filter((need) => uncovered(state, need) > 0)
    .flatMap((need) =>
      world.resources
        .filter(
          (resource) =>
            resource.kind === need.kind &&
            resource.unit === need.unit &&
            isValid(resource, at) &&
            covers(world, resource, place),
        )
        .map(({ id, capacity, reserved }) => ({
          need: need.id,
          resource: id,
          free: capacity === null ? null : capacity - reserved,
        })),
    );
  const teams = world.teams
    .filter(
      (team) => team.active && state.skills.every((skill) => team.skills.includes(skill)) && covers(world, team, place),
    )
    .map(({ id, openLoad, maxOpenLoad }) => ({ team: id, free: maxOpenLoad - openLoad }));
  return { resources, teams };
}
