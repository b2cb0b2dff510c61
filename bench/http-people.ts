import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { SampleLogin } from '../prisma/sample/load.ts';
import type { LifeStep } from './life.ts';

/** What people do over HTTP, at little cost to the machine: connections are kept, answers are read whole. */
export interface HttpPeople {
  /** @throws Error with the answer when the step is not applied */
  take(user: string, item: string | undefined, rev: number, step: LifeStep): Promise<{ id: string; rev: number }>;
  end(): void;
}

/** Everybody signs in once: logins are counted and slow on purpose, and a session lasts longer than a bench. */
export async function signIn(api: string, logins: readonly SampleLogin[], sockets: number): Promise<HttpPeople> {
  const { hostname, port } = new URL(api);
  const agent = new Agent({ keepAlive: true, maxSockets: sockets });

  async function post(path: string, given: Record<string, string>, content: object): Promise<string> {
    const body = Buffer.isBuffer(content) ? content : JSON.stringify(content);
    const headers = { 'content-type': 'application/json', ...given, 'content-length': Buffer.byteLength(body) };
    return await new Promise((done, fail) => {
      const sent = request({ agent, hostname, port, path, method: 'POST', headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('error', fail);
        response.on('end', () => {
          const { statusCode = 0 } = response;
          if (statusCode < 300) done(text);
          else fail(new Error(`POST ${path}: ${statusCode} ${text.slice(0, 300)}`));
        });
      });
      sent.on('error', fail);
      sent.end(body);
    });
  }

  const tokens = new Map<string, string>();
  for (const { username, password } of logins) {
    const { token } = JSON.parse(await post('/v1/login', {}, { username, password })) as { token: string }; // the contract's
    tokens.set(username, token);
  }
  return {
    async take(user, item, rev, { command, payload, texts, brings }) {
      const token = tokens.get(user);
      if (token === undefined) throw new Error(`${user} has not signed in`);
      const headers = {
        authorization: `Bearer ${token}`,
        'idempotency-key': randomUUID(),
        ...(item !== undefined && { 'if-match': `"${rev}"` }),
      };
      if (brings) {
        const file = { authorization: `Bearer ${token}`, 'content-type': 'image/jpeg', 'file-name': 'lit.jpg' };
        await post(`/v1/cases/${item}/files`, file, brings.bytes);
      }
      const path = item === undefined ? '/v1/cases' : `/v1/cases/${item}/${command}`;
      const answer = await post(path, headers, { ...payload, ...texts });
      return JSON.parse(answer) as { id: string; rev: number }; // the contract's
    },
    end: () => agent.destroy(),
  };
}
