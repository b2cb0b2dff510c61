import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { parseInstant } from '../../domain/time.ts';
import { loadSample } from '../../prisma/sample/load.ts';
import {
  createDatabase,
  databaseUrls,
  makeSimulation,
  ownerPool,
  prepareRoles,
  prepareSchema,
  type RolePasswords,
} from '../../stack/database.ts';
import { type EmbeddedPostgres, startEmbedded } from '../../stack/embedded-postgres.ts';
import { SIMULATION_START, TEMPLATE, TEMPLATE_SIMULATION, testPassword } from './constants.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    servers: Servers;
  }
}

/** What one run of the tests shares; started once, before the first file. */
export interface Servers {
  /** A superuser's login to the server's own database. */
  postgresUrl: string;
  passwords: RolePasswords;
  keyDir: string;
}

/** Nothing here outlives the run, so nothing needs to reach the disk. */
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

let stop: () => Promise<void> = async () => undefined;

export async function setup(project: TestProject): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'four-lists-test-'));
  const postgres = await startEmbedded(join(directory, 'postgres'), FAST);
  stop = async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
  const passwords = { app: 'app-of-a-test', background: 'background-of-a-test' };
  const keyDir = join(directory, 'keys');
  await prepareRoles(postgres.url(), passwords);
  await makeTemplates(postgres, keyDir, passwords);
  project.provide('servers', { postgresUrl: postgres.url(), passwords, keyDir });
}

export async function teardown(): Promise<void> {
  await stop();
}

/** Two databases to copy: the sample office on the real clock, and in a simulation. */
async function makeTemplates(postgres: EmbeddedPostgres, keyDir: string, passwords: RolePasswords): Promise<void> {
  for (const name of [TEMPLATE, TEMPLATE_SIMULATION]) {
    await createDatabase(postgres.url(), name);
    const { adminUrl } = databaseUrls(postgres.url(name), passwords);
    await prepareSchema(adminUrl);
    const owner = ownerPool(adminUrl);
    try {
      if (name === TEMPLATE_SIMULATION) await makeSimulation(owner, parseInstant(SIMULATION_START));
      await loadSample(owner, keyDir, testPassword);
    } finally {
      await owner.end();
    }
  }
}
