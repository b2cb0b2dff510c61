import type { PoolClient } from 'pg';
import type { Logger } from 'pino';
import type { ItemRef } from '../workflows/messages.ts';
import type { Tick } from './leader.ts';

/** Items looked at per poll, the longest overdue first, and wakes sent per poll. */
const MOST_SEEN = 2_000;
const MOST_WAKES = 200;
/** Polls between two wakes of an item that does not move: doubled each time, up to five minutes of seconds. */
const LONGEST_WAIT = 300;
/** Polls of wakes without any effect after which the run itself is taken to be the fault: ten minutes of seconds. */
const RENEW_AFTER = 600;
/** Polls between two warnings of the same kind. */
const QUIET = 60;

interface Debtor {
  ref: ItemRef;
  due: number;
  /** What changes as soon as anything is done about the debt. */
  mark: string;
}

interface Watched {
  mark: string;
  /** The poll from which the next wake may be sent, and how many polls the wait after that one will be. */
  next: number;
  wait: number;
  /** The poll of the first wake that Temporal took for this mark. */
  wokenSince: number | undefined;
  /** The round through all debtors in which the item was last seen. */
  round: number;
}

export interface WakerDeps {
  /** Signals the item's workflow, started if need be. @throws when Temporal does not take it */
  wake: (ref: ItemRef) => Promise<void>;
  /** Ends a run that no wake moves, and wakes the item afresh. @throws as `wake` */
  renew: (ref: ItemRef) => Promise<void>;
  logger: Logger;
  /** Overrides for tests. */
  mostSeen?: number;
  renewAfter?: number;
  longestWait?: number;
}

/**
 * Makes good what was lost on the way: an item that owes something and is seen unchanged in two polls is woken, then
 * less and less often; one that no wake moves has its run renewed. Where more owe than one poll looks at, the next poll
 * goes on where this one ended, so that items that never move keep nobody else from being seen. Wakes that Temporal does
 * not take are not counted, so that everything is woken as soon as it is back. Knows ids and due instants only.
 */
export function createWaker({
  wake,
  renew,
  logger,
  mostSeen = MOST_SEEN,
  renewAfter = RENEW_AFTER,
  longestWait = LONGEST_WAIT,
}: WakerDeps): Tick {
  const watched = new Map<string, Watched>();
  let after: Debtor | undefined;
  let [polls, round, failures] = [0, 0, 0];
  let seesOffice = false;

  return async (lead) => {
    polls += 1;
    seesOffice ||= await canSeeAnOffice(lead);
    if (!seesOffice && polls % QUIET === 1)
      logger.warn('the waker sees no office: either none exists yet, or its login may not see any');
    const debtors = await findDebtors(lead, after, mostSeen);
    for (const debtor of debtors) watch(debtor);
    const most = failures > 0 ? 1 : MOST_WAKES; // while Temporal is away, one wake asks whether it is back
    const due = debtors.filter(({ ref }) => (watched.get(keyOf(ref))?.next ?? 0) <= polls).slice(0, most);
    const sent = await Promise.allSettled(due.map(async ({ ref }) => await wakeOne(ref)));
    const failed = sent.find((outcome) => outcome.status === 'rejected');
    failures = failed ? failures + 1 : 0;
    if (failures % QUIET === 1) logger.warn({ err: failed?.reason }, 'Temporal does not take the wakes of the waker');
    if (due.length > 0) logger.debug({ woken: due.length, owing: debtors.length }, 'woke items that owe');
    after = debtors.length < mostSeen ? undefined : debtors.at(-1);
    if (!after) endRound();
  };

  function watch({ ref, mark }: Debtor): void {
    const before = watched.get(keyOf(ref));
    const unchanged = before?.mark === mark ? before : { mark, next: polls + 1, wait: 2, wokenSince: undefined };
    watched.set(keyOf(ref), { ...unchanged, round });
  }

  async function wakeOne(ref: ItemRef): Promise<void> {
    const entry = watched.get(keyOf(ref));
    if (!entry) return;
    const renews = entry.wokenSince !== undefined && polls - entry.wokenSince >= renewAfter;
    await (renews ? renew(ref) : wake(ref));
    const wokenSince = renews ? polls : (entry.wokenSince ?? polls);
    const { wait } = entry;
    watched.set(keyOf(ref), { ...entry, next: polls + wait, wait: Math.min(longestWait, wait * 2), wokenSince });
  }

  /** Whoever was not seen from the first to the last owes nothing any more. */
  function endRound(): void {
    for (const [key, entry] of watched) if (entry.round < round) watched.delete(key);
    round += 1;
  }
}

const keyOf = ({ office, item }: ItemRef): string => `${office}/${item}`;

async function canSeeAnOffice(lead: PoolClient): Promise<boolean> {
  const { rows } = await lead.query('SELECT 1 FROM office LIMIT 1');
  return rows.length > 0;
}

/** The time is asked for once: asked per row it would keep the index from being used. */
async function findDebtors(lead: PoolClient, after: Debtor | undefined, most: number): Promise<Debtor[]> {
  const { rows } = await lead.query<ItemRef & { due: number; mark: string }>(
    `SELECT office_id AS office, id AS item, next_due AS due, rev || '/' || next_due AS mark FROM item
       WHERE next_due <= (SELECT office_now_ms()) AND ($2::bigint IS NULL OR (next_due, office_id, id) > ($2, $3, $4))
       ORDER BY next_due, office_id, id LIMIT $1`,
    [most, after?.due ?? null, after?.ref.office ?? null, after?.ref.item ?? null],
  );
  return rows.map(({ office, item, due, mark }) => ({ ref: { office, item }, due, mark }));
}
