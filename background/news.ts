import type { PoolClient } from 'pg';
import type { Logger } from 'pino';
import { type OfficeId, officeId } from '../domain/ids.ts';
import { MOST_NEWS } from '../record/news.ts';
import type { Tick } from './leader.ts';

export interface NewsDeps {
  /** Tells some of an office's news. @returns how many */
  tell: (office: OfficeId) => Promise<number>;
  logger: Logger;
}

/** Numbers what was recorded and tells whom it concerns, office by office; what one tick does not do, the next one does. */
export function createNewsLoop({ tell, logger }: NewsDeps): Tick {
  return async (lead) => {
    for (const office of await officesWithNews(lead)) {
      try {
        while ((await tell(office)) === MOST_NEWS);
      } catch (error) {
        logger.warn({ err: error, office }, 'the news of an office could not be told yet');
      }
    }
  };
}

async function officesWithNews(lead: PoolClient): Promise<OfficeId[]> {
  const { rows } = await lead.query<{ office: string }>(
    'SELECT DISTINCT office_id AS office FROM news WHERE n IS NULL ORDER BY 1',
  );
  return rows.map(({ office }) => officeId(office));
}
