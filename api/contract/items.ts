import { z } from 'zod';
import { stages } from '../../domain/process/definition.ts';
import { LedgerView } from './clocks.ts';
import { blockers } from '../../domain/process/lists.ts';
import { bilingual, code, id, instantText } from './values.ts';

/** What everything under `/v1/cases` answers with. */
const time = z.string().meta({ format: 'date-time', examples: ['2026-03-03T09:20:00+08:00'] });
const limit = z.object({ kind: z.string(), amount: z.int() });
const stage = z.enum(stages);
const dueTime = time.nullable().meta({ description: 'null：暂停中，尚不可知 / not known while the clock is paused' });

/** The stored answer of an applied command: the same bytes every time it is asked for. */
export const CommandAnswer = z
  .object({
    id: z.string(),
    code: z.string(),
    rev: z.int(),
    state: z.string(),
    stage,
    command: z.string().meta({ description: '操作编号 / id of the command, for GET /v1/commands/{id}' }),
    at: time,
    hash: z.string().meta({ description: '该操作记录的哈希 / hash of the record that it became' }),
  })
  .meta({
    id: 'CommandAnswer',
    examples: [
      {
        id: '0f6c1f7e-8f57-4f0e-9a55-1f5a8f0f7c11',
        code: 'YX-2026-000001',
        rev: 2,
        state: 'registered',
        stage: 'demand-list',
        command: 'a3b0c7de-3c43-4d55-9c41-0f1d2c3b4a59',
        at: '2026-03-03T09:20:00+08:00',
        hash: '5f'.repeat(32),
      },
    ],
  });

/** What a resident takes home; shows the progress without an account. */
export const Receipt = z
  .object({
    number: z.string(),
    progress: z.string().meta({ description: '进度码 / for GET /v1/progress/{code}; stored nowhere' }),
    hash: z.string().meta({ description: '首条记录的哈希 / hash of the first record' }),
  })
  .meta({
    id: 'Receipt',
    examples: [{ number: 'YX-2026-000001', progress: 'YX-7K3M-9QRT-XW2P-H5JN-C8DE', hash: '5f'.repeat(32) }],
  });

/** The answer to a new case: what is stored, and the receipt, which is made anew each time and is always the same. */
export const CreatedAnswer = CommandAnswer.extend({ receipt: Receipt }).meta({ id: 'CreatedAnswer', examples: [] });

export const CasePath = z.object({ id: z.string() });

