import type { UserId } from '../../domain/ids.ts';
import { type Action, actions, drawing } from '../../domain/process/actions.ts';
import type { Actor, Facts, Grant } from '../../domain/process/context.ts';
import type { RoleCode } from '../../domain/process/definition.ts';
import type { ItemState } from '../../domain/process/state.ts';
import type { Touches } from '../../domain/process/touches.ts';
import { type Instant, instant } from '../../domain/time.ts';
import { readFacts } from '../../record/facts.ts';
import type { LoadedItem } from '../../record/load-item.ts';
import type { OfficeTransaction } from '../../record/office.ts';

/** Somebody who looks, with the grants in force, and who may be drawn where a command would draw. */
export interface Asker {
  user: UserId;
  grants: Grant[];
  eligible: (state: ItemState, role: RoleCode) => Promise<UserId[]>;
}

/** Whom a draw may fall on is asked once for each role and handling unit, however many items are looked at. */
export function createAsker(tx: OfficeTransaction, user: UserId, grants: Grant[], at: Instant): Asker {
  const known = new Map<string, Promise<Facts>>();
  return {
    user,
    grants,
    async eligible(state, draws) {
      const key = `${draws}/${state.lead?.unit ?? ''}`;
      const asked = known.get(key) ?? readFacts(tx, NOBODY, state, { ...NOTHING, draws }, at);
      known.set(key, asked);
      return (await asked).eligible ?? [];
    },
  };
}

/** Asked as nobody in particular, so that no grant is locked for a look. */
const NOBODY: Actor = { kind: 'system' };
const NOTHING: Touches = { teams: [], resources: [], calendar: false };

/** What this person may do with the item, and for everything else the reason: the rules' own answer, not a copy of them. */
export async function advise(tx: OfficeTransaction, asker: Asker, item: LoadedItem): Promise<Action[]> {
  const { plan, state, head, lastAt } = item;
  const at = instant(Math.max(tx.beganAt, lastAt));
  const draws = drawing(plan, state);
  const eligible = new Map<RoleCode, UserId[]>();
  for (const role of new Set(draws.values())) eligible.set(role, await asker.eligible(state, role));
  const facts: Facts = { grants: asker.grants };
  return actions(plan, state, { actor: { kind: 'person', user: asker.user }, at, seed: head }, (name) => {
    const role = draws.get(name);
    return role === undefined ? facts : { ...facts, eligible: eligible.get(role) ?? [] };
  });
}
