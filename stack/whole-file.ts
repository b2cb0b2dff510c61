import { rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a file that only its owner reads, whole or not at all: a full disk or a power cut leaves what was there before.
 * @throws the system's error
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const half = `${file}.${process.pid}`;
  try {
    await writeFile(half, text, { mode: 0o600, flush: true });
    await rename(half, file);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
}
