import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { output } from 'zod';
import type { Actions, CaseView, CreatedAnswer, History } from '../api/contract/items.ts';
import type { ProblemBody } from '../api/contract/problem.ts';
import type { Progress } from '../api/contract/progress.ts';
import type { SampleLogin } from '../prisma/sample/load.ts';

export type CaseBody = output<typeof CaseView>;
export type RecordBody = output<typeof History>['items'][number];
/** Of a command; a new case has its receipt beside it. */
export type Answer = Omit<output<typeof CreatedAnswer>, 'receipt'> &
  Partial<Pick<output<typeof CreatedAnswer>, 'receipt'>>;
export type ProgressBody = output<typeof Progress>;

export class StoryError extends Error {
  override name = 'StoryError';
}

/** What people do over HTTP. A server that is away or overloaded is asked again, with the same key, for a while. */
export interface StoryClient {
  create(user: string, body: object): Promise<Answer>;
  command(user: string, item: string, name: string, body: object, rev: number): Promise<Answer>;
  /** A file for the case, before a command names it. */
  bring(user: string, item: string, name: string, bytes: Buffer): Promise<void>;
  /** As whoever holds the code sees it: nobody signs in. */
  progress(code: string): Promise<ProgressBody>;
  view(user: string, item: string): Promise<CaseBody>;
  history(user: string, item: string): Promise<RecordBody[]>;
  /** Why the workflow does not get on, in words; empty when nothing is stuck. */
  stuck(user: string, item: string): Promise<string>;
}

type Headers = Record<string, string>;

const RETRY_MS = 100;

export function createStoryClient(api: string, logins: SampleLogin[], patienceMs: number): StoryClient {
  const tokens = new Map<string, string>();

  async function tokenOf(user: string): Promise<string> {
    const known = tokens.get(user);
    if (known !== undefined) return known;
    const login = logins.find(({ username }) => username === user);
    if (!login) throw new StoryError(`样例账号里没有 ${user} · there is no sample login for ${user}`);
    const { username, password } = login;
    const { token } = await send<{ token: string }>('POST', '/v1/login', {}, { username, password });
    tokens.set(user, token);
    return token;
  }

  async function send<T>(method: 'GET' | 'POST', path: string, given: Headers, body?: object): Promise<T> {
    const json = body && !Buffer.isBuffer(body) ? JSON.stringify(body) : undefined;
    const headers = { ...given, ...(json !== undefined && { 'content-type': 'application/json' }) };
    const request = { method, headers, ...(body && { body: json ?? new Uint8Array(body as Buffer) }) };
    for (const start = performance.now(); ;) {
      const response = await fetch(api + path, { ...request, signal: AbortSignal.timeout(10_000) }).catch(
        (e: unknown) => (e instanceof Error ? e : new Error(String(e))),
      );
      if (!(response instanceof Error) && response.ok) return (await response.json()) as T; // as the contract has it
      const comesBack = response instanceof Error || response.status >= 502 || response.status === 429;
      const mayWait = performance.now() - start < patienceMs;
      if (!comesBack || !mayWait) throw new StoryError(`${method} ${path}: ${await complaint(response)}`);
      await sleep(RETRY_MS);
    }
  }

  async function as(user: string, more: Headers = {}): Promise<Headers> {
    return { authorization: `Bearer ${await tokenOf(user)}`, 'accept-language': 'en', ...more };
  }

  async function get<T>(user: string, path: string): Promise<T> {
    return await send<T>('GET', path, await as(user));
  }

  return {
    async create(user, body) {
      return await send('POST', '/v1/cases', await as(user, { 'idempotency-key': randomUUID() }), body);
    },
    async command(user, item, name, body, rev) {
      const headers = await as(user, { 'idempotency-key': randomUUID(), 'if-match': `"${rev}"` });
      return await send('POST', `/v1/cases/${item}/${name}`, headers, body);
    },
    async bring(user, item, name, bytes) {
      const headers = await as(user, { 'content-type': 'image/jpeg', 'file-name': encodeURIComponent(name) });
      await send('POST', `/v1/cases/${item}/files`, headers, bytes);
    },
    progress: async (code) => await send('GET', `/v1/progress/${code}`, {}),
    view: async (user, item) => await get(user, `/v1/cases/${item}`),
    async history(user, item) {
      const records: RecordBody[] = [];
      for (let cursor = ''; ;) {
        const query = cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`;
        const page = await get<output<typeof History>>(user, `/v1/cases/${item}/history${query}`);
        records.push(...page.items);
        if (page.next === null) return records;
        cursor = page.next;
      }
    },
    async stuck(user, item) {
      const { stuck } = await get<output<typeof Actions>>(user, `/v1/cases/${item}/actions`);
      return stuck.map(({ step, code, text, list }) => `${step} ${list ?? code}: ${text}`).join('; ');
    },
  };
}

async function complaint(response: Response | Error): Promise<string> {
  if (response instanceof Error) return response.cause instanceof Error ? response.cause.message : response.message;
  const text = await response.text();
  try {
    const { code, detail } = JSON.parse(text) as output<typeof ProblemBody>; // else it is told as it is
    return `${response.status} ${code}: ${detail}`;
  } catch {
    return `${response.status} ${text.slice(0, 200)}`;
  }
}
