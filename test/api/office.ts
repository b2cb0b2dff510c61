import type { LightMyRequestResponse } from 'fastify';
import { formatInstant, instant } from '../../domain/time.ts';
import { hashPassword } from '../../record/passwords.ts';
import { testPassword } from '../support/constants.ts';
import type { Api } from './harness.ts';

export interface MadeUser {
  id: string;
  username: string;
  password: string;
}
export interface Grant {
  id: string;
  from: string;
  to: string | null;
  inForce: boolean;
}
/** What the office's stream says. */
export interface Told {
  type: string;
  actor: { id: string; role: string };
  data: Record<string, unknown>;
}

/** What administrators do over HTTP. */
export interface Office {
  /** A person of this office without any grant. */
  newcomer(unit?: string): Promise<MadeUser>;
  ask(body: object, by?: string): Promise<LightMyRequestResponse>;
  /** @throws Error when it is not given at once */
  granted(body: object): Promise<Grant>;
  /** The id of the request. @throws Error when it does not wait */
  waiting(body: object, by?: string): Promise<string>;
  revoke(id: string, by?: string): Promise<LightMyRequestResponse>;
  decide(id: string, verb: 'grant' | 'refuse', by: string): Promise<LightMyRequestResponse>;
  /** What the office's stream has said since the last time. */
  told(): Promise<Told[]>;
}

export function officeOf(api: Api): Office {
  let [count, read] = [0, 0];
  const ask: Office['ask'] = async (body, by = 'sysadmin1') => await api.post(by, '/v1/grants', body);
  return {
    ask,
    async newcomer(unit = 'YX-YJ') {
      count += 1;
      const body = { username: `new${count}`, unit, name: { zh: '新人', en: 'Newcomer' } };
      return json<MadeUser>(await api.post('sysadmin1', '/v1/users', body), 201);
    },
    granted: async (body) => json<Grant>(await ask(body), 201),
    waiting: async (body, by) => json<{ request: { id: string } }>(await ask(body, by), 202).request.id,
    revoke: async (id, by = 'sysadmin1') => await api.post(by, `/v1/grants/${id}/revoke`),
    decide: async (id, verb, by) => await api.post(by, `/v1/access-requests/${id}/${verb}`),
    async told() {
      const { rows } = await api.db.admin.query<{ seq: number; bytes: string }>(
        "SELECT seq, bytes FROM record WHERE stream = 'office' AND office_id = 'YX' AND seq > $1 ORDER BY seq",
        [read],
      );
      read = rows.at(-1)?.seq ?? read;
      return rows.map(({ bytes }) => JSON.parse(bytes) as Told); // record/office-stream.ts wrote it
    },
  };
}

function json<Body>(answer: LightMyRequestResponse, status: number): Body {
  if (answer.statusCode !== status) throw new Error(answer.body);
  return answer.json<Body>();
}

/** How often each status was answered. */
export const statuses = (answers: { statusCode: number }[]): string =>
  answers
    .map(({ statusCode }) => String(statusCode))
    .sort()
    .join(' ');

export const soon = (minutes: number): string => formatInstant(instant(Date.now() + minutes * 60_000));

/** A second system administrator, so that there are two. */
export async function secondAdministrator({ db: { admin } }: Api): Promise<void> {
  await admin.query(
    "INSERT INTO user_account (office_id, id, username, unit_id, password_hash) VALUES ('YX', 'sysadmin2', 'sysadmin2', 'YX-XX', $1)",
    [await hashPassword(testPassword('sysadmin2'))],
  );
  await admin.query(
    `INSERT INTO role_grant (office_id, id, user_id, role, unit_id, valid_from)
       VALUES ('YX', 'sysadmin2.sys_admin', 'sysadmin2', 'sys_admin', 'YX-XX', '2026-01-01')`,
  );
}
