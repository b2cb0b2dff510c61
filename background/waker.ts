import type { PoolClient } from 'pg';
import type { Logger } from 'pino';
import type { ItemRef } from '../workflows/messages.ts';
import type { Tick } from './leader.ts';

/** Items looked at per poll, the longest overdue first, and wakes sent per poll. */
const MOST_SEEN = 2_000;
const MOST_WAKES = 200;
/** Polls between two wakes of an item that does not move: doubled each time, up to a minute of seconds. */
const LONGEST_WAIT = 60;
/** Polls of wakes without any effect after which the run itself is taken to be the fault: ten minutes of seconds. */
const RENEW_AFTER = 600;
/** Polls between two warnings of the same kind. */
const QUIET = 60;

interface Debtor {
  ref: ItemRef;
  due: number;
  /** Owed because another item asked for it, not by the item's own state. */
  asked: boolean;
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
    const due = debtors.filter((debtor) => (watched.get(keyOf(debtor))?.next ?? 0) <= polls).slice(0, most);
    const sent = await Promise.allSettled(due.map(async (debtor) => await wakeOne(debtor)));
    const failed = sent.find((outcome) => outcome.status === 'rejected');
    failures = failed ? failures + 1 : 0;
    if (failures % QUIET === 1) logger.warn({ err: failed?.reason }, 'Temporal does not take the wakes of the waker');
    if (due.length > 0) logger.debug({ woken: due.length, owing: debtors.length }, 'woke items that owe');
    after = debtors.length < mostSeen ? undefined : debtors.at(-1);
    if (!after) endRound();
  };

  function watch(debtor: Debtor): void {
    const { mark } = debtor;
    const before = watched.get(keyOf(debtor));
    const unchanged = before?.mark === mark ? before : { mark, next: polls + 1, wait: 2, wokenSince: undefined };
    watched.set(keyOf(debtor), { ...unchanged, round });
  }

  async function wakeOne(debtor: Debtor): Promise<void> {
    const { ref } = debtor;
    const entry = watched.get(keyOf(debtor));
    if (!entry) return;
    const renews = entry.wokenSince !== undefined && polls - entry.wokenSince >= renewAfter;
    await (renews ? renew(ref) : wake(ref));
    const wokenSince = renews ? polls : (entry.wokenSince ?? polls);
    const { wait } = entry;
    watched.set(keyOf(debtor), { ...entry, next: polls + wait, wait: Math.min(longestWait, wait * 2), wokenSince });
  }

  /** Whoever was not seen from the first to the last owes nothing any more. */
  function endRound(): void {
    for (const [key, entry] of watched) if (entry.round < round) watched.delete(key);
    round += 1;
  }
}

/** An item may owe and be asked for something by others at once; each is a debt of its own. */
const keyOf = ({ ref: { office, item }, asked }: Pick<Debtor, 'ref' | 'asked'>): string => `${office}/${item}/${asked}`;

async function canSeeAnOffice(lead: PoolClient): Promise<boolean> {
  const { rows } = await lead.query('SELECT 1 FROM office LIMIT 1');
  return rows.length > 0;
}

/**
 * Items whose own debt is due, and items that others asked for something; what was looked at and has to wait is a debt
 * of its item. The time is asked for once: asked per row it would keep the index from being used.
 */
const DEBTORS = `SELECT * FROM (
  (SELECT office_id AS office, id AS item, next_due AS due, false AS asked, rev || '/' || next_due AS mark FROM item
     WHERE next_due <= (SELECT office_now_ms()) AND ($2::bigint IS NULL OR (next_due, office_id, id) >= ($2, $3::text, $4::text))
     ORDER BY next_due, office_id, id LIMIT $1 + 1)
  UNION ALL
  SELECT office_id, target, min(at), true, min(id) || '/' || count(*) FROM queued_command q
    WHERE status = 'queued' AND NOT EXISTS (
      SELECT 1 FROM queued_command earlier JOIN stuck s ON s.office_id = earlier.office_id AND s.item_id = earlier.target
        WHERE earlier.office_id = q.office_id AND earlier.target = q.target AND earlier.source = q.source AND earlier.status = 'queued'
          AND s.step = 'queued:' || earlier.id AND s.retry_at > (SELECT office_now_ms()))
    GROUP BY office_id, target) AS debt
  WHERE $2::bigint IS NULL OR (due, office, item, asked) > ($2, $3, $4, $5::boolean)
  ORDER BY due, office, item, asked LIMIT $1`;

async function findDebtors(lead: PoolClient, after: Debtor | undefined, most: number): Promise<Debtor[]> {
  const from = after ? [after.due, after.ref.office, after.ref.item, after.asked] : [null, null, null, null];
  const { rows } = await lead.query<ItemRef & Omit<Debtor, 'ref'>>(DEBTORS, [most, ...from]);
  return rows.map(({ office, item, ...debt }) => ({ ref: { office, item }, ...debt }));
}
