import { randomUUID } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import type { PersonCommand } from '../../api/contract/command.ts';
import { LIT, namesPhoto } from '../support/people.ts';
import type { Api } from './harness.ts';

/** The stair lights of Qinglian building 3, as grid1 brings them in. */
export const CREATE = {
  channel: 'grid',
  kind: 'help',
  area: 'QL-G1',
  peopleAffected: 72,
  title: '青莲3栋楼道灯全坏',
  words: '3栋从一楼到六楼的灯都不亮。',
  place: '青莲社区3栋',
  reporterName: '张某某',
  reporterPhone: '138 0000 1234',
};

export const REGISTER = {
  category: 'municipal',
  urgency: 'ordinary',
  limit: { kind: 'work_day', amount: 2 },
  skills: ['electrical'],
  needs: [{ id: 'lamps', kind: 'goods', unit: 'piece', amount: 2 }],
};

export const EVIDENCE = [{ kind: 'photo', sha256: LIT.sha256 }];

/** Who gives which command with which body, from the demand to its closure, every border crossed by hand. */
export const BY_HAND: readonly [PersonCommand, string, object][] = [
  ['register', 'intake1', REGISTER],
  ['start-matching', 'match1', {}],
  ['reserve', 'match1', { need: 'lamps', resource: 'R05', amount: 2 }],
  ['assign', 'dispatch1', { team: 'T03' }],
  ['dispatch', 'dispatch1', {}],
  ['sign', 'clerk1', {}],
  ['contact', 'case1', { means: 'phone', note: '已电话联系' }],
  ['start-work', 'case1', {}],
  ['hand-in', 'case1', { evidence: EVIDENCE, result: '已全部更换' }],
  ['draw-check', 'duty1', {}],
  ['check', 'inspect1', { outcome: 'pass' }],
  ['draw-call-back', 'duty1', {}],
  ['call-back', 'callback1', { reached: 'reached', solved: 'yes', satisfied: 'very' }],
  ['submit-review', 'duty1', {}],
  ['review', 'review1', { closureType: 'solved' }],
];

export interface Made {
  id: string;
  rev: number;
}

export async function create(api: Api, user = 'grid1', more: object = {}): Promise<Made> {
  const answer = await api.post(user, '/v1/cases', { ...CREATE, ...more }, { 'idempotency-key': randomUUID() });
  if (answer.statusCode !== 201) throw new Error(`not created: ${answer.body}`);
  return answer.json<Made>();
}

/** A file for a case; as a photograph unless the headers say otherwise. */
export async function bring(
  api: Api,
  user: string,
  id: string,
  bytes: Buffer = LIT.bytes,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  const authorization = `Bearer ${await api.tokenOf(user)}`;
  return await api.inject({
    method: 'POST',
    url: `/v1/cases/${id}/files`,
    headers: { authorization, 'content-type': 'image/jpeg', 'file-name': 'lit.jpg', ...headers },
    payload: bytes,
  });
}

/**
 * One command with a fresh key at the case's latest revision, unless the headers say otherwise. The photograph that it
 * names is brought before, if its giver may.
 */
export async function give(
  api: Api,
  user: string,
  id: string,
  command: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  if (body && namesPhoto(body)) await bring(api, user, id);
  const rev = headers['if-match'] ?? `"${await revOf(api, id)}"`;
  const all = { 'idempotency-key': randomUUID(), 'if-match': rev, ...headers };
  return await api.post(user, `/v1/cases/${id}/${command}`, body, all);
}

export async function revOf(api: Api, id: string): Promise<number> {
  const { rows } = await api.db.admin.query<{ rev: number }>('SELECT rev FROM item WHERE id = $1', [id]);
  return rows[0]?.rev ?? 1;
}

/** A case that people have brought to just after this command. */
export async function walkTo(api: Api, last: PersonCommand | 'submit'): Promise<string> {
  const { id } = await create(api);
  if (last === 'submit') return id;
  for (const [command, user, body] of BY_HAND) {
    const answer = await give(api, user, id, command, body);
    if (answer.statusCode !== 200) throw new Error(`${command} was not applied: ${answer.body}`);
    if (command === last) return id;
  }
  throw new Error(`nobody gives ${last} on that way`);
}

export const codeOf = (answer: LightMyRequestResponse): string => answer.json<{ code: string }>().code;
