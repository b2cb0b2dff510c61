import { judgeDecision } from '../../domain/people/access.ts';
import { refusal } from '../../domain/refusals.ts';
import { storePassword } from './accounts.ts';
import { type Changed, done, type OfficeChange, refused } from './change.ts';
import { give, judgeNow } from './grants.ts';
import { type AccessRequest, closeRequest, findRequest } from './requests.ts';

/**
 * A second person's word on what somebody asked for; what was asked is judged anew, as things stand now. `passwordHash`
 * is of the password that a granted reset sets.
 */
export async function decideAccess(
  change: OfficeChange,
  id: string,
  outcome: 'granted' | 'refused',
  passwordHash: string,
): Promise<Changed<AccessRequest>> {
  const request = await findRequest(change.tx, id);
  if (!request || request.decided) return refused(refusal('unknown-request'));
  const same = judgeDecision(request, change.by.user, outcome);
  if (same) return refused(same);
  const decided = { ...request, decided: { by: change.by.user, at: change.at, outcome } };
  if (outcome === 'refused') {
    await closeRequest(change, request, outcome);
    await change.tell('access-refused', { request: id, user: request.user });
    return done(decided);
  }
  return (await carryOut(change, request, passwordHash)) ?? done(decided);
}

/** @returns why it cannot be done as things stand now */
async function carryOut(
  change: OfficeChange,
  request: AccessRequest,
  passwordHash: string,
): Promise<Changed<AccessRequest> | undefined> {
  switch (request.kind) {
    case 'grant': {
      const { user, role, unit, to, standsFor } = request;
      const from = request.from > change.at ? request.from : change.at;
      const judged = await judgeNow(change.tx, { user, role, unit, from, to, standsFor }, change.at);
      if ('code' in judged) return refused(judged);
      await closeRequest(change, request, 'granted');
      await give(change, { user, role, unit, from, to, standsFor }, request.id);
      return undefined;
    }
    case 'password-reset':
      await closeRequest(change, request, 'granted');
      await storePassword(change.tx, request.user, passwordHash);
      await change.tell('password-reset', { user: request.user, request: request.id });
      return undefined;
    default:
      return request satisfies never;
  }
}
