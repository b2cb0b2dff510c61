import type { LightMyRequestResponse } from 'fastify';
import { codeOf, give } from './cases.ts';
import { type Api, createApi } from './harness.ts';
import { stopClock } from './stopped-clock.ts';

/** Status and, where it was applied, the state that followed; else the code of the refusal. */
export type Told = [status: number, said: string];

export interface Clock {
  id: string;
  due: string | null;
  paused: boolean;
  run: number;
  limit: { kind: string; amount: number };
}
export interface View {
  state: { id: string };
  labels: { code: string }[];
  fields: Record<string, string | number>;
  clocks: { id: string; due: string | null }[];
  requests: { id: string; command: string; askedBy: string; asked: object; granted: string[]; ruling: boolean }[];
  tasks: { id: string; kind: string; unit: string; round: number; answer: string | null; rating: string | null }[];
  links: { project: string; part: string }[];
  lead: { team: string; unit: string; active: boolean };
  counts: Record<string, number>;
  overrides: string[];
}

/** People at work in a simulation whose clock stands still, with more than enough of everything. */
export interface Flow {
  api: Api;
  viewOf(id: string): Promise<View>;
  clockOf(id: string, clock: string): Promise<Clock | undefined>;
  /** At the case's latest revision. */
  does(user: string, id: string, command: string, body?: object): Promise<Told>;
  /** Decides the first open request. */
  decide(user: string, id: string, command?: string, more?: object): Promise<Told>;
}

export const told = (answer: LightMyRequestResponse): Told => [
  answer.statusCode,
  answer.statusCode === 200 ? answer.json<{ state: string }>().state : codeOf(answer),
];

export async function beginFlow(): Promise<Flow> {
  const api = await createApi({ simulation: true });
  await stopClock(api);
  await api.db.admin.query("UPDATE resource SET capacity = 1000 WHERE id = 'R05'");
  await api.db.admin.query('UPDATE team SET max_open_load = 100');
  const flow: Flow = {
    api,
    viewOf: async (id) => (await api.get('audit1', `/v1/cases/${id}`)).json<View>(),
    async clockOf(id, clock) {
      const { clocks } = (await api.get('audit1', `/v1/cases/${id}/clocks`)).json<{ clocks: Clock[] }>();
      return clocks.find((one) => one.id === clock);
    },
    does: async (user, id, command, body = {}) => told(await give(api, user, id, command, body)),
    async decide(user, id, command = 'grant', more = {}) {
      const [request] = (await flow.viewOf(id)).requests;
      return await flow.does(user, id, command, { request: request?.id ?? 'q99', ...more });
    },
  };
  return flow;
}

/** What shows that work was done. */
export const EVIDENCE = [{ kind: 'photo', sha256: 'ab'.repeat(32) }];

export const IN_PROGRESS: Told = [200, 'in_progress'];

/** A role that somebody is granted for the rest of a file, or until `revoke`. */
export async function grantRole(
  { db }: Api,
  id: string,
  user: string,
  role: string,
  more: { unit?: string; for?: string } = {},
): Promise<void> {
  await db.admin.query(
    `INSERT INTO role_grant (office_id, id, user_id, role, unit_id, for_user, valid_from)
       VALUES ('YX', $1, $2, $3, $4, $5, '2026-01-01')`,
    [id, user, role, more.unit ?? null, more.for ?? null],
  );
}

/** Only one under which nothing was done. */
export async function revoke({ db }: Api, ...ids: string[]): Promise<void> {
  await db.admin.query('DELETE FROM role_grant WHERE id = ANY($1)', [ids]);
}
