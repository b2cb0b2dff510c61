import { stepRows } from '../../../record/write.ts';
import {
  countAssignment,
  countReservation,
  endQueued,
  enqueue,
  decideRequest,
  insertDuty,
  insertItem,
  insertRecord,
  updateItem,
} from './constraints.ts';
import { midnight } from './reading.ts';
import type { Bound, Running, Statement, Statements } from './statement.ts';
import type { Transaction } from './store.ts';
import type { Row, TableName, Tables } from './tables.ts';
import { CHECK, DatabaseError } from './errors.ts';

/** The statements that write, by the name under which the product prepares them. */

/** One row from the bound values, without the office that is the first of them; null where none is bound. */
function rowOf<T extends TableName>(
  columns: readonly (keyof Tables[T] & string)[],
  values: unknown[],
  from = 1,
): Tables[T] {
  return Object.fromEntries(columns.map((name, at) => [name, values[from + at] ?? null])) as unknown as Tables[T]; // as its columns say
}

function inserts<T extends TableName>(
  table: T,
  columns: readonly (keyof Tables[T] & string)[],
  more: (running: Running) => Partial<Tables[T]> = () => ({}),
): Statement {
  return {
    run(running, values: unknown[]) {
      running.tx.insert(table, { ...rowOf<T>(columns, values), ...more(running) });
      return [];
    },
  };
}

/** A row of a step, without the office. */
function stepRow<T extends keyof typeof stepRows>(table: T, values: unknown[]): Tables[T] {
  const cells = Object.entries(stepRows[table]).filter(([name]) => name !== 'office_id');
  return Object.fromEntries(cells.map(([name, at]) => [name, values[at - 1] ?? null])) as unknown as Tables[T]; // as its columns say
}

/** The item is written first, as PostgreSQL runs the main statement before those that nobody reads from. */
function prove(tx: Transaction, values: unknown[]): void {
  const command = stepRow('command', values);
  tx.insert('command', command);
  tx.newCommands.push(command.id);
  insertRecord(tx, stepRow('record', values));
}

type Stick = Bound<
  [item: string, step: string, code: string, first: number, last: number, lacks: string | null, seen: string | null]
>;

function stick({ tx, now }: Running, [, item_id, step, code, first, last, lacks, seen]: Stick): object[] {
  if ((lacks === null) !== (seen === null)) throw new DatabaseError(CHECK, 'stuck_lacks');
  tx.lock('stuck', `${item_id}/${step}`);
  const before = tx.get('stuck', `${item_id}/${step}`);
  if (!before) {
    tx.insert('stuck', { item_id, step, code, tries: 1, retry_at: now + first, lacks, seen });
    return [];
  }
  const wait = Math.min(last, first * 2 ** Math.min(before.tries, 20));
  tx.update('stuck', { ...before, code, tries: before.tries + 1, retry_at: now + wait, lacks, seen });
  return [];
}

/** What changes of a stuck step while it waits. */
function restick(
  tx: Transaction,
  item: string,
  step: string,
  change: (row: Row<'stuck'>) => Partial<Row<'stuck'>>,
): object[] {
  const key = `${item}/${step}`;
  if (!tx.get('stuck', key)) return [];
  tx.lock('stuck', key);
  const row = tx.get('stuck', key);
  if (row) tx.update('stuck', { ...row, ...change(row) });
  return [];
}

function nextNumber(tx: Transaction, year: number): object[] {
  tx.lock('case_number', String(year));
  const last = (tx.get('case_number', String(year))?.last ?? 0) + 1;
  if (last === 1) tx.insert('case_number', { year, last });
  else tx.update('case_number', { year, last });
  return [{ last }];
}

