import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SampleLogin } from '../prisma/sample/load.ts';
import { StackError } from './ports.ts';
import { writeWhole } from './whole-file.ts';

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
  await writeWhole(file, `${JSON.stringify(logins, null, 1)}\n`);
  return logins;
}

/**
 * @returns undefined when there is no such file
 * @throws StackError when it is not what we wrote
 */
export async function readSampleLogins(file: string): Promise<SampleLogin[] | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const logins = parse(text);
  if (logins) return logins;
  throw new StackError(
    `${file} 已损坏：密码只保存在其中，请放回备份；数据库仍为空时可删除，会重新生成 · ${file} is damaged: the passwords are nowhere else, so put a copy back; as long as the database is empty, remove it and they are drawn again`,
  );
}

function parse(text: string): SampleLogin[] | undefined {
  try {
    const logins = JSON.parse(text) as SampleLogin[]; // written above; another hand may have been there, so each is looked at
    const whole = logins.every(
      ({ username, password, roles }) =>
        typeof username === 'string' && typeof password === 'string' && Array.isArray(roles),
    );
    return whole ? logins : undefined;
  } catch {
    return undefined;
  }
}

/** 72 random bits, short enough to be typed. */
function password(): string {
  return randomBytes(9).toString('base64url');
}
