import { randomUUID } from 'node:crypto';
import { steps } from '../../stack/story-steps.ts';
import type { Site } from './stack-process.ts';

/** What came back over HTTP; status 0 when nothing did. */
export interface Answer {
  status: number;
  code: string;
  id: string;
  type: string;
}

/** Somebody who brings in demands over HTTP, remembers what was accepted, and sends the rest again with the same keys. */
export interface Reporter {
  submit(key?: string): Promise<Answer>;
  /** Sends again whatever was not accepted. @returns how many are left */
  repeat(): Promise<number>;
  /** Ids of the cases that were accepted, by the key. */
  accepted: Map<string, string>;
  /** Every case that the office has, page by page. */
  listed(): Promise<string[]>;
}

async function ask(url: string, options: RequestInit): Promise<Answer & { body: Record<string, unknown> }> {
  try {
    const response = await fetch(url, { ...options, signal: AbortSignal.timeout(15_000) });
    const type = response.headers.get('content-type') ?? '';
    const body = (await response.json()) as Record<string, unknown>;
    const { code, id } = body as { code?: string; id?: string };
    return { status: response.status, code: code ?? '', id: id ?? '', type, body };
  } catch (error) {
    const { name } = error instanceof Error ? error : { name: '' };
    return { status: 0, code: name, id: '', type: '', body: {} }; // nobody listens, or the connection broke
  }
}

export async function createReporter(site: Site): Promise<Reporter> {
  const { api } = site.info();
  const json = { 'content-type': 'application/json' };
  const token = async (username: string): Promise<string> => {
    const password = site.logins().find((login) => login.username === username)?.password;
    const body = JSON.stringify({ username, password });
    const { body: answer } = await ask(`${api}/v1/login`, { method: 'POST', headers: json, body });
    return String(answer['token']);
  };
  const [own, reader] = [await token('grid1'), await token('intake1')];
  const accepted = new Map<string, string>();
  const open = new Set<string>();
  const body = JSON.stringify(steps[0]?.body);
  const reporter: Reporter = {
    accepted,
    async submit(key = randomUUID()) {
      open.add(key);
      const headers = { ...json, authorization: `Bearer ${own}`, 'idempotency-key': key };
      const answer = await ask(`${api}/v1/cases`, { method: 'POST', headers, body });
      if (answer.status === 201) {
        open.delete(key);
        accepted.set(key, answer.id);
      }
      return answer;
    },
    async repeat() {
      for (const key of open) await reporter.submit(key);
      return open.size;
    },
    async listed() {
      const ids: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const headers = { authorization: `Bearer ${reader}` };
        const { status, body: page } = await ask(`${api}/v1/cases?limit=100${query}`, { headers });
        if (status !== 200) throw new Error(`the list was answered with ${status}`);
        ids.push(...(page['items'] as { id: string }[]).map(({ id }) => id));
        cursor = page['next'] as string | null; // as the contract has it
      }
      return ids;
    },
  };
  return reporter;
}