const door: Statements = {
  first_step: {
    run({ tx }, values: unknown[]) {
      insertItem(tx, stepRow('item', values));
      prove(tx, values);
      return [];
    },
  },
  later_step: {
    run({ tx }, values: unknown[]) {
      const after = stepRow('item', values);
      if (!tx.get('item', after.id)) return [];
      tx.lock('item', after.id);
      const before = tx.get('item', after.id);
      if (before) updateItem(tx, before, { ...before, ...after });
      prove(tx, values);
      return [];
    },
  },
  debt: {
    run({ tx }, [, id, due]: Bound<[string, number | null]>) {
      if (!tx.get('item', id)) return [];
      tx.lock('item', id);
      const before = tx.get('item', id);
      if (before) updateItem(tx, before, { ...before, next_due: due });
      return [];
    },
  },
  refusal: inserts('refusal_log', ['id', 'item_id', 'actor_id', 'command', 'code'], ({ now }) => ({ at: now })),
  refusal_of_step: {
    run({ tx, now }, [, id, item_id, command, code]: Bound<[string, string, string, string]>) {
      tx.insert('refusal_log', { id, item_id, actor_id: 'system', command, code, at: now });
      return [];
    },
  },
  stick: { run: stick },
  wait_on: {
    run: ({ tx }, [, item, step, code, lacks, seen]: Bound<[string, string, string, string | null, string]>) =>
      restick(tx, item, step, () => ({ code, lacks, seen })),
  },
  make_due: {
    run: ({ tx, now }, [, item, step]: Bound<[string, string]>) =>
      restick(tx, item, step, ({ retry_at }) => ({ retry_at: Math.min(retry_at, now) })),
  },
  unstick_queued: {
    run({ tx }, [, item, step]: Bound<[string, string]>) {
      if (tx.get('stuck', `${item}/${step}`)) tx.delete('stuck', `${item}/${step}`);
      return [];
    },
  },
  enqueue: {
    run({ tx }, values: Bound) {
      const columns = ['id', 'target', 'source', 'source_rev', 'n', 'name', 'payload', 'at'] as const;
      enqueue(tx, { ...rowOf<'queued_command'>(columns, values), status: 'queued', code: null });
      return [];
    },
  },
  applied: {
    run({ tx }, [, id]: Bound<[string]>) {
      endQueued(tx, id, 'applied', null);
      return [];
    },
  },
  rejected: {
    run({ tx }, [, id, code]: Bound<[string, string]>) {
      endQueued(tx, id, 'rejected', code);
      return [];
    },
  },
  archive_again: { run: () => [] },
  archive_job: inserts('archive_job', ['item_id']),
  clear_gains: { run: () => [] },
  unstick: {
    run({ tx }, [, item, kept]: Bound<[string, string[]]>) {
      for (const { item_id, step } of tx.all('stuck'))
        if (item_id === item && !kept.includes(step)) tx.delete('stuck', `${item_id}/${step}`);
      return [];
    },
  },
  case_number: { run: ({ tx }, [, year]: Bound<[number]>) => nextNumber(tx, year) },
  area: {
    run({ tx }, [, item, area]: Bound<[string, string]>) {
      if (!tx.get('case_detail', item)) return [];
      tx.lock('case_detail', item);
      const row = tx.get('case_detail', item);
      if (row) tx.update('case_detail', { ...row, area });
      return [];
    },
  },
  case_detail: inserts('case_detail', ['item_id', 'received_at', 'area', 'submitted_by', 'key_id', 'progress']),
  texts_new: {
    run({ tx }, [, owner, rev, key_id, names, sealed]: Bound<[string, number, string, string[], Buffer[]]>) {
      for (const [at, name] of names.entries())
        tx.insert('sealed_text', { owner, rev, name, key_id, sealed: sealed[at] ?? Buffer.alloc(0) });
      return [];
    },
  },
  new_key: inserts('data_key', ['id', 'subject', 'wrapped']),
};

const files: Statements = {
  file_content: inserts('file_content', ['id', 'item_id', 'finished']),
  file_chunk: inserts('file_chunk', ['content_id', 'n', 'sealed']),
  case_file: inserts(
    'case_file',
    ['item_id', 'sha256', 'content_id', 'size', 'type', 'key_id', 'name', 'shown', 'brought_by', 'at'],
    () => ({ named: false }),
  ),
  evidence: {
    run({ tx }, values: Bound) {
      const row = rowOf<'evidence'>(['item_id', 'rev', 'n', 'kind', 'sha256'], values);
      tx.insert('evidence', row);
      const key = `${row.item_id}/${row.sha256}`;
      const file = tx.get('case_file', key);
      if (!file || file.named) return [];
      tx.lock('case_file', key);
      tx.update('case_file', { ...file, named: true });
      return [];
    },
  },
};

/** A request as it is changed by a statement that names it. */
function changesRequest(change: (values: Bound) => Partial<Tables['request']>): Statement {
  return {
    run({ tx }, values: Bound) {
      const before = tx.get('request', `${values[1]}/${values[2]}`);
      if (before) decideRequest(tx, { ...before, ...change(values) });
      return [];
    },
  };
}

