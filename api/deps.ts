import type { FastifyBaseLogger } from 'fastify';
import type { Pool } from 'pg';
import type { ItemId, OfficeId, UserId } from '../domain/ids.ts';
import type { PrismaClient } from '../prisma/generated/client.ts';
import type { Store } from '../record/commit.ts';

/** What the application is built from; made once in server.ts, or by a test. */
export interface Deps {
  store: Store;
  /** Logins and sessions, and the office's clock. */
  pool: Pool;
  /** Read models only; every read inside a transaction that names its office. */
  prisma: PrismaClient;
  /** Wakes the item's workflow. Returns at once; a wake that is lost is made good by the waker. */
  wake: (office: OfficeId, item: ItemId) => void;
  /** Addresses of proxies in front, whose word on where a request comes from is taken; empty: nobody's. */
  trustedProxies: string[];
  /** Whether Temporal answers, for the readiness page; people never wait for it. */
  temporalReady: () => Promise<boolean>;
  logger: FastifyBaseLogger;
}

/** Who asks, from the session; grants are read in the transaction, never from here. */
export interface Session {
  office: OfficeId;
  user: UserId;
}
