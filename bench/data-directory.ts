import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readStackConfig } from '../config.ts';
import { type DatabaseUrls, rolePasswords } from '../stack/database.ts';
import { startEmbedded } from '../stack/embedded-postgres.ts';
import { openOfficeDatabase } from '../stack/office-database.ts';

/** The database of `npm start`: the embedded one of DATA_DIR, started if it does not run, or the user's own. */
export interface DataDirectory {
  urls: DatabaseUrls;
  keyDir: string;
}

/** Opens it, fills an empty one with the sample office, and leaves it as it was found: running or not. */
export async function inDataDirectory<T>(
  say: (line: string) => void,
  work: (directory: DataDirectory) => Promise<T>,
): Promise<T> {
  const config = readStackConfig();
  const dataDir = resolve(config.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o755 });
  const ours = config.databaseUrl === undefined;
  const postgres = ours ? await startEmbedded(join(dataDir, 'postgres'), {}, say) : undefined;
  try {
    const { urls } = await openOfficeDatabase({
      url: postgres?.url() ?? config.databaseUrl ?? '',
      ours,
      passwords: await rolePasswords(join(dataDir, 'database-roles.json'), say),
      dataDir,
      options: { help: false, story: false, sample: true, simulationFrom: undefined },
      say,
    });
    return await work({ urls, keyDir: join(dataDir, 'keys') });
  } finally {
    if (postgres && !postgres.attached) await postgres.stop(); // one that was running already is somebody's
  }
}