const projection: Statements = {
  reserve: {
    run({ tx }, values: Bound) {
      const row = rowOf<'reservation'>(['item_id', 'id', 'need', 'resource_id', 'amount'], values);
      countReservation(tx, { ...row, released: false });
      return [];
    },
  },
  release: {
    run({ tx }, [, item, id]: Bound) {
      const before = tx.get('reservation', `${item}/${id}`);
      if (before) countReservation(tx, { ...before, released: true }, before);
      return [];
    },
  },
  assign: {
    run({ tx }, values: Bound) {
      countAssignment(tx, { ...rowOf<'assignment'>(['item_id', 'rev', 'team_id'], values), ended: false });
      return [];
    },
  },
  end_assignment: {
    run({ tx }, [, item]: Bound) {
      const before = tx.get('assignment', tx.findBy('assignment_open_key', String(item)) ?? '');
      if (before) countAssignment(tx, { ...before, ended: true }, before);
      return [];
    },
  },
  duty: {
    run({ tx }, values: Bound) {
      insertDuty(tx, rowOf<'duty'>(['item_id', 'user_id', 'duty'], values));
      return [];
    },
  },
  request: inserts('request', ['item_id', 'id', 'command', 'asked_by'], () => ({
    decided_by: null,
    outcome: null,
    granted_first: null,
  })),
  grant_first: changesRequest(([, , , by]) => ({ granted_first: by ?? null })),
  lapse_request: changesRequest(() => ({ outcome: 'lapsed' })),
  open_task: inserts('task', ['item_id', 'id', 'kind', 'unit_id'], () => ({ answered: false })),
  answer_task: {
    run({ tx }, [, item, id, answered]: Bound<[string, string, boolean]>) {
      const before = tx.get('task', `${item}/${id}`);
      if (before) tx.update('task', { ...before, answered });
      return [];
    },
  },
  decide_request: {
    run({ tx }, [, item, id, by, outcome]: Bound) {
      const before = tx.get('request', `${item}/${id}`);
      if (before) decideRequest(tx, { ...before, decided_by: by ?? null, outcome: outcome ?? null });
      return [];
    },
  },
};

type Titled = [title: string, in_english: string];
type SampleResource = Bound<
  [string, string, string, string, ...Titled, number | null, string[], string, string | null]
>;
type SampleEntry = Bound<[number, string, string, number, string, string | null, string]>;
type SampleTeam = Bound<[string, string, string, ...Titled, string[], string[], number]>;

/** What the sample office is loaded with. */
const sample: Statements = {
  new_office: {
    run({ tx }, [office]: Bound) {
      tx.insert('office', { office_id: office });
      return [];
    },
  },
  new_role: { run: () => [] },
  new_unit: inserts('unit', ['id', 'parent_id', 'kind']),
  new_user: inserts('user_account', ['id', 'unit_id']),
  new_grant: {
    run(
      { tx },
      [, id, user_id, role, unit_id, from, to]: Bound<[string, string, string, string | null, string, string | null]>,
    ) {
      tx.insert('role_grant', {
        id,
        user_id,
        role,
        unit_id,
        for_user: null,
        valid_from: midnight(from) ?? 0,
        valid_to: midnight(to),
      });
      return [];
    },
  },
  'new_key of an account': inserts('data_key', ['id', 'wrapped'], () => ({ subject: null })),
  new_definition: inserts('definition_version', ['hash', 'id', 'version', 'kind', 'plan'], () => ({ in_force: true })),
  new_calendar: inserts('calendar', ['version', 'content']),
  new_catalogue: inserts('catalogue', ['version', 'system']),
  new_catalogue_entry: {
    run({ tx }, [, version, system, code, , , , content]: SampleEntry) {
      tx.insert('catalogue_entry', { version, system, code, content });
      return [];
    },
  },
  new_resource: {
    run({ tx }, values: SampleResource) {
      const [, id, kind, unit, owner_id, , , capacity, area, valid_from, valid_to] = values;
      tx.insert('resource', { id, kind, unit, owner_id, reserved: 0, capacity, area, valid_from, valid_to });
      return [];
    },
  },
  new_team: {
    run({ tx }, values: SampleTeam) {
      const [, id, unit_id, , , , skills, area, max_open_load] = values;
      tx.insert('team', { id, unit_id, skills, area, active: true, open_load: 0, max_open_load });
      return [];
    },
  },
};

export const writing: Statements = {
  ...door,
  ...files,
  ...projection,
  ...sample,
  office: { run: ({ tx }) => tx.all('office') },
};
