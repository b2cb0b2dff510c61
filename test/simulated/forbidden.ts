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
  return [...ofRecords(tables, item.id), ...ofItem(tables, item.id), ...beside(tables, item.id)];
}

/** @throws the database's error */
export async function refusal(pool: Pool, [name, ...values]: Forbidden): Promise<string> {
  await withOffice(pool, OFFICE, async (tx) => await tx.query(name, texts.get(name) ?? '', [OFFICE, ...values]));
  return 'accepted';
}

function ofRecords(tables: Committed, id: string): Forbidden[] {
  const item = tables.item.get(id);
  const [command] = [...tables.command.values()].filter(({ item_id: of }) => of === id);
  if (!item || !command) throw new Error('the item has no command');
  const { head, at, definition_hash: plan } = item;
  const next = item.rev + 1;
  const bytes = JSON.stringify({ seq: next });
  const record = (seq: number, prev: string, when: number, of = command.id): Forbidden => {
    return ['record', 'case', id, seq, of, plan, when, bytes, recordHash(bytes), prev];
  };
  const asSystem = (of: string, key: string, rev: number, actor = 'system'): Forbidden => {
    return ['command', of, actor, key, id, 'release', 'x', 'system', null, at, at, rev, '{}'];
  };
  return [
    asSystem('c1', 'key-1', next),
    asSystem(command.id, 'key-2', next),
    asSystem('c2', command.key, next, command.actor_id),
    asSystem('c3', 'key-3', command.rev),
    record(next + 1, head, at),
    record(next, head, at - 1),
    record(next, 'ab'.repeat(32), at),
    record(next, head, at, 'nobody'),
    record(next, head, at),
  ];
}

function ofItem(tables: Committed, id: string): Forbidden[] {
  const item = tables.item.get(id);
  if (!item) return [];
  const { rev, place } = item;
  const update = (to: number, state: object): Forbidden => {
    return ['item_update', id, to, 0, item.head, JSON.stringify(state), place, item.stage, null, null, null, item.at];
  };
  return [
    update(rev + 2, { rev: rev + 2, at: place }),
    update(rev + 1, { rev: rev + 1, at: place }),
    update(rev + 1, { rev, at: place }),
    update(rev, { rev, at: place, more: 1 }),
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
    ['case_detail', id, 1, 'QL', 'grid1', id, 'another'],
    ['case_detail', 'nobody', 1, 'nowhere', 'grid1', id, 'another'],
    ['evidence', id, 999, 0, 'photo', '0'.repeat(64)],
    ['file_content', 'another', 'nobody', true],
    ['file_chunk', 'nobody', 0, Buffer.alloc(1)],
    ['stick', id, 'release', 'NO_TEAM', 1, 1, 'team', null],
    ['archive_job', 'nobody'],
    ['decide_request', request.item_id, request.id, request.asked_by, 'granted'],
    ['new_key', id, null, Buffer.alloc(1)],
  ];
}
