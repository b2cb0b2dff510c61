import type { Pool } from 'pg';
import { withOffice } from '../../record/office.ts';
import type { Session } from '../deps.ts';
import { requireGrant } from '../queries/reading.ts';

/** The session of somebody who has a part in the office at this moment. @throws Problem no-grant */
export async function withGrant(pool: Pool, session: Session): Promise<Session> {
  await withOffice(pool, session.office, async (tx) => await requireGrant(tx, session.user));
  return session;
}
