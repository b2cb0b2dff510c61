import { randomUUID } from 'node:crypto';
import type { Hash, ItemId, OfficeId } from '../domain/ids.ts';
import type { Blocker } from '../domain/process/lists.ts';
import { nextSystemStep, type SystemStep } from '../domain/process/next-system-step.ts';
import type { RefusalCode } from '../domain/refusals.ts';
import { instant } from '../domain/time.ts';
import type { Store } from './commit.ts';
import { markStuck } from './debt.ts';
import { lockItem, waitingFor } from './load-item.ts';
import { officeNow, withOffice } from './office.ts';

const REFUSAL: RefusalCode = 'no-candidate';

/** A step of the system for which nothing was found, decided on exactly this record. */
export interface SetAside {
  office: OfficeId;
  item: ItemId;
  known: { rev: number; head: Hash };
  step: SystemStep;
  /** Which list is empty; shown to people until the step is taken. */
  blocker: Blocker;
  /** The snapshot under which the search found it so. */
  seen: string;
}

/**
 * Marks the step as stuck, so that it is passed over until its next try, and logs it as a refusal. Writes nothing when
 * the item stands elsewhere by now, or when the step waits already: the same call may arrive twice.
 */
export async function setAside(
  store: Pick<Store, 'pool'>,
  { office, item: id, known, step, blocker, seen }: SetAside,
): Promise<void> {
  await withOffice(store.pool, office, async (tx) => {
    const item = await lockItem(tx, id);
    if (!item || item.state.rev !== known.rev || item.head !== known.head) return;
    const at = instant(Math.max(await officeNow(tx), item.lastAt));
    const { queued, stuck } = await waitingFor(tx, id);
    const next = nextSystemStep(item.plan, item.state, at, queued, stuck);
    if (!('step' in next) || next.step.key !== step.key) return;
    await tx.query(
      'refusal_of_step',
      `INSERT INTO refusal_log (office_id, id, item_id, actor_id, command, code, at)
         VALUES ($1, $2, $3, 'system', $4, $5, office_now_ms())`,
      [office, randomUUID(), id, step.command, REFUSAL],
    );
    await markStuck(tx, id, step.command, blocker, seen);
  });
}
