import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { UserId } from '../../domain/ids.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import { type OfficeKey, seal, unseal } from '../../record/seal.ts';
import { keyOfUser } from '../../record/texts.ts';
import type { SavedView, SaveView } from '../contract/inbox.ts';
import { Problem } from '../problem.ts';

type View = z.output<typeof SavedView>;
type Saving = z.output<typeof SaveView>;

const MOST = 50;

/** What somebody looks at their inbox through; nobody else sees it. */
export async function listViews(tx: OfficeTransaction, office: OfficeKey, user: UserId): Promise<View[]> {
  const rows = await tx.query<{ id: string; name: Buffer; filters: View['filters'] }>(
    'api_views',
    'SELECT id, name, filters FROM saved_view WHERE office_id = $1 AND user_id = $2 ORDER BY id',
    [tx.office, user],
  );
  if (rows.length === 0) return [];
  const key = await keyOfUser(tx, office, user);
  return rows.map(({ id, name, filters }) => ({ id, name: unseal(key, name).value, filters }));
}

/** @throws Problem too-many-views */
export async function addView(tx: OfficeTransaction, office: OfficeKey, user: UserId, view: Saving): Promise<View> {
  const key = await keyOfUser(tx, office, user); // locked: of two at once the second counts the first
  const [kept] = await tx.query<{ n: number }>(
    'api_views_kept',
    'SELECT count(*)::int AS n FROM saved_view WHERE office_id = $1 AND user_id = $2',
    [tx.office, user],
  );
  if ((kept?.n ?? 0) >= MOST) throw new Problem('too-many-views', { details: { most: MOST } });
  const id = randomUUID();
  await tx.query(
    'api_view_add',
    'INSERT INTO saved_view (office_id, user_id, id, name, filters) VALUES ($1, $2, $3, $4, $5)',
    [tx.office, user, id, seal(key, 'view', view.name).sealed, JSON.stringify(view.filters)],
  );
  return { id, ...view };
}

/** @throws Problem view-not-found */
export async function changeView(
  tx: OfficeTransaction,
  office: OfficeKey,
  user: UserId,
  id: string,
  view: Saving,
): Promise<View> {
  const key = await keyOfUser(tx, office, user);
  const [changed] = await tx.query(
    'api_view_change',
    'UPDATE saved_view SET name = $4, filters = $5 WHERE office_id = $1 AND user_id = $2 AND id = $3 RETURNING 1',
    [tx.office, user, id, seal(key, 'view', view.name).sealed, JSON.stringify(view.filters)],
  );
  if (!changed) throw new Problem('view-not-found');
  return { id, ...view };
}

/** @throws Problem view-not-found */
export async function removeView(tx: OfficeTransaction, user: UserId, id: string): Promise<void> {
  const [removed] = await tx.query(
    'api_view_remove',
    'DELETE FROM saved_view WHERE office_id = $1 AND user_id = $2 AND id = $3 RETURNING 1',
    [tx.office, user, id],
  );
  if (!removed) throw new Problem('view-not-found');
}
