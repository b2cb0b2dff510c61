import type { OpenTaskPayload } from '../commands/action-project.ts';
import type { MergePayload, ReachLevel, RegisterPayload } from '../commands/demand-list.ts';
import { heldBy } from '../commands/resource-matching.ts';
import type { AssignPayload, ConfirmPayload, ReleasePayload, ReservePayload } from '../commands/resource-matching.ts';
import type { ArbitratePayload, ReturnPayload } from '../commands/team-assignment.ts';
import type { ItemId, ResourceId, TeamId, UnitId } from '../ids.ts';
import { escalates, isRunFor, needsCalendar } from './clocks.ts';
import type { Command } from './context.ts';
import type { Plan, RoleCode, Transition } from './definition.ts';
import type { ItemState } from './state.ts';
import { transitionsFrom } from './transition.ts';

/** What outside the item a command may read or change: the commit locks these rows, then reads the facts from them. */
export interface Touches {
  teams: TeamId[];
  resources: ResourceId[];
  /** The facts that the rules ask for by name. */
  team?: TeamId;
  resource?: ResourceId;
  /** The unit that is named. */
  unit?: UnitId;
  /** The item that is named, read without a lock: a transaction never locks a second one. */
  primary?: ItemId;
  /** Whether a search for candidates would find a list empty. */
  search?: true;
  calendar: boolean;
  /** The category whose entry of the catalogue is asked for. */
  category?: { system?: string; code: string };
  /** The unit of which is asked whether it belongs to the street. */
  ofStreet?: UnitId;
  /** The unit in charge, where the ones above it are told. */
  above?: UnitId;
  /** The role whose holders a draw may fall on. */
  draws?: RoleCode;
}

export function touches(plan: Plan, state: ItemState, { name, payload }: Pick<Command, 'name' | 'payload'>): Touches {
  const asked = state.requests.map((request) => request.command);
  const decides = name === 'grant' || name === 'arbitrate';
  const possible = [name, ...(decides ? asked : [])].flatMap((command) => transitionsFrom(plan, state, command));
  const draws = possible.find((transition) => transition.draws)?.draws?.role;
  return {
    ...rowsOf(state, name, payload),
    calendar: name === 'correct-calendar' || possible.some(usesCalendar),
    ...aboveOf(plan, state, name, payload),
    ...(draws ? { draws } : {}),
  };
}

const usesCalendar = ({ clocks, sets, approval }: Transition): boolean =>
  needsCalendar(clocks) || sets !== undefined || approval?.clock !== undefined;

/** The unit that lets its clock run out: of a task the one that was asked, else the one in charge. */
function aboveOf(
  plan: Plan,
  state: ItemState,
  name: Command['name'],
  payload: object | undefined,
): Pick<Touches, 'above'> {
  if (name !== 'reach-level' || !payload) return {};
  const level = payload as ReachLevel; // what the clock says of itself
  const task = state.tasks.find(({ id }) => isRunFor(level.id, id));
  const unit = task?.unit ?? state.lead?.unit;
  return escalates(plan, level) && unit !== undefined ? { above: unit } : {};
}

function rowsOf(
  state: ItemState,
  name: Command['name'],
  payload: object | undefined,
): Omit<Touches, 'calendar' | 'above' | 'draws'> {
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
    case 'return': {
      const { properUnit } = (payload ?? {}) as Partial<ReturnPayload>; // as above
      return { teams: [], resources: [], ...(properUnit ? { unit: properUnit } : {}) };
    }
    case 'open-task':
    case 'whistle': {
      const { unit } = (payload ?? {}) as Partial<OpenTaskPayload>; // as above
      return { teams: [], resources: [], ...(unit ? { unit } : {}) };
    }
    case 'decline':
      return { teams: lead, resources: [] };
    case 'grant':
      return { teams: state.requests.some(({ command }) => command === 'return') ? lead : [], resources: [] };
    case 'arbitrate': {
      const { unit } = (payload ?? {}) as Partial<ArbitratePayload>; // as above
      return { teams: lead, resources: [], ...(unit ? { unit } : {}) };
    }
    case 'merge': {
      const { into } = (payload ?? {}) as Partial<MergePayload>; // as above
      const resources = state.reservations.map((held) => held.resource);
      return { teams: lead, resources, ...(into ? { primary: into } : {}) };
    }
    case 'unmerge':
      return state.lead
        ? { teams: [state.lead.team], resources: [], team: state.lead.team }
        : { teams: [], resources: [] };
    case 'confirm-reservation': {
      const { reservation } = (payload ?? {}) as ConfirmPayload; // as above
      const held = state.reservations.find(({ id }) => id === reservation);
      return { teams: [], resources: [], ...(held ? { resource: held.resource } : {}) };
    }
    case 'block':
      return { teams: [], resources: [], search: true };
    case 'release':
      return { teams: lead, resources: heldBy(state, (payload ?? {}) as ReleasePayload).map((held) => held.resource) }; // as above
    default:
      return { teams: [], resources: [] };
  }
}
