import type { CommandName } from '../../../domain/commands/vocabulary.ts';
import { itemId } from '../../../domain/ids.ts';
import { nextSystemStep, type Queued, type Stuck } from '../../../domain/process/next-system-step.ts';
import { type Instant, instant } from '../../../domain/time.ts';
import { contentHash } from '../../../proof/record.ts';
import type { Committed } from '../postgres/store.ts';
import { replayOf, WorkflowBug } from '../temporal/replay.ts';
import type { World } from '../world.ts';
import type { Story } from './records.ts';

/** What an item's own workflow would be told of others' wishes and of what waits. */
export function waitingFor(tables: Committed, id: string): { queued: Queued[]; stuck: Stuck[] } {
  const queued = [...tables.queued_command.values()]
    .filter(({ target, status }) => target === id && status === 'queued')
    .sort((a, b) => a.at - b.at || (a.source < b.source ? -1 : 1) || a.source_rev - b.source_rev || a.n - b.n)
    .map(({ id: key, source, name }) => ({ id: key, source: itemId(source), name: name as CommandName })); // record/queue.ts stored it
  const stuck = [...tables.stuck.values()]
    .filter((row) => row.item_id === id)
    .map(({ step, retry_at }) => ({ step, retryAt: instant(retry_at) }));
  return { queued, stuck };
}

/** Invariants 4 and 21: at rest the system owes nothing that it could do, and every demand that was to begin has begun. */
export function checkDebts(world: World, stories: readonly Story[]): string[] {
  const { tables } = world.database;
  const now = instant(world.database.now());
  const unborn = [...tables.queued_command.values()].filter(
    ({ name, target }) => name === 'submit' && !tables.item.has(target),
  );
  const lost = unborn.map(({ target, source }) => `21 ${target}, which ${source} was to begin, is not there`);
  return lost.concat(debtsOf(tables, stories, now));
}

function debtsOf(tables: Committed, stories: readonly Story[], now: Instant): string[] {
  return stories.flatMap(({ id, plan, state }) => {
    const item = tables.item.get(id);
    const { queued, stuck } = waitingFor(tables, id);
    const next = nextSystemStep(plan, state, now, queued, stuck);
    return [
      ...('step' in next ? [`4 ${id} (${state.at}) is still owed ${next.step.key}`] : []),
      ...('until' in next && next.until !== item?.next_due
        ? [`4 ${id} (${state.at}) says it owes from ${item?.next_due} and owes from ${next.until}`]
        : []),
    ];
  });
}

/** Invariants 10 and 11: every history replays, and where a run goes on it knows what the row says. */
export async function checkRuns(world: World): Promise<string[]> {
  const { tables } = world.database;
  const violations = world.ahead.map((where) => `10 the workflow of ${where} knew what no record says`);
  for (const run of world.temporal.all()) {
    const { item } = run.ref;
    if (run.status === 'failed')
      violations.push(`a run of ${item} was closed as failed: ${JSON.stringify(run.history.at(-1)?.commands)}`);
    try {
      const instance = await replayOf(run);
      const { stands } = instance;
      const record = stands && tables.record.get(`case/${item}/${stands.rev}`);
      const says = record && (JSON.parse(record.bytes) as { state: string }).state; // written by record/write.ts
      if (stands && (record?.hash !== stands.head || contentHash(stands.state) !== says))
        violations.push(`11 a run of ${item} folds to another state than its record`);
      const row = tables.item.get(item);
      const known = instance.known();
      if (run.status === 'running' && row && (known.rev !== row.rev || known.head !== row.head))
        violations.push(`10 the workflow of ${item} knows revision ${known.rev} of ${row.rev}`);
    } catch (error) {
      if (!(error instanceof WorkflowBug)) throw error;
      violations.push(`11 a history of ${item} does not replay: ${error.message}`);
    }
  }
  return violations;
}
