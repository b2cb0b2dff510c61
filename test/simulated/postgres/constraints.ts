import { recordHash } from '../../../proof/record.ts';
import { CHECK, DatabaseError, EXCLUSION, INTEGRITY, RESTRICT } from './errors.ts';
import type { Transaction } from './store.ts';
import type { CommandRow, ItemRow, RecordRow, RequestRow, Row } from './tables.ts';

/** The CHECKs, EXCLUDEs and triggers of the migration, by the names they have there. */

const GENESIS = '0'.repeat(64);

/** What of a state the row repeats. */
interface Folded {
  rev: number;
  at: string;
}

function checkRow(row: Row<'item'>): void {
  const { rev, at } = JSON.parse(row.state) as Folded; // a state, as write.ts stores it
  if (row.rev < 1 || row.people_rev < 0 || row.people_rev > row.rev) throw new DatabaseError(CHECK, 'item_rev');
  if (rev !== row.rev || at !== row.place) throw new DatabaseError(CHECK, 'item_fold');
}

export function insertItem(tx: Transaction, row: ItemRow): void {
  if (row.rev !== 1) throw new DatabaseError(INTEGRITY, 'item_dense');
  checkRow(row);
  tx.insert('item', row);
  tx.touchedItems.add(row.id);
}

export function updateItem(tx: Transaction, before: Row<'item'>, row: ItemRow): void {
  const same = row.state === before.state && row.head === before.head && row.place === before.place;
  if (row.rev !== before.rev && row.rev !== before.rev + 1) throw new DatabaseError(INTEGRITY, 'item_dense');
  if (row.rev === before.rev && !same) throw new DatabaseError(INTEGRITY, 'item_at_head');
  if (before.place === 'archived' && row.rev !== before.rev) throw new DatabaseError(RESTRICT, 'archived_is_final');
  if (!same) checkRow(row);
  tx.update('item', row);
  if (!same) tx.touchedItems.add(row.id);
}

export function insertRecord(tx: Transaction, row: RecordRow): void {
  const before = tx.get('record', `${row.stream}/${row.stream_id}/${row.seq - 1}`);
  if (row.seq > 1 && !before) throw new DatabaseError(INTEGRITY, 'record_dense');
  if (row.prev !== (before?.hash ?? GENESIS)) throw new DatabaseError(INTEGRITY, 'record_chain');
  if (before && row.at < before.at) throw new DatabaseError(INTEGRITY, 'record_time');
  if (row.seq < 1) throw new DatabaseError(CHECK, 'record_seq');
  if (recordHash(row.bytes) !== row.hash) throw new DatabaseError(CHECK, 'record_hash');
  tx.insert('record', row);
}

/** Each of these excludes the others of its group for one person on one item, as the exclusion constraints say. */
const apart: readonly (readonly [constraint: string, duties: readonly string[]])[] = [
  ['separation-of-duties-S1', ['handler', 'checker', 'closure_reviewer']],
  ['separation-of-duties-I22', ['resource_decider', 'closure_reviewer']],
  ['separation-of-duties-S5', ['handler', 'caller']],
];

export function insertDuty(tx: Transaction, row: Row<'duty'>): void {
  const { item_id: item, user_id: user, duty } = row;
  const holds = (other: string): boolean => tx.get('duty', `${item}/${user}/${other}`) !== undefined;
  if (holds(duty)) return;
  for (const [constraint, duties] of apart)
    if (duties.includes(duty) && duties.some((other) => other !== duty && holds(other)))
      throw new DatabaseError(EXCLUSION, constraint);
  tx.insert('duty', row);
}

export function decideRequest(tx: Transaction, row: RequestRow): void {
  if (row.decided_by === row.asked_by) throw new DatabaseError(CHECK, 'second-person-needed');
  if (row.granted_first !== null && [row.asked_by, row.decided_by].includes(row.granted_first))
    throw new DatabaseError(CHECK, 'second-person-needed-twice');
  const decided = row.outcome === 'granted' || row.outcome === 'refused';
  if ((row.decided_by !== null) !== decided) throw new DatabaseError(CHECK, 'request_decided');
  tx.update('request', row);
}

