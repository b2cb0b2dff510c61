/** Rows as the migration has them, without what no statement of the door reads. The office is the same everywhere. */
export interface Tables {
  office: { office_id: string };
  unit: { id: string; parent_id: string | null };
  user_account: { id: string; unit_id: string };
  role_grant: GrantRow;
  definition_version: { hash: string; id: string; version: number; kind: string; plan: string; in_force: boolean };
  calendar: { version: number; content: string };
  item: ItemRow;
  case_detail: { item_id: string; received_at: number; area: string; submitted_by: string; key_id: string };
  case_number: { year: number; last: number };
  command: CommandRow;
  record: RecordRow;
  refusal_log: { id: string; item_id: string | null; actor_id: string; command: string; code: string; at: number };
  duty: { item_id: string; user_id: string; duty: string };
  request: RequestRow;
  task: { item_id: string; id: string; kind: string; unit_id: string; answered: boolean };
  resource: ResourceRow;
  reservation: { item_id: string; id: string; need: string; resource_id: string; amount: number; released: boolean };
  team: TeamRow;
  assignment: { item_id: string; rev: number; team_id: string; ended: boolean };
  stuck: StuckRow;
  gain: { list: string; xid: number };
  queued_command: QueuedRow;
  archive_job: { item_id: string };
  data_key: { id: string; subject: string | null; wrapped: Buffer };
  sealed_text: { owner: string; rev: number; name: string; key_id: string; sealed: Buffer };
}

export interface GrantRow {
  id: string;
  user_id: string;
  role: string;
  unit_id: string | null;
  for_user: string | null;
  valid_from: number;
  valid_to: number | null;
}

export interface ItemRow {
  id: string;
  kind: string;
  code: string;
  definition_hash: string;
  rev: number;
  people_rev: number;
  head: string;
  /** JSON text: whoever reads it gets a copy of their own. */
  state: string;
  place: string;
  stage: string;
  unit_id: string | null;
  due_at: number | null;
  next_due: number | null;
  at: number;
}

export interface CommandRow {
  id: string;
  actor_id: string;
  key: string;
  item_id: string;
  name: string;
  body_hmac: string;
  role: string;
  grant_id: string | null;
  received_at: number;
  at: number;
  rev: number;
  answer: string;
}

export interface RecordRow {
  stream: string;
  stream_id: string;
  seq: number;
  command_id: string;
  definition_hash: string;
  at: number;
  bytes: string;
  hash: string;
  prev: string;
}

export interface RequestRow {
  item_id: string;
  id: string;
  command: string;
  asked_by: string;
  decided_by: string | null;
  outcome: string | null;
  granted_first: string | null;
}

export interface StuckRow {
  item_id: string;
  step: string;
  code: string;
  tries: number;
  retry_at: number;
  lacks: string | null;
  /** A snapshot as PostgreSQL writes it: `xmin:xmax:in-progress,…`. */
  seen: string | null;
}

export interface QueuedRow {
  id: string;
  target: string;
  source: string;
  source_rev: number;
  n: number;
  name: string;
  /** JSON text, as the state of an item. */
  payload: string;
  status: string;
  code: string | null;
  at: number;
}

export interface ResourceRow {
  id: string;
  kind: string;
  unit: string;
  owner_id: string;
  capacity: number | null;
  reserved: number;
  area: string[];
  valid_from: string;
  valid_to: string | null;
}

export interface TeamRow {
  id: string;
  unit_id: string;
  skills: string[];
  area: string[];
  active: boolean;
  open_load: number;
  max_open_load: number;
}

export type TableName = keyof Tables;
export type Row<T extends TableName> = Readonly<Tables[T]>;

