import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type Logger } from '@temporalio/worker';
import { sha256 } from '../proof/record.ts';
import { sourcesHash } from '../record/build.ts';

const CACHE = fileURLToPath(new URL('../node_modules/.cache/four-lists', import.meta.url));
const WORKFLOWS = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

/** The workflows as one script. Building takes seconds, so it is kept under the hash of what it was made from. */
export async function workflowBundle(logger: Logger): Promise<{ code: string }> {
  const file = join(CACHE, `workflows-${await contentKey()}.js`);
  const kept = await readFile(file, 'utf8').catch(() => undefined); // not built yet
  if (kept !== undefined) return { code: kept };
  const { code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger });
  await keep(file, code).catch(() => undefined); // read-only dependencies: it is built again next time
  return { code };
}

/** What a kept history needs to be executed again: version of Temporal's SDK, SHA-256 of the bundle. */
export function codeOf({ code }: { code: string }): { sdk: string; bundle: string } {
  return { sdk: sdkVersion(), bundle: sha256(code) };
}

function sdkVersion(): string {
  const require = createRequire(import.meta.url);
  const { version } = require('@temporalio/worker/package.json') as { version: string }; // npm refuses one without
  return version;
}

async function contentKey(): Promise<string> {
  return `${sdkVersion()}-${(await sourcesHash(['domain', 'workflows'])).slice(0, 24)}`;
}

/** Whole or not at all: another process may be reading it. */
async function keep(file: string, code: string): Promise<void> {
  const half = `${file}.${process.pid}`;
  await mkdir(CACHE, { recursive: true });
  await writeFile(half, code);
  await rename(half, file);
}
