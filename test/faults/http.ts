import { randomUUID } from 'node:crypto';
import { LIT } from '../support/people.ts';

/** What came back; `lost` when nobody knows what became of the request. */
export type Reply = { status: number; bytes: string; replayed: boolean; etag: number | null } | { lost: string };

export interface Ask {
  user: string;
  /** `/v1/cases`, or below it. */
  path: string;
  body?: object;
  key?: string;
  ifMatch?: number;
}

/** People at their screens: one request, one answer or none. Nothing is tried again here. */
export interface Desk {
  get(user: string, path: string): Promise<Reply>;
  post(ask: Ask): Promise<Reply>;
  /** The photograph that a command is about to name; the same however often it is brought. */
  bring(user: string, item: string): Promise<Reply>;
  /** Only for those who were not signed in before the api went away. */
  signIn(user: string): Promise<void>;
}

export function openDesk(api: () => string, passwordOf: (user: string) => string, patienceMs = 10_000): Desk {
  const tokens = new Map<string, string>();

  async function send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: object | Uint8Array<ArrayBuffer>,
  ): Promise<Reply> {
    try {
      const response = await fetch(api() + path, {
        method,
        headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
        ...(body && { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
        signal: AbortSignal.timeout(patienceMs),
      });
      const tag = /^"(\d+)"$/.exec(response.headers.get('etag') ?? '')?.[1];
      return {
        status: response.status,
        bytes: await response.text(),
        replayed: response.headers.get('idempotency-replayed') === 'true',
        etag: tag === undefined ? null : Number(tag),
      };
    } catch (error) {
      return { lost: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
    }
  }

  async function signIn(username: string): Promise<void> {
    if (tokens.has(username)) return;
    const reply = await send('POST', '/v1/login', {}, { username, password: passwordOf(username) });
    if ('lost' in reply || reply.status !== 200)
      throw new Error(`${username} cannot sign in: ${JSON.stringify(reply)}`);
    tokens.set(username, (JSON.parse(reply.bytes) as { token: string }).token); // as the contract has it
  }

  const as = async (user: string): Promise<Record<string, string>> => {
    await signIn(user);
    return { authorization: `Bearer ${tokens.get(user) ?? ''}`, 'accept-language': 'en' };
  };

  return {
    signIn,
    get: async (user, path) => await send('GET', path, await as(user)),
    async bring(user, item) {
      const headers = { ...(await as(user)), 'content-type': 'image/jpeg', 'file-name': 'lit.jpg' };
      return await send('POST', `/v1/cases/${item}/files`, headers, new Uint8Array(LIT.bytes));
    },
    async post({ user, path, body, key, ifMatch }) {
      const headers = { ...(await as(user)), 'idempotency-key': key ?? randomUUID() };
      const precondition: Record<string, string> = ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` };
      return await send('POST', path, { ...headers, ...precondition }, body ?? {});
    },
  };
}
