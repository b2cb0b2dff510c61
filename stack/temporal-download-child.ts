// Run by temporal-download.ts: fetches the CLI into a directory, in the way of the SDK's own test environment.
//   temporal-download-child.ts <directory> <version>
import { Runtime } from '@temporalio/worker';

const [, , directory = '.', version = 'default'] = process.argv;
const YEAR_MS = 365 * 24 * 3_600_000;
try {
  const runtime = Runtime.instance();
  const server = await runtime.createEphemeralServer({
    type: 'dev-server',
    exe: { type: 'cached-download', downloadDir: directory, version, ttl: YEAR_MS, sdkName: '', sdkVersion: '' },
    namespace: 'default',
    ip: '127.0.0.1',
    port: null,
    uiPort: null,
    dbFilename: null,
    ui: false,
    log: { format: 'pretty', level: 'never' },
    extraArgs: [],
  });
  await runtime.shutdownEphemeralServer(server); // it cannot be downloaded without being started once
} catch (error) {
  const causes = [];
  for (let at = error; at instanceof Error; at = at.cause) causes.push(at.message);
  process.stderr.write(`${causes.join(': ').replaceAll('\n', ' ')}\n`);
  process.exitCode = 1;
}
