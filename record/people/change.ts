import { randomUUID } from 'node:crypto';
import { authorityOf } from '../../domain/people/access.ts';
import type { OfficeId, UserId } from '../../domain/ids.ts';
import type { RoleCode } from '../../domain/process/definition.ts';
import type { Refusal } from '../../domain/refusals.ts';
import type { Instant } from '../../domain/time.ts';
import type { Store } from '../commit.ts';
import { refusalOf, restarts } from '../database-errors.ts';
import { grantsOf } from '../facts.ts';
import { type OfficeTransaction, withOffice } from '../office.ts';
import { appendToOfficeStream, lockOffice, type OfficeActor, type OfficeEntry } from '../office-stream.ts';

/** What somebody wants to change about the office, under which of these roles. */
export interface Wanted {
  office: OfficeId;
  user: UserId;
  /** As the refusal log names it. */
  name: string;
  roles: RoleCode[];
}

export type Changed<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export const done = <T>(value: T): Changed<T> => ({ ok: true, value });
export const refused = (refusal: Refusal): { ok: false; refusal: Refusal } => ({ ok: false, refusal });

/** One change under way: everything in it is decided at one instant, after the lock. */
export interface OfficeChange {
  tx: OfficeTransaction;
  at: Instant;
  by: OfficeActor;
  /** Says in the office's stream what was changed. */
  tell: (type: OfficeEntry['type'], data: OfficeEntry['data']) => Promise<void>;
}

const ATTEMPTS = 3;

/**
 * A person's change of the office, in one transaction: locks the office first, so that changes follow one another, then
 * reads, decides and writes. `work` decides before it writes; a refusal leaves a row in the refusal log and nothing else.
 * @throws the database's error when it is not a refusal and trying again does not help
 */
export async function changeOffice<T>(
  store: Pick<Store, 'pool' | 'build'>,
  wanted: Wanted,
  work: (change: OfficeChange) => Promise<Changed<T>>,
): Promise<Changed<T>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withOffice(store.pool, wanted.office, async (tx) => {
        const outcome = await attemptChange(tx, store.build, wanted, work);
        if (!outcome.ok) await logRefusal(tx, wanted, outcome.refusal);
        return outcome;
      });
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal && (attempt >= ATTEMPTS || !restarts(error))) throw error;
      if (!refusal) continue;
      await withOffice(store.pool, wanted.office, async (tx) => await logRefusal(tx, wanted, refusal));
      return refused(refusal);
    }
  }
}

async function attemptChange<T>(
  tx: OfficeTransaction,
  build: string,
  { user, roles }: Wanted,
  work: (change: OfficeChange) => Promise<Changed<T>>,
): Promise<Changed<T>> {
  const { at } = await lockOffice(tx);
  const held = authorityOf(await grantsOf(tx, user, at), roles);
  if ('code' in held) return refused(held);
  const by = { user, ...held };
  const tell: OfficeChange['tell'] = async (type, data) => {
    await appendToOfficeStream(tx, { type, data, by, at }, build);
  };
  return await work({ tx, at, by, tell });
}

async function logRefusal(tx: OfficeTransaction, { user, name }: Wanted, { code }: Refusal): Promise<void> {
  await tx.query(
    'office_refusal',
    `INSERT INTO refusal_log (office_id, id, item_id, actor_id, command, code, at) VALUES ($1, $2, NULL, $3, $4, $5, office_now_ms())`,
    [tx.office, randomUUID(), user, name, code],
  );
}
