import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { inject } from 'vitest';
import type { Store } from '../../record/commit.ts';
import { createPool } from '../../record/pool.ts';
import { officeKeys } from '../../record/seal.ts';
import { createDatabase, databaseUrls, type DatabaseUrls, ownerPool } from '../../stack/database.ts';
import { TEMPLATE, TEMPLATE_SIMULATION } from './constants.ts';

/** A database of the test's own: the sample office, freshly copied. */
export interface TestDatabase {
  urls: DatabaseUrls;
  keyDir: string;
  /** The application's login. */
  app: Pool;
  /** The loops' login. */
  background: Pool;
  /** The owner of the schema: row level security holds for it too. */
  owner: Pool;
  /** A superuser: sees everything, for looking at what the others must not. */
  admin: Pool;
  store: Store;
  end(): Promise<void>;
}

/** Takes under 100 ms. The database goes with the server at the end of the run. */
export async function createTestDatabase({ simulation = false } = {}): Promise<TestDatabase> {
  const { postgresUrl, passwords, keyDir } = inject('servers');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await copyTemplate(postgresUrl, name, simulation ? TEMPLATE_SIMULATION : TEMPLATE);
  const address = new URL(postgresUrl);
  address.pathname = `/${name}`;
  const urls = databaseUrls(address.href, passwords);
  const app = createPool(urls.appUrl, 8);
  const background = createPool(urls.backgroundUrl, 8);
  const owner = ownerPool(urls.adminUrl);
  const admin = createPool(urls.adminUrl, 2);
  return {
    urls,
    keyDir,
    app,
    background,
    owner,
    admin,
    store: { pool: app, keyOf: officeKeys(keyDir), build: 'test' },
    async end() {
      await Promise.all([app, background, owner, admin].map(async (pool) => await pool.end()));
    },
  };
}

/** PostgreSQL copies a template for one session at a time: another test file may be copying it just now. */
async function copyTemplate(server: string, name: string, template: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await createDatabase(server, name, template);
      return;
    } catch (error) {
      const busy = error instanceof Error && 'code' in error && error.code === '55006';
      if (!busy || tries >= 100) throw error;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}