/** The primary key of a row, as one text. */
export const keyOf: { readonly [T in TableName]: (row: Row<T>) => string } = {
  office: (row) => row.office_id,
  unit: (row) => row.id,
  user_account: (row) => row.id,
  role_grant: (row) => row.id,
  definition_version: (row) => row.hash,
  calendar: (row) => String(row.version),
  item: (row) => row.id,
  case_detail: (row) => row.item_id,
  case_number: (row) => String(row.year),
  command: (row) => row.id,
  record: (row) => `${row.stream}/${row.stream_id}/${row.seq}`,
  refusal_log: (row) => row.id,
  duty: (row) => `${row.item_id}/${row.user_id}/${row.duty}`,
  request: (row) => `${row.item_id}/${row.id}`,
  task: (row) => `${row.item_id}/${row.id}`,
  resource: (row) => row.id,
  reservation: (row) => `${row.item_id}/${row.id}`,
  team: (row) => row.id,
  assignment: (row) => `${row.item_id}/${row.rev}`,
  stuck: (row) => `${row.item_id}/${row.step}`,
  gain: (row) => `${row.list}/${row.xid}`,
  archive_job: (row) => row.item_id,
  queued_command: (row) => row.id,
  data_key: (row) => row.id,
  sealed_text: (row) => `${row.owner}/${row.rev}/${row.name}`,
};

export interface UniqueIndex<T extends TableName> {
  name: string;
  /** Undefined: the row is not in the index. */
  of: (row: Row<T>) => string | undefined;
}

export const uniqueIndexes: { readonly [T in TableName]?: readonly UniqueIndex<T>[] } = {
  item: [{ name: 'item_code_key', of: (row) => row.code }],
  command: [
    { name: 'command_key', of: (row) => `${row.actor_id}/${row.key}` },
    { name: 'command_rev_key', of: (row) => `${row.item_id}/${row.rev}` },
  ],
  record: [{ name: 'record_command_key', of: (row) => row.command_id }],
  request: [
    {
      name: 'already-requested',
      of: (row) => (row.outcome === null ? `${row.item_id}/${row.command}` : undefined),
    },
  ],
  assignment: [{ name: 'assignment_open_key', of: (row) => (row.ended ? undefined : row.item_id) }],
  data_key: [{ name: 'data_key_subject', of: (row) => row.subject ?? undefined }],
};

type Reference<T extends TableName> = readonly [name: string, to: TableName, of: (row: Row<T>) => string | null];

/** Foreign keys of what the door writes. */
export const references: { readonly [T in TableName]?: readonly Reference<T>[] } = {
  item: [
    ['item_definition_fkey', 'definition_version', (row) => row.definition_hash],
    ['item_unit_fkey', 'unit', (row) => row.unit_id],
  ],
  case_detail: [
    ['case_detail_item_fkey', 'item', (row) => row.item_id],
    ['unknown-area', 'unit', (row) => row.area],
    ['case_detail_submitter_fkey', 'user_account', (row) => row.submitted_by],
    ['case_detail_key_fkey', 'data_key', (row) => row.key_id],
  ],
  command: [
    ['command_item_fkey', 'item', (row) => row.item_id],
    ['command_grant_fkey', 'role_grant', (row) => row.grant_id],
  ],
  record: [
    ['record_command_fkey', 'command', (row) => row.command_id],
    ['record_definition_fkey', 'definition_version', (row) => row.definition_hash],
  ],
  duty: [
    ['duty_item_fkey', 'item', (row) => row.item_id],
    ['duty_user_fkey', 'user_account', (row) => row.user_id],
  ],
  request: [
    ['request_item_fkey', 'item', (row) => row.item_id],
    ['request_asked_by_fkey', 'user_account', (row) => row.asked_by],
    ['request_decided_by_fkey', 'user_account', (row) => row.decided_by],
    ['request_granted_first_fkey', 'user_account', (row) => row.granted_first],
  ],
  task: [
    ['task_item_fkey', 'item', (row) => row.item_id],
    ['unknown-unit', 'unit', (row) => row.unit_id],
  ],
  reservation: [
    ['reservation_item_fkey', 'item', (row) => row.item_id],
    ['reservation_resource_fkey', 'resource', (row) => row.resource_id],
  ],
  assignment: [
    ['assignment_item_fkey', 'item', (row) => row.item_id],
    ['assignment_team_fkey', 'team', (row) => row.team_id],
  ],
  queued_command: [['queued_command_source_fkey', 'item', (row) => row.source]],
  archive_job: [['archive_job_item_fkey', 'item', (row) => row.item_id]],
  stuck: [['stuck_item_fkey', 'item', (row) => row.item_id]],
  sealed_text: [['sealed_text_key_fkey', 'data_key', (row) => row.key_id]],
};
