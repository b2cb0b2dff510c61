import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** SHA-256 over names and contents of the sources below these directories of the project. */
export async function sourcesHash(directories: readonly string[]): Promise<string> {
  const digest = createHash('sha256');
  for (const directory of directories) {
    const names = await readdir(join(ROOT, directory), { recursive: true });
    for (const name of names.filter((file) => /\.[jt]s$/.test(file)).sort())
      digest.update(`${directory}/${name}\n`).update(await readFile(join(ROOT, directory, name)));
  }
  return digest.digest('hex');
}

/** The code as every record names it: the package's version, and which rules and which door they came through. */
export async function buildOf(): Promise<string> {
  const text = await readFile(join(ROOT, 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string }; // npm refuses a package without one
  const sources = await sourcesHash(['domain', 'proof', 'record', 'workflows']);
  return `${version}+${sources.slice(0, 12)}`;
}
