import type { PoolClient } from 'pg';
import type { Logger } from 'pino';
import { type Hash, type ItemId, hash, itemId, type OfficeId, officeId } from '../domain/ids.ts';
import type { Tick } from './leader.ts';

/** Files looked at per tick; the rest come with the next ones. */
const MOST = 100;
/** Office milliseconds for which a file waits to be named by a record. */
const WAITS = 86_400_000;
/** An upload takes minutes; by the real clock, because a simulation's may jump while one is under way. */
const LEFT_AFTER = '1 hour';

export interface LooseFile {
  office: OfficeId;
  item: ItemId;
  sha256: Hash;
}

export interface LooseFileDeps {
  /** Removes a file that no record names. */
  remove: (file: LooseFile) => Promise<void>;
  /** Removes what an upload left behind that nobody goes on with. */
  removeLeft: (office: OfficeId, content: string) => Promise<void>;
  logger: Logger;
}

/**
 * Removes what was brought and never named. Each in a transaction of its own that locks one file, so that a commit which
 * names it just then never waits for the others; whether it is still loose, that transaction finds out for itself.
 */
export function createLooseFileLoop({ remove, removeLeft, logger }: LooseFileDeps): Tick {
  return async (lead) => {
    for (const file of await looseFiles(lead)) await tried(async () => await remove(file), file.office);
    for (const { office, content } of await leftContents(lead))
      await tried(async () => await removeLeft(office, content), office);
  };

  /** One that cannot be removed keeps no other from it. */
  async function tried(work: () => Promise<void>, office: OfficeId): Promise<void> {
    try {
      await work();
    } catch (error) {
      logger.warn({ err: error, office }, 'a file that nobody named could not be removed');
    }
  }
}

async function looseFiles(lead: PoolClient): Promise<LooseFile[]> {
  const { rows } = await lead.query<{ office: string; item: string; sha256: string }>(
    `SELECT office_id AS office, item_id AS item, sha256 FROM case_file
       WHERE NOT named AND at <= (SELECT office_now_ms()) - $2::bigint ORDER BY at LIMIT $1`,
    [MOST, WAITS],
  );
  return rows.map(({ office, item, sha256 }) => ({
    office: officeId(office),
    item: itemId(item),
    sha256: hash(sha256),
  }));
}

async function leftContents(lead: PoolClient): Promise<{ office: OfficeId; content: string }[]> {
  const { rows } = await lead.query<{ office: string; content: string }>(
    `SELECT office_id AS office, id AS content FROM file_content
       WHERE NOT finished AND begun_at < clock_timestamp() - interval '${LEFT_AFTER}' ORDER BY begun_at LIMIT $1`,
    [MOST],
  );
  return rows.map(({ office, content }) => ({ office: officeId(office), content }));
}
