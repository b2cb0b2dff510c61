import type { ItemId } from '../domain/ids.ts';
import type { ItemEvent } from '../domain/process/events.ts';
import type { OfficeTransaction } from './office.ts';

/** Writes what the events say into the tables whose constraints hold across items: capacity, load, duties, requests, areas. */
export async function project(
  tx: OfficeTransaction,
  item: ItemId,
  rev: number,
  events: readonly ItemEvent[],
): Promise<void> {
  for (const event of events) await projectOne(tx, item, rev, event);
}

async function projectOne(tx: OfficeTransaction, item: ItemId, rev: number, event: ItemEvent): Promise<unknown> {
  const { office } = tx;
  switch (event.type) {
    case 'reserved': {
      const { id, need, resource, amount } = event.held;
      return await tx.query(
        'reserve',
        'INSERT INTO reservation (office_id, item_id, id, need, resource_id, amount) VALUES ($1, $2, $3, $4, $5, $6)',
        [office, item, id, need, resource, amount],
      );
    }
    case 'released':
      return await tx.query(
        'release',
        'UPDATE reservation SET released = true WHERE office_id = $1 AND item_id = $2 AND id = $3',
        [office, item, event.id],
      );
    case 'lead-assigned':
      return await tx.query(
        'assign',
        'INSERT INTO assignment (office_id, item_id, rev, team_id) VALUES ($1, $2, $3, $4)',
        [office, item, rev, event.team],
      );
    case 'lead-ended':
      return await tx.query(
        'end_assignment',
        'UPDATE assignment SET ended = true WHERE office_id = $1 AND item_id = $2 AND NOT ended',
        [office, item],
      );
    case 'duty-held':
      // the conflict target keeps a violated separation rule from being taken for a repetition
      return await tx.query(
        'duty',
        `INSERT INTO duty (office_id, item_id, user_id, duty) VALUES ($1, $2, $3, $4)
           ON CONFLICT (office_id, item_id, user_id, duty) DO NOTHING`,
        [office, item, event.user, event.duty],
      );
    case 'field-set':
      if (event.name !== 'area' || rev === 1) return undefined; // a first record brings its detail along
      return await tx.query('area', 'UPDATE case_detail SET area = $3 WHERE office_id = $1 AND item_id = $2', [
        office,
        item,
        event.value,
      ]);
    default:
      return await projectBeside(tx, item, event);
  }
}

/** What is asked of people and of other units. */
async function projectBeside(tx: OfficeTransaction, item: ItemId, event: ItemEvent): Promise<unknown> {
  const { office } = tx;
  switch (event.type) {
    case 'requested':
      return await tx.query(
        'request',
        'INSERT INTO request (office_id, item_id, id, command, asked_by) VALUES ($1, $2, $3, $4, $5)',
        [office, item, event.request.id, event.request.command, event.request.askedBy],
      );
    case 'request-granted':
      return await tx.query(
        'grant_first',
        'UPDATE request SET granted_first = $4 WHERE office_id = $1 AND item_id = $2 AND id = $3',
        [office, item, event.id, event.by],
      );
    case 'request-lapsed':
      return await tx.query(
        'lapse_request',
        "UPDATE request SET outcome = 'lapsed' WHERE office_id = $1 AND item_id = $2 AND id = $3",
        [office, item, event.id],
      );
    case 'request-closed':
      return await tx.query(
        'decide_request',
        'UPDATE request SET decided_by = $4, outcome = $5 WHERE office_id = $1 AND item_id = $2 AND id = $3',
        [office, item, event.id, event.by, event.outcome],
      );
    case 'task-opened':
      return await tx.query(
        'open_task',
        'INSERT INTO task (office_id, item_id, id, kind, unit_id) VALUES ($1, $2, $3, $4, $5)',
        [office, item, event.task.id, event.task.kind, event.task.unit],
      );
    case 'task-answered':
      return await setTask(tx, item, event.id, true);
    case 'task-rated':
      return event.again ? await setTask(tx, item, event.id, false) : undefined;
    default:
      return undefined; // the rest lives in the item's state alone
  }
}

/** An answered task waits for nobody; one whose whistle is blown again does. */
async function setTask(tx: OfficeTransaction, item: ItemId, id: string, answered: boolean): Promise<void> {
  await tx.query('answer_task', 'UPDATE task SET answered = $4 WHERE office_id = $1 AND item_id = $2 AND id = $3', [
    tx.office,
    item,
    id,
    answered,
  ]);
}
