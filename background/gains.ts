import type { PoolClient } from 'pg';
import type { Logger } from 'pino';
import type { ItemRef } from '../workflows/messages.ts';
import type { Tick } from './leader.ts';

/** Items looked at per tick; the rest come with the next ones. */
const MOST = 200;
/** A gain is kept until no search that began before it can still be on its way. */
const KEPT_FOR = '1 hour';
/** Ticks between two clearings. */
const CLEARING = 60;

export interface GainDeps {
  /** Makes due what the item waits for, if the gain is of use to it. @returns whether something became due */
  retry: (ref: ItemRef) => Promise<boolean>;
  logger: Logger;
}

/**
 * Makes due the stuck steps whose list has gained something that their search had not seen: at once instead of at the
 * next of their tries, and once per gain. Each in a transaction of its own that locks one item, so that whoever gives
 * something back never waits for those who lack it. The waker sends them on their way.
 */
export function createGainLoop({ retry, logger }: GainDeps): Tick {
  let ticks = 0;

  return async (lead) => {
    ticks += 1;
    const waiting = await findWaiting(lead);
    let due = 0;
    for (const ref of waiting) if (await tried(ref)) due += 1;
    if (waiting.length > 0) logger.debug({ waiting: waiting.length, due }, 'a list gained something');
    if (ticks % CLEARING === 1 && waiting.length < MOST)
      await lead.query(`DELETE FROM gain WHERE at < clock_timestamp() - interval '${KEPT_FOR}'`);
  };

  /** One item that cannot be looked at keeps nobody else from being looked at. */
  async function tried(ref: ItemRef): Promise<boolean> {
    try {
      return await retry(ref);
    } catch (error) {
      logger.warn({ err: error, ...ref }, 'what an item waits for could not be looked at');
      return false;
    }
  }
}

/** A gain at or after the snapshot's oldest transaction may be one that it did not see; the index finds those. */
async function findWaiting(lead: PoolClient): Promise<ItemRef[]> {
  const { rows } = await lead.query<ItemRef>(
    `SELECT DISTINCT s.office_id AS office, s.item_id AS item FROM stuck s
       WHERE s.lacks IS NOT NULL AND s.retry_at > (SELECT office_now_ms()) AND EXISTS (
         SELECT 1 FROM gain g WHERE g.office_id = s.office_id AND g.list = s.lacks
           AND g.xid >= pg_snapshot_xmin(s.seen::pg_snapshot)::text::bigint
           AND NOT pg_visible_in_snapshot(g.xid::text::xid8, s.seen::pg_snapshot))
       ORDER BY 1, 2 LIMIT $1`,
    [MOST],
  );
  return rows;
}
