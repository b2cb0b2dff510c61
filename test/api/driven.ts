import type { Payloads } from '../../domain/commands/vocabulary.ts';
import type { ItemId, OfficeId } from '../../domain/ids.ts';
import { nextSystemStep, type SystemStep } from '../../domain/process/next-system-step.ts';
import type { ClockLevel } from '../../domain/process/state.ts';
import { instant } from '../../domain/time.ts';
import { commit, type Store } from '../../record/commit.ts';
import { type LoadedItem, loadItem, waitingFor } from '../../record/load-item.ts';
import { withOffice } from '../../record/office.ts';

/** Does what an item's workflow does when it is woken: the worker's part, of which these tests know only the outcome. */
export async function drive(store: Store, office: OfficeId, item: ItemId): Promise<void> {
  for (;;) {
    const owed = await withOffice(store.pool, office, async (tx) => {
      const loaded = await loadItem(tx, item);
      if (!loaded) return undefined;
      const next = nextSystemStep(
        loaded.plan,
        loaded.state,
        instant(tx.beganAt),
        [],
        (await waitingFor(tx, item)).stuck,
      );
      return 'step' in next ? { loaded, step: next.step } : undefined;
    });
    if (!owed) return;
    await take(store, office, owed.loaded, owed.step);
  }
}

const levelOf = ({ id, run, limit, level }: ClockLevel): Payloads['reach-level'] => ({ id, run, limit, level });

async function take(store: Store, office: OfficeId, { id, state, head }: LoadedItem, step: SystemStep): Promise<void> {
  const outcome = await commit(store, {
    office,
    item: id,
    actor: { kind: 'system' },
    key: `${id}:${step.key}`,
    name: step.command,
    payload: step.kind === 'level' ? levelOf(step.level) : {},
    texts: {},
    expected: { rev: state.rev, head },
    run: 'a-run',
  });
  if (outcome.kind === 'absent') throw new Error('the item is gone');
}
