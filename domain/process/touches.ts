import type { MergePayload, RegisterPayload } from '../commands/demand-list.ts';
import { heldBy } from '../commands/resource-matching.ts';
import type { AssignPayload, ReleasePayload, ReservePayload } from '../commands/resource-matching.ts';
import type { ItemId, ResourceId, TeamId, UnitId } from '../ids.ts';
import type { Command } from './context.ts';
import type { Plan, RoleCode } from './definition.ts';
import type { ItemState } from './state.ts';
import { transitionsFrom } from './transition.ts';

/** What outside the item a command may read or change: the commit locks these rows, then reads the facts from them. */
export interface Touches {
  teams: TeamId[];
  resources: ResourceId[];
  /** The facts that the rules ask for by name. */
  team?: TeamId;
  resource?: ResourceId;
  /** The item that is named, read without a lock: a transaction never locks a second one. */
  primary?: ItemId;
  calendar: boolean;
  /** The category whose entry of the catalogue is asked for. */
  category?: { system?: string; code: string };
  /** The unit of which is asked whether it belongs to the street. */
  ofStreet?: UnitId;
  /** The role whose holders a draw may fall on. */
  draws?: RoleCode;
}

export function touches(plan: Plan, state: ItemState, { name, payload }: Pick<Command, 'name' | 'payload'>): Touches {
  const asked = state.requests.map((request) => request.command);
  const possible = [name, ...(name === 'grant' ? asked : [])].flatMap((command) =>
    transitionsFrom(plan, state, command),
  );
  const draws = possible.find((transition) => transition.draws)?.draws?.role;
  return {
    ...rowsOf(state, name, payload),
    calendar: name === 'correct-calendar' || possible.some((transition) => (transition.clocks?.start ?? []).length > 0),
    ...(draws ? { draws } : {}),
  };
}

function rowsOf(
  state: ItemState,
  name: Command['name'],
  payload: object | undefined,
): Omit<Touches, 'calendar' | 'draws'> {
  const lead = state.lead?.active ? [state.lead.team] : [];
  switch (name) {
    case 'register': {
      const { category: code, codeSystem: system } = (payload ?? {}) as Partial<RegisterPayload>; // as below
      const category = code === undefined ? undefined : { code, ...(system === undefined ? {} : { system }) };
      return { teams: [], resources: [], ...(category ? { category } : {}) };
    }
    case 'dispatch': {
      const asks = state.catalogue?.duty.takenBack && state.lead?.active;
      return { teams: [], resources: [], ...(asks && state.lead ? { ofStreet: state.lead.unit } : {}) };
    }
    case 'reserve': {
      const { resource } = (payload ?? {}) as Partial<ReservePayload>; // the contract shaped it for this command
      return resource ? { teams: [], resources: [resource], resource } : { teams: [], resources: [] };
    }
    case 'assign': {
      const { team } = (payload ?? {}) as Partial<AssignPayload>; // as above
      return team ? { teams: [...lead, team], resources: [], team } : { teams: [], resources: [] };
    }
    case 'merge': {
      const { into } = (payload ?? {}) as Partial<MergePayload>; // as above
      const resources = state.reservations.map((held) => held.resource);
      return { teams: lead, resources, ...(into ? { primary: into } : {}) };
    }
    case 'release':
      return { teams: lead, resources: heldBy(state, (payload ?? {}) as ReleasePayload).map((held) => held.resource) }; // as above
    default:
      return { teams: [], resources: [] };
  }
}
