import { isIP, isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

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
  /** Addresses and networks of proxies in front of the api; empty: an address is whoever connects. */
  trustedProxies: string[];
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
  trustedProxies: string[];
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

/** What is set to nothing is not set. */
function valueOf(env: Env, name: string): string | undefined {
  return env[name] || undefined;
}

function required(env: Env, name: string): string {
  const value = valueOf(env, name);
  if (value === undefined) throw new ConfigError(`${name} 没有设置 · ${name} is not set`);
  return value;
}

function port(env: Env, name: string, fallback: number): number {
  const text = valueOf(env, name);
  if (text === undefined) return fallback;
  if (!isPort(text))
    throw new ConfigError(`${name} 须为 1 至 65535 的端口号 · ${name} must be a port number from 1 to 65535`);
  return Number(text);
}

/** Digits only: a number with a sign, a fraction, an exponent or a blank is somebody's slip. */
function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}

function portSetting(env: Env, setting: string, fallback: number): Port {
  return { number: port(env, setting, fallback), setting, asked: valueOf(env, setting) !== undefined };
}

function isHost(text: string): boolean {
  return isIP(text) !== 0 || /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?$/.test(text);
}

function host(env: Env, name: string, fallback: string): string {
  const value = valueOf(env, name) ?? fallback;
  if (!isHost(value))
    throw new ConfigError(
      `${name} 须为主机名或 IP 地址，不带协议和端口 · ${name} must be a host name or an IP address, without scheme or port`,
    );
  return value;
}

function address(env: Env, name: string): string | undefined {
  const value = valueOf(env, name);
  if (value === undefined) return undefined;
  const [, inBrackets, plain, number] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(value) ?? [];
  const named = inBrackets === undefined ? isHost(plain ?? '') : isIPv6(inBrackets);
  if (!named || !isPort(number ?? ''))
    throw new ConfigError(`${name} 须为 主机:端口 · ${name} must be host:port, without scheme or login`);
  return value;
}

/** Addresses or networks in CIDR, one after the other with commas between. */
function networks(env: Env, name: string): string[] {
  const texts = (valueOf(env, name) ?? '').split(',').map((text) => text.trim());
  const named = texts.filter((text) => text !== '');
  if (named.every(isNetwork)) return named;
  throw new ConfigError(
    `${name} 须为 IP 地址或网段，以逗号分隔 · ${name} must be IP addresses or networks like 10.0.0.0/8, with commas between`,
  );
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const most = isIPv6(address) ? 128 : 32;
  return isIP(address) !== 0 && more.length === 0 && (prefix === undefined || isUpTo(prefix, most));
}

const isUpTo = (text: string, most: number): boolean => /^(?:0|[1-9]\d{0,2})$/.test(text) && Number(text) <= most;

function namespace(env: Env): string {
  const value = valueOf(env, 'TEMPORAL_NAMESPACE') ?? 'four-lists';
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(value))
    throw new ConfigError(
      'TEMPORAL_NAMESPACE 只能含字母、数字、点、横线、下划线 · TEMPORAL_NAMESPACE may hold letters, digits, dots, dashes and underscores',
    );
  return value;
}

function path(name: string, value: string): string {
  if (value !== value.trim())
    throw new ConfigError(`${name} 首尾不得有空白 · ${name} must not begin or end with a blank`);
  return value;
}

/** What may follow the `?`: the driver lets everything there, even a login, win over what we set. */
const PARAMETERS = /^(?:ssl(?:mode|cert|key|rootcert|negotiation)|uselibpqcompat|application_name|connect_timeout)$/;

