import type { RoleCode } from '../../domain/process/definition.ts';
import { changeOffice, type Changed, type OfficeChange } from '../../record/people/change.ts';
import type { Deps, Session } from '../deps.ts';
import { Problem } from '../problem.ts';

/**
 * A change of the office by somebody with one of these roles. @throws Problem with the code of its refusal
 */
export async function change<T>(
  { store }: Pick<Deps, 'store'>,
  { office, user }: Session,
  wanted: { name: string; roles: RoleCode[] },
  work: (change: OfficeChange) => Promise<Changed<T>>,
): Promise<T> {
  const outcome = await changeOffice(store, { office, user, ...wanted }, work);
  if (outcome.ok) return outcome.value;
  const { code, details } = outcome.refusal;
  throw new Problem(code, details ? { details } : {});
}
