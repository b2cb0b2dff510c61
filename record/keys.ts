import type { CommandName } from '../domain/commands/vocabulary.ts';
import { type Instant, instant } from '../domain/time.ts';
import { canonical } from '../proof/canonical.ts';
import type { CommitRequest } from './commit.ts';
import type { OfficeTransaction } from './office.ts';
import { fingerprint, type OfficeKey } from './seal.ts';

/** What a key that was applied before answers: its first answer, byte for byte, or that it meant something else. */
export type KeyOutcome = { kind: 'replayed'; answer: string } | { kind: 'key-reused' };

export function actorId(request: Pick<CommitRequest, 'actor'>): string {
  return request.actor.kind === 'person' ? request.actor.user : 'system';
}

/** Stands for what was asked without keeping it: item, command, codes and words. */
export function bodyPrint(office: OfficeKey, request: CommitRequest<CommandName>): string {
  const item = 'new' in request.expected ? null : request.item; // a repeated creation has drawn another id
  const { name, payload, texts, subject } = request;
  return fingerprint(office, 'body', canonical({ item, name, payload, texts, subject }));
}

/** What became of the key, if it was applied; and the office's time, which every step asks for at the same moment. */
export async function readKey(
  tx: OfficeTransaction,
  office: OfficeKey,
  request: CommitRequest,
): Promise<{ before: KeyOutcome | undefined; now: Instant }> {
  const [row] = await tx.query<{ now: number; answer: string | null; body_hmac: string | null }>(
    'key',
    `SELECT office_now_ms() AS now, answer, body_hmac FROM (VALUES (1)) AS always
       LEFT JOIN command ON office_id = $1 AND actor_id = $2 AND key = $3`,
    [tx.office, actorId(request), request.key],
  );
  const now = instant(row?.now ?? Number.NaN);
  if (!row || row.answer === null) return { before: undefined, now };
  // the system's keys name the step itself; what it found for the step may differ from try to try
  const same = request.actor.kind === 'system' || row.body_hmac === bodyPrint(office, request);
  return { before: same ? { kind: 'replayed', answer: row.answer } : { kind: 'key-reused' }, now };
}
