import { Writable } from 'node:stream';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import pino from 'pino';
import { type Limits, buildApp } from '../../api/app.ts';
import { createPrisma } from '../../api/prisma.ts';
import type { App } from '../../api/routes/command-route.ts';
import type { ItemId, OfficeId } from '../../domain/ids.ts';
import { testPassword } from '../support/constants.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** The application on a database of its own. Wakes are written down instead of sent: that is where the application ends. */
export interface Api {
  db: TestDatabase;
  app: App;
  woken: { office: OfficeId; item: ItemId }[];
  /** What is to happen when an item is woken; nothing unless a test says so. */
  onWake: (office: OfficeId, item: ItemId) => void;
  /** Every line of the log so far. */
  log: string[];
  /** A token of this account; one login for each, however often it is asked for. */
  tokenOf(username: string): Promise<string>;
  /** The next request of this account signs in anew. */
  forget(username: string): void;
  get(username: string, url: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  post(
    username: string,
    url: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<LightMyRequestResponse>;
  inject(options: InjectOptions): Promise<LightMyRequestResponse>;
  end(): Promise<void>;
}

export interface ApiOptions {
  simulation?: boolean;
  limits?: Partial<Limits>;
  trustedProxies?: string[];
  /** Somebody else's database, left open at the end. */
  db?: TestDatabase;
}

export async function createApi(options: ApiOptions = {}): Promise<Api> {
  const db = options.db ?? (await createTestDatabase({ simulation: options.simulation ?? false }));
  const prisma = createPrisma(db.app);
  const log: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log.push(chunk.toString('utf8'));
      done();
    },
  });
  const woken: Api['woken'] = [];
  const tokens = new Map<string, Promise<string>>();
  const app = await buildApp(
    {
      store: db.store,
      pool: db.app,
      prisma,
      wake: (office, item) => {
        woken.push({ office, item });
        api.onWake(office, item);
      },
      temporalReady: async () => false,
      trustedProxies: options.trustedProxies ?? [],
      logger: pino({ level: 'info' }, sink),
    },
    options.limits,
  );
  await app.ready();
  const api: Api = {
    db,
    app,
    woken,
    log,
    onWake: () => undefined,
    inject: async (request) => await app.inject(request),
    async tokenOf(username) {
      const known = tokens.get(username) ?? logIn(app, username);
      tokens.set(username, known);
      return await known;
    },
    forget(username) {
      tokens.delete(username);
    },
    async get(username, url, headers = {}) {
      const authorization = `Bearer ${await api.tokenOf(username)}`;
      return await app.inject({ method: 'GET', url, headers: { authorization, ...headers } });
    },
    async post(username, url, body, headers = {}) {
      const authorization = `Bearer ${await api.tokenOf(username)}`;
      const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      return await app.inject({ method: 'POST', url, headers: { authorization, ...type, ...headers }, ...payload });
    },
    async end() {
      await app.close();
      await prisma.$disconnect();
      if (!options.db) await db.end();
    },
  };
  return api;
}

async function logIn(app: App, username: string): Promise<string> {
  const payload = { username, password: testPassword(username) };
  const answer = await app.inject({ method: 'POST', url: '/v1/login', payload });
  if (answer.statusCode !== 200) throw new Error(`${username} could not sign in: ${answer.body}`);
  return answer.json<{ token: string }>().token;
}
