import type { PoolClient } from 'pg';
import type { Logger } from 'pino';
import type { ItemRef } from '../workflows/messages.ts';
import type { Tick } from './leader.ts';

/** Items looked at per poll, the longest overdue first, and wakes sent per poll. */
const MOST_SEEN = 2_000;
const MOST_WAKES = 200;
/** Polls between two wakes of an item that does not move: doubled each time, up to five minutes of seconds. */
const LONGEST_WAIT = 300;
/** Polls between two warnings of the same kind. */
const QUIET = 60;

interface Debtor {
  ref: ItemRef;
  /** What changes as soon as anything is done about the debt. */
  mark: string;
}

interface Watched {
  mark: string;
  /** Polls until the next wake, and how many the wait after that one will be. */
  left: number;
  wait: number;
}

export interface WakerDeps {
  /** Signals the item's workflow, started if need be. @throws when Temporal does not take it */
  wake: (ref: ItemRef) => Promise<void>;
  logger: Logger;
}

/**
 * Makes good what was lost on the way: an item that owes something and is seen unchanged in two polls is woken, then
 * less and less often. Wakes that Temporal does not take are not counted, so that everything is woken as soon as it is
 * back. Knows ids and due instants only.
 */
export function createWaker({ wake, logger }: WakerDeps): Tick {
  let watched = new Map<string, Watched>();
  let polls = 0;
  let failures = 0;
  let seesOffice = false;

  return async (lead) => {
    polls += 1;
    seesOffice ||= await canSeeAnOffice(lead);
    if (!seesOffice && polls % QUIET === 1)
      logger.warn('the waker sees no office: either none exists yet, or its login may not see any');
    const debtors = await findDebtors(lead);
    watched = new Map(debtors.map(({ ref, mark }) => [keyOf(ref), watch(watched.get(keyOf(ref)), mark)]));
    const most = failures > 0 ? 1 : MOST_WAKES; // while Temporal is away, one wake asks whether it is back
    const due = debtors.filter(({ ref }) => watched.get(keyOf(ref))?.left === 0).slice(0, most);
    const sent = await Promise.allSettled(due.map(async ({ ref }) => await wakeOne(ref)));
    const failed = sent.find((outcome) => outcome.status === 'rejected');
    failures = failed ? failures + 1 : 0;
    if (failures % QUIET === 1) logger.warn({ err: failed?.reason }, 'Temporal does not take the wakes of the waker');
    if (due.length > 0) logger.debug({ woken: due.length, owing: debtors.length }, 'woke items that owe');
  };

  async function wakeOne(ref: ItemRef): Promise<void> {
    await wake(ref);
    const entry = watched.get(keyOf(ref));
    if (entry) watched.set(keyOf(ref), { ...entry, left: entry.wait, wait: Math.min(LONGEST_WAIT, entry.wait * 2) });
  }
}

const keyOf = ({ office, item }: ItemRef): string => `${office}/${item}`;

function watch(before: Watched | undefined, mark: string): Watched {
  if (before?.mark !== mark) return { mark, left: 1, wait: 2 };
  return { ...before, left: Math.max(0, before.left - 1) };
}

async function canSeeAnOffice(lead: PoolClient): Promise<boolean> {
  const { rows } = await lead.query('SELECT 1 FROM office LIMIT 1');
  return rows.length > 0;
}

/** The time is asked for once: asked per row it would keep the index from being used. */
async function findDebtors(lead: PoolClient): Promise<Debtor[]> {
  const { rows } = await lead.query<ItemRef & { mark: string }>(
    `SELECT office_id AS office, id AS item, rev || '/' || next_due AS mark FROM item
       WHERE next_due <= (SELECT office_now_ms()) ORDER BY next_due, office_id, id LIMIT $1`,
    [MOST_SEEN],
  );
  return rows.map(({ office, item, mark }) => ({ ref: { office, item }, mark }));
}
