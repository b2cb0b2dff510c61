import { DefaultLogger, type Logger, Runtime } from '@temporalio/worker';
import type { Logger as Pino } from 'pino';

/**
 * The SDK's own words go into our log, from `warn` on; those of its native core too. Once per process, before anything
 * else of the SDK. Signals are ours: the process decides in which order it stops.
 */
export function installRuntime(logger: Pino): Logger {
  const sdkLogger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    const line = { ...meta, sdk: true };
    if (level === 'ERROR') logger.error(line, message);
    else logger.warn(line, message);
  });
  Runtime.install({
    logger: sdkLogger,
    // the client in the core tells of each of its tries while Temporal is away, several a second
    telemetryOptions: { logging: { forward: {}, filter: 'error,temporalio_sdk_core=warn' } },
    shutdownSignals: [],
  });
  return sdkLogger;
}
