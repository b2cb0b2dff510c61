import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { ItemId } from '../../domain/ids.ts';
import type { Refusal } from '../../domain/refusals.ts';
import type { Outcome } from '../../record/commit.ts';
import { withOffice } from '../../record/office.ts';
import type { CommandAnswer } from '../contract/items.ts';
import type { Deps, Session } from '../deps.ts';
import { Problem } from '../problem.ts';
import { stateTitles } from '../queries/definitions.ts';
import { changesSince } from '../queries/history.ts';
import { readableCase } from '../queries/reading.ts';
import { etag } from './precondition.ts';

/** What was asked, as far as its answer depends on it. */
export interface Asked {
  item: ItemId;
  /** Null for a new case. */
  ifMatch: number | '*' | null;
}

/**
 * Outcome to HTTP. An applied command's stored answer goes out byte for byte, the first time and every time after; the
 * workflow is woken when there is something for it, and nobody waits for that.
 * @throws Problem for everything that was not applied
 */
export async function answerCommand(
  deps: Deps,
  session: Session,
  reply: FastifyReply,
  asked: Asked,
  outcome: Outcome,
): Promise<FastifyReply> {
  switch (outcome.kind) {
    case 'applied':
      if (outcome.wakes) deps.wake(session.office, asked.item);
      for (const other of outcome.asked) deps.wake(session.office, other);
      return sendStored(reply, asked, outcome.answer);
    case 'replayed':
      reply.header('idempotency-replayed', 'true');
      return sendStored(reply, asked, outcome.answer);
    case 'key-reused':
      throw new Problem('key-reused');
    case 'absent':
      throw new Problem('unknown-item');
    case 'unseen':
      throw new Problem('if-match-missing');
    case 'stale':
      throw await stale(deps, session, asked, outcome.rev);
    case 'refused':
      throw await refusedBecause(deps, session, asked, outcome.refusal);
    default:
      return outcome satisfies never;
  }
}

function sendStored(reply: FastifyReply, { ifMatch }: Asked, answer: string): FastifyReply {
  const { id, rev } = JSON.parse(answer) as z.output<typeof CommandAnswer>; // record/write.ts wrote it
  if (ifMatch === null) reply.code(201).header('location', `/v1/cases/${id}`);
  return reply.header('etag', etag(rev)).type('application/json; charset=utf-8').send(answer);
}

/** Whoever may not read the case learns from a refusal no more than from a look: that there is none for them. */
async function stale(
  { pool }: Deps,
  { office, user }: Session,
  { item, ifMatch }: Asked,
  rev: number,
): Promise<Problem> {
  return await withOffice(pool, office, async (tx) => {
    await readableCase(tx, user, item);
    const changed = await changesSince(tx, item, typeof ifMatch === 'number' ? ifMatch : 0);
    return new Problem('stale-revision', { details: { rev }, members: { rev, changed }, headers: { etag: etag(rev) } });
  });
}

async function refusedBecause(
  { pool }: Deps,
  { office, user }: Session,
  { item, ifMatch }: Asked,
  { code, details }: Refusal,
): Promise<Problem> {
  const states = await withOffice(pool, office, async (tx) => {
    if (ifMatch === null) return {};
    const readable = await readableCase(tx, user, item);
    return await stateTitles(tx, readable.item.planHash);
  });
  return new Problem(code, { states, ...(details ? { details } : {}) });
}
