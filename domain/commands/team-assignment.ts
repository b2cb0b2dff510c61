import type { UnitId } from '../ids.ts';
import type { Context, Rule } from '../process/context.ts';
import type { ItemEvent } from '../process/events.ts';
import { type ItemState, leased } from '../process/state.ts';
import { refusal, type Refusal } from '../refusals.ts';

export interface ContactPayload {
  means: 'phone' | 'visit' | 'message';
}

/** Why the order is not this unit's: the entry of the duty list or the law, and whose it is. */
export interface ReturnPayload {
  basis: string;
  properUnit: UnitId;
}

/** Which unit has to do it, and by which basis. */
export interface ArbitratePayload {
  request: string;
  unit: UnitId;
  basis: string;
}

/**
 * What the upper department took back is not for the street, whoever was chosen for it. What is dispatched is used: no
 * lease takes it away from the work. What it lacked and was found blocks nothing any more.
 */
export const dispatch: Rule<'dispatch'> = {
  refuse({ state: { catalogue }, facts }) {
    const forbidden = catalogue?.duty.takenBack === true && facts.ofStreet === true;
    return forbidden ? refusal('category-taken-back', { entry: catalogue.duty.entry }) : undefined;
  },
  events: ({ state }) => [
    ...leased(state).map(({ id }): ItemEvent => ({ type: 'confirmed', id })),
    ...(state.blocked || !('blocker' in state.fields) ? [] : [{ type: 'field-cleared' as const, name: 'blocker' }]),
  ],
};

/** So many returns are asked and ruled; the last ruling is an arbitration, which binds. */
const RULED = 2;

export const contact: Rule<'contact'> = {
  events: (_context, payload) => [{ type: 'field-set', name: 'contactMeans', value: payload.means }],
};

/** A return that is granted gives the order back for matching; the handling clock does not stop. */
export const returnOrder: Rule<'return'> = {
  refuse({ state, command: { payload }, facts }) {
    if (state.counts.returns >= RULED) return refusal('arbitrated', { unit: String(state.fields['ruledUnit'] ?? '') });
    return payload ? unknownUnit(facts.unit, payload.properUnit) : undefined;
  },
  events: ({ state }) => leadEnds(state),
  settled: ({ fields }) => [
    { type: 'counted', name: 'returns' },
    ...('returnUntil' in fields ? [{ type: 'field-cleared' as const, name: 'returnUntil' }] : []),
  ],
};

/** The team cannot; unlike a return this says nothing about whose duty it is. */
export const decline: Rule<'decline'> = { events: ({ state }) => leadEnds(state) };

export function leadEnds({ lead }: ItemState): ItemEvent[] {
  return lead?.active ? [{ type: 'lead-ended', team: lead.team }] : [];
}

/** What a ruling says, for the item and for whoever reads it as a precedent. */
export function ruled({ unit, basis }: ArbitratePayload): ItemEvent[] {
  return [
    { type: 'field-set', name: 'ruledUnit', value: unit },
    { type: 'field-set', name: 'ruledBasis', value: basis },
  ];
}

export function unknownUnit(found: Context['facts']['unit'], unit: UnitId): Refusal | undefined {
  return found === null ? refusal('unknown-unit', { unit }) : undefined;
}
