import { join } from 'node:path';
import { homedir } from 'node:os';

/** What api and worker need to run; every value arrives through the environment and nowhere else. */
export interface Config {
  /** Login of the application role; row level security holds for it. */
  databaseUrl: string;
  /** Login of the background role; sees ids and due instants of every office, nothing else. */
  backgroundDatabaseUrl: string;
  temporalAddress: string;
  temporalNamespace: string;
  /** Directory of the office keys, readable by its owner only. */
  keyDir: string;
  apiHost: string;
  apiPort: number;
  logLevel: LogLevel;
}

/** What `npm start` and the tests need to bring the servers up. */
export interface StackConfig {
  /** An owner's login to a PostgreSQL of the user's own; absent: the embedded one. */
  databaseUrl: string | undefined;
  temporalAddress: string | undefined;
  temporalNamespace: string;
  dataDir: string;
  cacheDir: string;
  apiHost: string;
  apiPort: Port;
  temporalPort: Port;
  temporalUiPort: Port;
  logLevel: LogLevel;
}

/** A port to listen on; one that nobody asked for may be exchanged for a free one. */
export interface Port {
  number: number;
  /** Name of the environment variable that sets it. */
  setting: string;
  asked: boolean;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export class ConfigError extends Error {
  override name = 'ConfigError';
}

type Env = Record<string, string | undefined>;

function required(env: Env, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new ConfigError(`${name} is not set`);
  return value;
}

function port(env: Env, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw new ConfigError(`${name} must be a port number from 1 to 65535`);
  return value;
}

function portSetting(env: Env, setting: string, fallback: number): Port {
  return { number: port(env, setting, fallback), setting, asked: Boolean(env[setting]) };
}

function address(env: Env, name: string): string | undefined {
  const value = env[name];
  if (value === undefined || value === '') return undefined;
  if (!/^[^\s:/]+:\d{1,5}$/.test(value)) throw new ConfigError(`${name} must be host:port`);
  return value;
}

function postgresUrl(name: string, value: string): string {
  if (!URL.canParse(value) || !/^postgres(ql)?:$/.test(new URL(value).protocol))
    throw new ConfigError(`${name} must be a postgresql:// address`);
  return value;
}

function logLevel(env: Env): LogLevel {
  const value = env['LOG_LEVEL'] || 'info';
  const level = logLevels.find((known) => known === value);
  if (!level) throw new ConfigError(`LOG_LEVEL must be one of ${logLevels.join(', ')}`);
  return level;
}

/** @throws ConfigError naming the variable; never its value, which may hold a password. */
export function readConfig(env: Env = process.env): Config {
  const temporalAddress = address(env, 'TEMPORAL_ADDRESS');
  if (!temporalAddress) throw new ConfigError('TEMPORAL_ADDRESS is not set');
  return {
    databaseUrl: postgresUrl('APP_DATABASE_URL', required(env, 'APP_DATABASE_URL')),
    backgroundDatabaseUrl: postgresUrl('BACKGROUND_DATABASE_URL', required(env, 'BACKGROUND_DATABASE_URL')),
    temporalAddress,
    temporalNamespace: env['TEMPORAL_NAMESPACE'] || 'four-lists',
    keyDir: required(env, 'KEY_DIR'),
    apiHost: env['API_HOST'] || '127.0.0.1',
    apiPort: port(env, 'API_PORT', 3000),
    logLevel: logLevel(env),
  };
}

/** @throws ConfigError as `readConfig`. */
export function readStackConfig(env: Env = process.env): StackConfig {
  const url = env['DATABASE_URL'];
  return {
    databaseUrl: url ? postgresUrl('DATABASE_URL', url) : undefined,
    temporalAddress: address(env, 'TEMPORAL_ADDRESS'),
    temporalNamespace: env['TEMPORAL_NAMESPACE'] || 'four-lists',
    dataDir: env['DATA_DIR'] || '.data',
    cacheDir: env['FOUR_LISTS_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'four-lists'),
    apiHost: env['API_HOST'] || '127.0.0.1',
    apiPort: portSetting(env, 'API_PORT', 3000),
    temporalPort: portSetting(env, 'TEMPORAL_PORT', 7233),
    temporalUiPort: portSetting(env, 'TEMPORAL_UI_PORT', 8233),
    logLevel: logLevel(env),
  };
}

/** The environment of this process, for children that need a PATH and a HOME; what they are to know is added by name. */
export function inheritedEnvironment(env: Env = process.env): Env {
  return { ...env };
}
