import type { CommandName } from '../domain/commands/vocabulary.ts';
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

export async function appliedBefore(
  tx: OfficeTransaction,
  office: OfficeKey,
  request: CommitRequest,
): Promise<KeyOutcome | undefined> {
  const [row] = await tx.query<{ answer: string; body_hmac: string }>(
    'key',
    'SELECT answer, body_hmac FROM command WHERE office_id = $1 AND actor_id = $2 AND key = $3',
    [tx.office, actorId(request), request.key],
  );
  if (!row) return undefined;
  // the system's keys name the step itself; what it found for the step may differ from try to try
  const same = request.actor.kind === 'system' || row.body_hmac === bodyPrint(office, request);
  return same ? { kind: 'replayed', answer: row.answer } : { kind: 'key-reused' };
}
