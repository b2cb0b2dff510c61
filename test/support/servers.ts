import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { readStackConfig } from '../../config.ts';
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
import { freePort } from '../../stack/process-state.ts';
import { startTemporal } from '../../stack/temporal.ts';
import { findTemporal } from '../../stack/temporal-executable.ts';
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
  /** A Temporal server; each test file makes a namespace of its own there. */
  temporalAddress: string;
}

/** Nothing here outlives the run, so nothing needs to reach the disk. */
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

const undo: (() => Promise<void>)[] = [];

export async function setup(project: TestProject): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'four-lists-test-'));
  await chmod(directory, 0o755); // PostgreSQL runs as another user when this one is root
  undo.push(async () => await rm(directory, { recursive: true, force: true }));
  const postgres = await startEmbedded(join(directory, 'postgres'), FAST);
  undo.push(async () => await postgres.stop());
  const passwords = { app: 'app-of-a-test', background: 'background-of-a-test' };
  const keyDir = join(directory, 'keys');
  await prepareRoles(postgres.url(), passwords);
  await makeTemplates(postgres, keyDir, passwords);
  const temporalAddress = await startTemporalOfTheRun();
  project.provide('servers', { postgresUrl: postgres.url(), passwords, keyDir, temporalAddress });
}

export async function teardown(): Promise<void> {
  for (const step of undo.reverse()) await step();
}

/** One server for all files: several that start at once get in each other's way. */
async function startTemporalOfTheRun(): Promise<string> {
  const { cacheDir, temporalAddress } = readStackConfig();
  if (temporalAddress !== undefined) return temporalAddress;
  const { signal } = new AbortController();
  const say = (line: string): void => console.log(line);
  const { path } = await findTemporal({ cacheDir, say, signal });
  const port = await freePort();
  const server = await startTemporal({ executable: path, port, namespace: 'tests', log: say, signal });
  undo.push(async () => await server.stop('told'));
  return server.address;
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
