import type { z } from 'zod';
import type { Plan } from '../../domain/process/definition.ts';
import { awaitedIn, byHand, openPlaces } from '../../domain/process/waiting.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import { type PinnedPlan, planOf } from '../../record/plans.ts';
import type { ReadInbox } from '../contract/inbox.ts';
import type { PlacedGrant } from './reading.ts';

/** Where items may rest that a view shows, so that each is read off an index in the order of its due instants. */
export interface Slots {
  /** Everywhere in the office. */
  office: { hash: string; stage: string; place: string }[];
  /** With a unit. */
  unit: { hash: string; place: string; unit: string }[];
  /** With the person who was drawn. */
  drawn: { hash: string; place: string }[];
  /** Where the system's step is stuck; in this unit, or null: wherever. */
  stuck: { hash: string; place: string; step: string; unit: string | null }[];
  /** Roles whose holder may decide a request. */
  roles: string[];
}

type View = Pick<z.output<typeof ReadInbox>, 'view' | 'stage' | 'state'>;

/** The places of a view for somebody with these grants; `stage` and `state` leave the others out. */
export async function slotsOf(
  tx: OfficeTransaction,
  { view, stage, state }: View,
  grants: PlacedGrant[],
): Promise<Slots> {
  const plans = await plansInUse(tx);
  const units = await unitsUnder(tx, grants);
  const each = plans.map(({ plan, hash }) => {
    const places = openPlaces(plan).filter((at) => (!stage || at.stage === stage) && (!state || at.id === state));
    return places.map((at) => placeOf({ plan, hash }, at, view, grants, units));
  });
  const all = each.flat();
  return {
    office: all.flatMap((slots) => slots.office),
    unit: all.flatMap((slots) => slots.unit),
    drawn: all.flatMap((slots) => slots.drawn),
    stuck: all.flatMap((slots) => slots.stuck),
    roles: view === 'me' ? grants.map(({ role }) => role) : [],
  };
}

type Units = ReadonlyMap<string, string[]>;
type OnePlace = Omit<Slots, 'roles'>;
const none: OnePlace = { office: [], unit: [], drawn: [], stuck: [] };

function placeOf(
  { plan, hash }: PinnedPlan,
  { id: place, stage }: Plan['states'][number],
  view: View['view'],
  grants: PlacedGrant[],
  units: Units,
): OnePlace {
  switch (view) {
    case 'all':
      return { ...none, office: [{ hash, stage, place }] };
    case 'team': {
      const mine = new Set(grants.flatMap(({ unit }) => units.get(unit) ?? []));
      return { ...none, unit: [...mine].map((unit) => ({ hash, place, unit })) };
    }
    case 'me': {
      const { roles, drawn } = awaitedIn(plan, place);
      const next = reached(grants, roles, units);
      const stuck = byHand(plan, place).flatMap(({ command, roles: hands }) => {
        const { everywhere, within } = reached(grants, hands, units);
        return (everywhere ? [null] : within).map((unit) => ({ hash, place, step: command, unit }));
      });
      return {
        office: next.everywhere ? [{ hash, stage, place }] : [],
        unit: next.everywhere ? [] : next.within.map((unit) => ({ hash, place, unit })),
        drawn: drawn === null ? [] : [{ hash, place }],
        stuck,
      };
    }
    default:
      return view satisfies never;
  }
}

/** How far somebody's roles of these reach: all of the office, or the units at and below their grants'. */
function reached(grants: PlacedGrant[], roles: string[], units: Units): { everywhere: boolean; within: string[] } {
  const held = grants.filter(({ role }) => roles.includes(role));
  return {
    everywhere: held.some(({ reach }) => reach === 'office'),
    within: [...new Set(held.flatMap(({ reach, unit }) => (reach === 'unit' ? (units.get(unit) ?? []) : [])))],
  };
}

/** Versions to which an item may be pinned; a published one never changes, so all but the list is remembered. */
async function plansInUse(tx: OfficeTransaction): Promise<PinnedPlan[]> {
  const rows = await tx.query<{ hash: string }>(
    'api_plans',
    "SELECT hash FROM definition_version WHERE office_id = $1 AND kind = 'case' ORDER BY version",
    [tx.office],
  );
  const plans: PinnedPlan[] = [];
  for (const { hash } of rows) plans.push(await planOf(tx, hash));
  return plans;
}

/** Of each unit of a grant: itself and everything below it. */
async function unitsUnder(tx: OfficeTransaction, grants: PlacedGrant[]): Promise<Units> {
  const rows = await tx.query<{ top: string; units: string[] }>(
    'api_units_under',
    `WITH RECURSIVE below AS (
       SELECT id AS top, id FROM unit WHERE office_id = $1 AND id = ANY($2)
       UNION ALL SELECT below.top, unit.id FROM unit JOIN below ON unit.office_id = $1 AND unit.parent_id = below.id)
     SELECT top, array_agg(id ORDER BY id) AS units FROM below GROUP BY top`,
    [tx.office, [...new Set(grants.map(({ unit }) => unit))]],
  );
  return new Map(rows.map(({ top, units }) => [top, units]));
}
