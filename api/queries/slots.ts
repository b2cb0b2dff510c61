import type { z } from 'zod';
import type { Grant } from '../../domain/process/context.ts';
import type { Plan } from '../../domain/process/definition.ts';
import { answering, awaitedIn, byHand, openPlaces } from '../../domain/process/waiting.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import { type PinnedPlan, planOf } from '../../record/plans.ts';
import type { ReadInbox } from '../contract/inbox.ts';

/** Where items may rest that a view shows, so that each is read off an index in the order of its due instants. */
export interface Slots {
  /** Everywhere in the office. */
  office: { hash: string; stage: string; place: string }[];
  /** With a unit. */
  unit: { hash: string; place: string; unit: string }[];
  /** With the person who was drawn. */
  drawn: { hash: string; place: string }[];
  /** Where the system's step is stuck; in charge is this unit, or null: whichever. */
  stuck: { hash: string; place: string; step: string; unit: string | null }[];
  /** Where a task of the kind waits for this unit, or null: whichever. */
  task: { hash: string; place: string; kind: string; unit: string | null }[];
  /** Roles whose holder may decide a request. */
  roles: string[];
}

type View = Pick<z.output<typeof ReadInbox>, 'view' | 'stage' | 'state'>;

/** The places of a view for somebody with these grants; `stage` and `state` leave the others out. */
export async function slotsOf(tx: OfficeTransaction, { view, stage, state }: View, grants: Grant[]): Promise<Slots> {
  const units = view === 'team' ? await unitsUnder(tx, grants) : [];
  const all = (await plansInUse(tx)).flatMap((pinned) =>
    openPlaces(pinned.plan)
      .filter((at) => (!stage || at.stage === stage) && (!state || at.id === state))
      .map((at) => slotsIn(pinned, at, view, grants, units)),
  );
  return {
    office: all.flatMap((slots) => slots.office),
    unit: all.flatMap((slots) => slots.unit),
    drawn: all.flatMap((slots) => slots.drawn),
    stuck: all.flatMap((slots) => slots.stuck),
    task: all.flatMap((slots) => slots.task),
    roles: view === 'me' ? grants.map(({ role }) => role) : [],
  };
}

type OnePlace = Omit<Slots, 'roles'>;
const none: OnePlace = { office: [], unit: [], drawn: [], stuck: [], task: [] };

function slotsIn(
  { plan, hash }: PinnedPlan,
  { id: place, stage }: Plan['states'][number],
  view: View['view'],
  grants: Grant[],
  units: string[],
): OnePlace {
  switch (view) {
    case 'all':
      return { ...none, office: [{ hash, stage, place }] };
    case 'team':
      return { ...none, unit: units.map((unit) => ({ hash, place, unit })) };
    case 'me': {
      const { roles, unitRoles, drawn } = awaitedIn(plan, place);
      const within = unitsOf(grants, unitRoles);
      const everywhere = within.includes(null) || grants.some(({ role }) => roles.includes(role));
      return {
        office: everywhere ? [{ hash, stage, place }] : [],
        unit: within.flatMap((unit) => (unit === null || everywhere ? [] : [{ hash, place, unit }])),
        drawn: drawn === null ? [] : [{ hash, place }],
        stuck: byHand(plan, place).flatMap(({ command, roles: hands, unit: bound }) => {
          const held = unitsOf(grants, hands);
          const where = bound === undefined && held.length > 0 ? [null] : held;
          return where.map((unit) => ({ hash, place, step: command, unit }));
        }),
        task: (['co-task', 'whistle'] as const).flatMap((kind) =>
          unitsOf(grants, answering(plan, place, kind)).map((unit) => ({ hash, place, kind, unit })),
        ),
      };
    }
    default:
      return view satisfies never;
  }
}

/** The units for which any of the roles is held; null: for the whole office. */
function unitsOf(grants: Grant[], roles: string[]): (string | null)[] {
  const held = grants.filter(({ role }) => roles.includes(role)).map(({ unit }) => unit);
  return held.includes(null) ? [null] : [...new Set(held)];
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

/** The units of the grants, or where their holder belongs, and everything below them. */
async function unitsUnder(tx: OfficeTransaction, grants: Grant[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    'api_units_under',
    `WITH RECURSIVE below AS (
       SELECT id FROM unit WHERE office_id = $1 AND id = ANY($2)
       UNION SELECT unit.id FROM unit JOIN below ON unit.office_id = $1 AND unit.parent_id = below.id)
     SELECT id FROM below ORDER BY id`,
    [tx.office, grants.map(({ unit, home }) => unit ?? home)],
  );
  return rows.map(({ id }) => id);
}
