import type { Pool } from 'pg';
import { recordHash } from '../../proof/record.ts';
import { withOffice } from '../../record/office.ts';
import { OFFICE } from '../support/people.ts';
import { texts } from './postgres/server.ts';
import type { Committed } from './postgres/store.ts';

/** A statement of the product's with values that it never binds, the office left out. */
export type Forbidden = [name: string, ...values: unknown[]];

/** What no rule lets through, said to the tables themselves: a constraint must refuse it. */
export function forbidden(tables: Committed): Forbidden[] {
  const [item] = [...tables.item.values()].filter(({ rev, place }) => rev > 5 && place !== 'archived');
  if (!item) throw new Error('the lives were too short to try the constraints on');
  return [...ofSteps(tables, item.id), ...beside(tables, item.id)];
}

/** @throws the database's error */
export async function refusal(pool: Pool, [name, ...values]: Forbidden): Promise<string> {
  await withOffice(pool, OFFICE, async (tx) => await tx.query(name, texts.get(name) ?? '', [OFFICE, ...values]));
  return 'accepted';
}

/** What of a step can be wrong by itself. */
interface Wrong {
  id: string;
  actor: string;
  key: string;
  role: string;
  rev: number;
  peopleRev: number;
  at: number;
  prev: string;
  state: object;
}

/** The next step of an item, which would be let through, with one thing wrong in it. */
function ofSteps(tables: Committed, item: string): Forbidden[] {
  const stands = tables.item.get(item);
  const [command] = [...tables.command.values()].filter(({ item_id: of }) => of === item);
  if (!stands || !command) throw new Error('the item has no command');
  const { rev: before, place, stage, head: prev, at, kind, code, definition_hash: plan } = stands;
  const step = (wrong: Partial<Wrong>): Forbidden => {
    const rev = wrong.rev ?? before + 1;
    const right: Wrong = {
      id: 'c1',
      actor: 'system',
      key: 'key-1',
      role: 'system',
      rev,
      peopleRev: 0,
      at,
      prev,
      state: { rev, at: place },
    };
    const said = { ...right, ...wrong };
    const bytes = JSON.stringify({ seq: rev });
    const head = recordHash(bytes);
    const fold = [JSON.stringify(said.state), place, stage, null, null, null, said.at];
    const asked = [said.id, said.actor, said.key, 'release', 'x', said.role, null, at, '{}'];
    return ['later_step', item, rev, said.peopleRev, head, ...fold, ...asked, kind, plan, bytes, said.prev, code];
  };
  return [
    step({ id: command.id }),
    step({ actor: command.actor_id, key: command.key }),
    step({ rev: command.rev }),
    step({ rev: before + 2 }),
    step({ peopleRev: before + 2 }),
    step({ state: { rev: before, at: place } }),
    step({ state: { rev: before + 1, at: 'elsewhere' } }),
    step({ at: at - 1 }),
    step({ prev: 'ab'.repeat(32) }),
    step({ role: 'matcher' }),
  ];
}

function beside(tables: Committed, id: string): Forbidden[] {
  const [ended] = [...tables.assignment.values()].filter((row) => row.ended);
  const [held] = [...tables.reservation.values()].filter(({ released }) => released);
  const [request] = tables.request.values();
  if (!ended || !held || !request) throw new Error('the lives were too uniform to try the constraints on');
  return [
    ['reserve', id, 'x1', 'n', 'R05', 10_000],
    ['reserve', id, 'x2', 'n', 'R05', 0],
    ['reserve', id, 'x3', 'n', 'R99', 1],
    ['release', held.item_id, held.id],
    ['assign', ended.item_id, ended.rev, 'T03'],
    ['assign', 'i0', 999, 'T99'],
    ...[...tables.duty.values()]
      .filter(({ duty }) => duty === 'handler')
      .slice(0, 1)
      .flatMap(({ item_id: of, user_id: user }): Forbidden[] => [
        ['duty', of, user, 'handler'],
        ['duty', of, user, 'closure_reviewer'],
        ['duty', of, user, 'caller'],
        ['duty', of, 'nobody', 'handler'],
      ]),
    ['case_detail', id, 1, 'QL', 'grid1', id],
    ['case_detail', 'nobody', 1, 'nowhere', 'grid1', id],
    ['stick', id, 'release', 'NO_TEAM', 1, 1, 'team', null],
    ['archive_job', 'nobody'],
    ['decide_request', request.item_id, request.id, request.asked_by, 'granted'],
    ['new_key', id, null, Buffer.alloc(1)],
  ];
}
