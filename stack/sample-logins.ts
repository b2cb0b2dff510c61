import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { SampleLogin } from '../prisma/sample/load.ts';

const OFFICE = new URL('../prisma/sample/office.json', import.meta.url);

/**
 * The accounts of the sample office with random passwords, kept in a file that only its owner reads. Written before the
 * accounts are made: a start that breaks off between the two leaves no account whose password nobody knows.
 */
export async function sampleLogins(file: string): Promise<SampleLogin[]> {
  const known = await readSampleLogins(file);
  if (known) return known;
  const { users } = JSON.parse(await readFile(OFFICE, 'utf8')) as { users: { username: string; roles: string[] }[] }; // ours
  const logins = users.map(({ username, roles }) => ({ username, password: password(), roles }));
  await writeFile(file, `${JSON.stringify(logins, null, 1)}\n`, { mode: 0o600 });
  return logins;
}

/** @returns undefined when there is no such file. */
export async function readSampleLogins(file: string): Promise<SampleLogin[] | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as SampleLogin[]; // written above
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** 72 random bits, short enough to be typed. */
function password(): string {
  return randomBytes(9).toString('base64url');
}