/** Both sides of the counter in one: the reservation and what it takes from, or gives back to, the resource. */
export function countReservation(tx: Transaction, row: Row<'reservation'>, before?: Row<'reservation'>): void {
  if (row.amount <= 0) throw new DatabaseError(CHECK, 'reservation_amount');
  if (before && (before.released || !row.released)) throw new DatabaseError(RESTRICT);
  tx.lock('resource', row.resource_id);
  if (before) {
    tx.update('reservation', row);
    tx.noteGain('resource');
  } else tx.insert('reservation', row);
  const resource = tx.get('resource', row.resource_id);
  if (!resource) return;
  const reserved = resource.reserved + (before ? -row.amount : row.amount);
  if (reserved < 0) throw new DatabaseError(CHECK, 'resource_reserved');
  if (resource.capacity !== null && reserved > resource.capacity)
    throw new DatabaseError(CHECK, 'resource-over-capacity');
  tx.update('resource', { ...resource, reserved });
}

export function countAssignment(tx: Transaction, row: Row<'assignment'>, before?: Row<'assignment'>): void {
  if (before && (before.ended || !row.ended)) throw new DatabaseError(RESTRICT);
  tx.lock('team', row.team_id);
  if (before) {
    tx.update('assignment', row);
    tx.noteGain('team');
  } else tx.insert('assignment', row);
  const team = tx.get('team', row.team_id);
  if (!team) return;
  if (!before && !team.active) throw new DatabaseError(CHECK, 'team-not-active');
  const load = team.open_load + (before ? -1 : 1);
  if (load < 0) throw new DatabaseError(CHECK, 'team_open_load');
  if (load > team.max_open_load) throw new DatabaseError(CHECK, 'team-over-capacity');
  tx.update('team', { ...team, open_load: load });
}

export function enqueue(tx: Transaction, row: Row<'queued_command'>): void {
  if (row.target === row.source) throw new DatabaseError(CHECK, 'merge-target-unfit');
  tx.insert('queued_command', row);
}

/** It ends once. */
export function endQueued(tx: Transaction, id: string, status: 'applied' | 'rejected', code: string | null): void {
  if (!tx.get('queued_command', id)) return;
  tx.lock('queued_command', id);
  const row = tx.get('queued_command', id);
  if (!row || (status === 'rejected' && row.status !== 'queued')) return;
  if (row.status !== 'queued') throw new DatabaseError(RESTRICT, 'queued_command_ends_once');
  tx.update('queued_command', { ...row, status, code });
}

/** The deferred triggers: at COMMIT one command, one record and one revision must say the same. */
export function checkSteps(tx: Transaction): void {
  for (const id of tx.newCommands) {
    const command = tx.get('command', id);
    if (command) checkStep(tx, command);
  }
  for (const id of tx.touchedItems) {
    const item = tx.get('item', id);
    const command = item && tx.findBy('command_rev_key', `${item.id}/${item.rev}`);
    const step = command === undefined ? undefined : tx.get('command', command);
    if (!step) throw new DatabaseError(INTEGRITY, 'one_command_per_revision');
    checkStep(tx, step);
  }
}

function checkStep(tx: Transaction, step: Readonly<CommandRow>): void {
  const key = tx.findBy('record_command_key', step.id);
  const proof = key === undefined ? undefined : tx.get('record', key);
  if (!proof || proof.stream_id !== step.item_id || proof.seq !== step.rev || proof.at !== step.at)
    throw new DatabaseError(INTEGRITY, 'one_record_per_command');
  const item = tx.get('item', step.item_id);
  const atHead =
    item?.head === proof.hash && item.definition_hash === proof.definition_hash && item.kind === proof.stream;
  if (!item || item.rev < step.rev || (item.rev === step.rev && !atHead))
    throw new DatabaseError(INTEGRITY, 'item_at_head');
  if (!isGranted(tx, step)) throw new DatabaseError(INTEGRITY, 'granted_at_the_time');
}

function isGranted(tx: Transaction, { role, grant_id, actor_id, at }: Readonly<CommandRow>): boolean {
  if (role === 'system' || grant_id === null) return role === 'system' && grant_id === null;
  const grant = tx.get('role_grant', grant_id);
  const valid = grant !== undefined && grant.valid_from <= at && (grant.valid_to === null || grant.valid_to > at);
  return valid && grant.user_id === actor_id && grant.role === role;
}