export const ListCases = z.strictObject({
  stage: stage.optional(),
  state: z
    .union([code, z.enum(blockers)])
    .optional()
    .meta({ description: '状态，或并行标签（如 extension_review）/ a state, or a label beside it' }),
  unit: id.optional().meta({ description: '承办单位 / the unit that handles it' }),
  due_before: instantText.optional(),
  cursor: z.string().max(300).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

const CaseLine = z
  .object({
    id: z.string(),
    code: z.string(),
    title: z.string().nullable(),
    state: z.object({ id: z.string(), title: bilingual }),
    stage,
    area: z.string(),
    unit: z.string().nullable(),
    dueAt: time.nullable(),
    receivedAt: time,
    rev: z.int(),
  })
  .meta({ id: 'CaseLine' });

export const CasePage = z.object({ items: z.array(CaseLine), next: z.string().nullable() }).meta({ id: 'CasePage' });

const need = z.object({
  id: z.string(),
  kind: z.string(),
  unit: z.string(),
  amount: z.int(),
  covered: z.int().meta({ description: '已预留 / what reservations cover' }),
});
const candidates = z.object({
  resources: z.array(z.object({ need: z.string(), resource: z.string(), free: z.int().nullable() })),
  teams: z.array(z.object({ team: z.string(), free: z.int() })),
});

export const CaseView = z
  .object({
    id: z.string(),
    code: z.string(),
    rev: z.int(),
    head: z.string(),
    episode: z.int(),
    state: z.object({ id: z.string(), title: bilingual }),
    stage,
    labels: z.array(z.object({ code: z.string(), title: bilingual })),
    receivedAt: time,
    area: z.string(),
    submittedBy: z.string(),
    progressCode: z.string().meta({ description: '进度码，供再次告知诉求人 / to tell the resident again' }),
    texts: z.record(z.string(), z.string()).meta({
      description:
        '登记时的原文，标题和地点以更正后的为准；诉求人身份已脱敏 / as entered, title and place as amended; who the resident is only in outline',
    }),
    fields: z.record(z.string(), z.union([z.string(), z.int()])),
    needs: z.array(need),
    skills: z.array(z.string()),
    candidates: candidates.nullable(),
    blocked: z.array(z.string()).meta({ description: '不再等待的需求 / needs that the dispatch goes without' }),
    reservations: z.array(
      z.object({
        id: z.string(),
        need: z.string(),
        resource: z.string(),
        amount: z.int(),
        confirmed: z
          .boolean()
          .meta({ description: '未确认的到期释放 / what is not confirmed is given back when its lease ends' }),
      }),
    ),
    lead: z.object({ team: z.string(), unit: z.string(), active: z.boolean() }).nullable(),
    clocks: z.array(z.object({ id: z.string(), due: dueTime, limit, provisional: z.boolean() })),
    parts: z.array(z.string()).meta({ description: '拆分出的事项 / the cases that its other parts became' }),
    absorbed: z.array(z.string()).meta({ description: '并入本件的事项 / the cases merged into this one' }),
    drawn: z.array(z.object({ user: z.string(), duty: z.string() })),
    requests: z.array(
      z.object({
        id: z.string(),
        command: z.string(),
        by: z.array(z.string()),
        persons: z.int(),
        asked: z.record(z.string(), z.unknown()).meta({ description: '申请内容 / what was asked for' }),
        receivedAt: time,
        ruling: z.boolean().meta({ description: '须裁定 / decided by arbitrate' }),
        askedBy: z.string(),
        granted: z.array(z.string()),
      }),
    ),
    tasks: z.array(
      z.object({
        id: z.string(),
        kind: z.enum(['co-task', 'whistle']),
        unit: z.string(),
        round: z.int(),
        answer: z.string().nullable(),
        rating: z.string().nullable(),
      }),
    ),
    milestones: z.array(z.object({ id: z.string(), limit, evidence: z.array(z.string()), reached: z.boolean() })),
    links: z.array(z.object({ project: z.string(), part: z.string() })),
    overrides: z.array(z.string()).meta({ description: '已准破例、尚未用 / rules that may be set aside once' }),
    counts: z.record(z.string(), z.int()),
    definition: z.object({ id: z.string(), version: z.int(), hash: z.string() }),
  })
  .meta({ id: 'Case' });

export const ReadHistory = z.strictObject({
  cursor: z.string().max(300).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(200),
});

const RecordView = z
  .object({
    seq: z.int(),
    type: z.string(),
    title: bilingual,
    at: time,
    receivedAt: time,
    actor: z.object({
      id: z.string(),
      role: z.string(),
      for: z.string().nullable().meta({ description: '代何人 / for whom they stood in' }),
    }),
    from: z.string().nullable(),
    to: z.string(),
    texts: z.record(z.string(), z.string()),
    hash: z.string(),
    prev: z.string(),
    bytes: z
      .string()
      .meta({ description: '记录的规范 JSON；其 SHA-256 即 hash / the canonical bytes that `hash` is of' }),
  })
  .meta({ id: 'Record' });

export const History = z.object({ items: z.array(RecordView), next: z.string().nullable() }).meta({ id: 'History' });

export const Actions = z
  .object({
    rev: z.int(),
    state: z.string(),
    actions: z.array(
      z.object({
        command: z.string(),
        title: bilingual,
        stage: z.string(),
        allowed: z.boolean(),
        to: z.string().nullable(),
        refusal: z
          .object({ code: z.string(), text: z.string(), details: z.record(z.string(), z.unknown()) })
          .nullable(),
        passedOver: z.array(z.object({ to: z.string(), roles: z.array(z.string()), when: z.unknown() })),
        payload: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema 2020-12' }),
        example: z.record(z.string(), z.unknown()),
      }),
    ),
    stuck: z.array(
      z.object({
        step: z.string(),
        code: z.string(),
        text: z.string(),
        list: z.enum(['NO_RESOURCE', 'NO_TEAM']).nullable(),
        tries: z.int(),
        retryAt: time,
      }),
    ),
  })
  .meta({ id: 'Actions' });

export const Clocks = z
  .object({
    now: time,
    clocks: z.array(
      z.object({
        id: z.string(),
        owner: z.string(),
        run: z.int(),
        startedAt: time,
        due: dueTime,
        paused: z.boolean(),
        limit,
        provisional: z.boolean(),
        light: z.enum(['green', 'yellow', 'red']),
        levels: z.array(
          z.object({ level: z.int(), at: dueTime, kind: z.enum(['warning', 'due']), recorded: z.boolean() }),
        ),
        calendar: z.int().meta({ description: '所依日历的版本 / the version of the calendar it is reckoned by' }),
        ledger: LedgerView,
      }),
    ),
  })
  .meta({ id: 'Clocks' });

export const CommandOutcome = z
  .object({
    id: z.string(),
    outcome: z.literal('applied'),
    name: z.string(),
    item: z.string(),
    actor: z.object({ id: z.string(), role: z.string() }),
    receivedAt: time,
    at: time,
    rev: z.int(),
    answer: CommandAnswer.extend({ receipt: Receipt.optional() }).meta({ id: 'Answer', examples: [] }),
  })
  .meta({ id: 'CommandOutcome' });

export const FindCommand = z.strictObject({ key: z.string().regex(/^[\x21-\x7e]{1,128}$/) });
