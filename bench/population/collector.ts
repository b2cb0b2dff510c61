import type { OfficeId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import { stepRows } from '../../record/write.ts';
import type { Cell, Table } from './copy-in.ts';

/** Stands where the database stands for record/write.ts: keeps the rows that it writes, to be copied in later. */
export interface Collector {
  /** A transaction of the case that was begun last, at this instant. */
  transaction(beganAt: Instant): OfficeTransaction;
  beginCase(): void;
  /** The rows since the last time, by table. */
  take(): Map<string, Table>;
}

/** What the database holds already and a commit would ask for. */
export interface Known {
  office: OfficeId;
  /** Running numbers of cases by year. */
  numbers: Map<number, number>;
  /** Keys of residents by their fingerprint. */
  subjects: Map<Cell, { id: Cell; wrapped: Cell }>;
}

/** Columns that the database fills by default, and that a later statement of the same case may change. */
const later: Readonly<Record<string, readonly [column: string, value: Cell][]>> = {
  reservation: [['released', false]],
  assignment: [['ended', false]],
  request: [
    ['decided_by', null],
    ['outcome', null],
  ],
  case_file: [['named', true]], // the record that names it comes with it
  archive_job: [['look_at', null]], // there never was a run, so there is no history to look for
};

interface Insert {
  table: string;
  columns: string[];
  oncePerRow: boolean;
}

const INSERT = /^\s*INSERT INTO (\w+) \(([^)]+)\)\s+VALUES \(([^)]+)\)(\s+ON CONFLICT [^)]+\) DO NOTHING)?\s*$/;

/** @throws Error when the statement is none that only adds one row of its values */
function parse(text: string): Insert {
  const [, table = '', named = '', places = '', conflict] = INSERT.exec(text) ?? [];
  const columns = named.split(',').map((name) => name.trim());
  if (table === '' || places.replaceAll(/\s/g, '') !== columns.map((_, at) => `$${at + 1}`).join(','))
    throw new Error(`a statement that cannot be collected: ${text}`);
  return { table, columns, oncePerRow: conflict !== undefined };
}

const SEALED_TEXT: Insert = {
  table: 'sealed_text',
  columns: ['office_id', 'owner', 'rev', 'key_id', 'name', 'sealed'],
  oncePerRow: false,
};

const stepRow = (table: keyof typeof stepRows): Insert => ({
  table,
  columns: Object.keys(stepRows[table]),
  oncePerRow: false,
});

const stepCells = (table: keyof typeof stepRows, values: Cell[]): Cell[] =>
  Object.values(stepRows[table]).map((at) => values[at - 1] ?? null);

interface Rows {
  insert(text: string, values: Cell[]): void;
  add(insert: Insert, values: Cell[]): void;
  /** The rows of the present case in a table whose first columns are these. */
  own(table: string, key: Cell[]): Cell[][];
  beginCase: () => void;
  take: () => Map<string, Table>;
}

function createRows(): Rows {
  let tables = new Map<string, Table>();
  const inserts = new Map<string, Insert>();
  let present: { table: string; row: Cell[] }[] = [];
  const own: Rows['own'] = (table, key) =>
    present
      .filter((one) => one.table === table && key.every((value, at) => one.row[at] === value))
      .map(({ row }) => row);
  const add: Rows['add'] = ({ table, columns, oncePerRow }, values) => {
    if (oncePerRow && own(table, values).length > 0) return;
    const extra = later[table] ?? [];
    const row = [...values, ...extra.map(([, value]) => value)];
    const into = tables.get(table) ?? { columns: [...columns, ...extra.map(([column]) => column)], rows: [] };
    tables.set(table, into);
    into.rows.push(row);
    present.push({ table, row });
  };
  return {
    own,
    add,
    insert(text, values) {
      const known = inserts.get(text) ?? parse(text);
      inserts.set(text, known);
      add(known, values);
    },
    beginCase: () => void (present = []),
    take() {
      const taken = tables;
      tables = new Map();
      return taken;
    },
  };
}

/** Writes values over those of a row, from this column on. */
function change(row: Cell[] | undefined, from: number, values: Cell[]): void {
  if (!row) throw new Error('the case has no such row');
  for (const [at, value] of values.entries()) row[from + at] = value;
}

export function createCollector({ office, numbers, subjects }: Known): Collector {
  const rows = createRows();

  /** The few statements that are no mere INSERT, by their names; columns are counted as their INSERT has them. */
  function run(name: string, text: string, values: Cell[]): object[] {
    const [, item = null, third = null, fourth = null, fifth = null] = values;
    const [texts, sealed] = values.slice(4) as unknown as [string[], Buffer[]]; // where `texts_new` is read
    switch (name) {
      case 'case_number':
        numbers.set(Number(item), (numbers.get(Number(item)) ?? 0) + 1);
        return [{ last: numbers.get(Number(item)) }];
      case 'waiting_for':
        return [{ stuck: [], queued: [] }];
      case 'subject_key':
        return [subjects.get(item)].filter((key) => key !== undefined);
      case 'new_key':
        if (third !== null) subjects.set(third, { id: item, wrapped: fourth });
        rows.insert(text, values);
        return [];
      case 'first_step':
        for (const table of ['command', 'record', 'item'] as const) rows.add(stepRow(table), stepCells(table, values));
        return [];
      case 'later_step':
        for (const table of ['command', 'record'] as const) rows.add(stepRow(table), stepCells(table, values));
        change(rows.own('item', [office, item])[0], 0, stepCells('item', values));
        return [];
      case 'texts_new':
        for (const [at, name] of texts.entries())
          rows.add(SEALED_TEXT, [office, item, third, fourth, name, sealed[at] ?? null]);
        return [];
      case 'release':
        change(rows.own('reservation', [office, item, third])[0], 6, [true]);
        return [];
      case 'end_assignment':
        for (const row of rows.own('assignment', [office, item])) change(row, 4, [true]);
        return [];
      case 'decide_request':
        change(rows.own('request', [office, item, third])[0], 5, [fourth, fifth]);
        return [];
      case 'lapse_request':
        change(rows.own('request', [office, item, third])[0], 6, ['lapsed']);
        return [];
      default:
        rows.insert(text, values);
        return [];
    }
  }

  return {
    transaction: (beganAt) => ({
      office,
      beganAt,
      scale: 1,
      seen: '',
      query: async (name, text, values) => run(name, text, values as Cell[]) as never[], // the rows that `name` asks for
    }),
    beginCase: rows.beginCase,
    take: rows.take,
  };
}