function postgresUrl(name: string, value: string): string {
  const wrong = (zh: string, en: string): ConfigError => new ConfigError(`${name} ${zh} · ${name} ${en}`);
  if (/\s/.test(value) || !URL.canParse(value) || !/^postgres(ql)?:$/.test(new URL(value).protocol))
    throw wrong('须为 postgresql:// 地址', 'must be a postgresql:// address');
  const url = new URL(value);
  // without a host no login can be put into the address, and roles with fewer rights would come in as the administrator
  if (url.hostname === '' || url.pathname.length < 2)
    throw wrong('须写明主机和数据库', 'must name a host and a database');
  if (![url.username, url.password, url.pathname].every(isDecodable))
    throw wrong('中的 % 编码有误', 'holds a % that encodes nothing');
  if ([...url.searchParams.keys()].some((key) => !PARAMETERS.test(key)))
    throw wrong('含有不支持的参数', 'has a parameter that is not supported; the login goes before the host');
  return value;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function logLevel(env: Env): LogLevel {
  const value = valueOf(env, 'LOG_LEVEL') ?? 'info';
  const level = logLevels.find((known) => known === value);
  if (!level) throw new ConfigError(`LOG_LEVEL 须为其一 · LOG_LEVEL must be one of ${logLevels.join(', ')}`);
  return level;
}

/** @throws ConfigError naming the variable; never its value, which may hold a password. */
export function readConfig(env: Env = process.env): Config {
  required(env, 'TEMPORAL_ADDRESS');
  return {
    databaseUrl: postgresUrl('APP_DATABASE_URL', required(env, 'APP_DATABASE_URL')),
    backgroundDatabaseUrl: postgresUrl('BACKGROUND_DATABASE_URL', required(env, 'BACKGROUND_DATABASE_URL')),
    temporalAddress: address(env, 'TEMPORAL_ADDRESS') ?? '',
    temporalNamespace: namespace(env),
    keyDir: path('KEY_DIR', required(env, 'KEY_DIR')),
    apiHost: host(env, 'API_HOST', '127.0.0.1'),
    apiPort: port(env, 'API_PORT', 3000),
    trustedProxies: networks(env, 'TRUSTED_PROXIES'),
    logLevel: logLevel(env),
  };
}

/** @throws ConfigError as `readConfig`. */
export function readStackConfig(env: Env = process.env): StackConfig {
  const url = valueOf(env, 'DATABASE_URL');
  const cache = valueOf(env, 'XDG_CACHE_HOME') ?? join(homedir(), '.cache');
  const config: StackConfig = {
    databaseUrl: url === undefined ? undefined : postgresUrl('DATABASE_URL', url),
    temporalAddress: address(env, 'TEMPORAL_ADDRESS'),
    temporalNamespace: namespace(env),
    dataDir: path('DATA_DIR', valueOf(env, 'DATA_DIR') ?? '.data'),
    cacheDir: path('FOUR_LISTS_CACHE', valueOf(env, 'FOUR_LISTS_CACHE') ?? join(cache, 'four-lists')),
    apiHost: host(env, 'API_HOST', '127.0.0.1'),
    apiPort: portSetting(env, 'API_PORT', 3000),
    trustedProxies: networks(env, 'TRUSTED_PROXIES'),
    temporalPort: portSetting(env, 'TEMPORAL_PORT', 7233),
    temporalUiPort: portSetting(env, 'TEMPORAL_UI_PORT', 8233),
    logLevel: logLevel(env),
  };
  if (config.temporalAddress === undefined)
    requireDifferent(config.apiPort, config.temporalPort, config.temporalUiPort);
  return config;
}

/** Each is looked at before any of them is listened on, so the second to come would only fail later. */
function requireDifferent(...ports: Port[]): void {
  for (const [at, one] of ports.entries()) {
    const other = ports.slice(at + 1).find(({ number }) => number === one.number);
    if (other)
      throw new ConfigError(
        `${one.setting} 和 ${other.setting} 是同一个端口 · ${one.setting} and ${other.setting} are the same port`,
      );
  }
}

/** The environment of this process, for children that need a PATH and a HOME; what they are to know is added by name. */
export function inheritedEnvironment(env: Env = process.env): Env {
  return { ...env };
}
