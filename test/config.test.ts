import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig, readStackConfig } from '../config.ts';
import { readOptions } from '../stack/options.ts';
import { StackError } from '../stack/ports.ts';

/** Stands wherever a password may stand, and must be in no message. */
const SECRET = 'hunter2';
const DATABASE = `postgresql://owner:${SECRET}@db.example:5432/four_lists`;

const programs = {
  APP_DATABASE_URL: DATABASE,
  BACKGROUND_DATABASE_URL: DATABASE,
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  KEY_DIR: '/var/keys',
};

/** What both readers say to an environment; the one for programs gets what it cannot do without. */
function complaints(setting: string, value: string): string[] {
  const attempts = [
    () => readConfig({ ...programs, [setting]: value }),
    () => readStackConfig({ DATABASE_URL: DATABASE, [setting]: value }),
  ];
  return attempts.flatMap((attempt) => {
    try {
      attempt();
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return [error.message];
    }
  });
}

const PORTS = ['API_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'];
const NO_PORT = [
  '0',
  '-1',
  '65536',
  '1e3',
  '0x50',
  '3000.0',
  ' 3000',
  '3000 ',
  '3 000',
  'http',
  '99999999999999999999',
  '３０００',
];
const NO_NETWORKS = [
  'proxy.example',
  '10.0.0.0/33',
  '::1/129',
  '10.0.0.1/',
  '10.0.0.1/8/8',
  '10.0.0.256',
  'true',
  '*',
  `10.0.0.1 ${SECRET}`,
];
const DATABASES = ['DATABASE_URL', 'APP_DATABASE_URL', 'BACKGROUND_DATABASE_URL'];
const NO_DATABASE: [string, string][] = [
  ['words', `the password is ${SECRET}`],
  ['another scheme', `mysql://owner:${SECRET}@db/four_lists`],
  ['no scheme', `owner:${SECRET}@db:5432/four_lists`],
  ['a blank at its end', `${DATABASE} `],
  ['a line feed in it', DATABASE.replace('@', '\n@')],
  ['no host: the roles could not log in as themselves', 'postgresql:///four_lists'],
  ['no database', `postgresql://owner:${SECRET}@db.example`],
  ['a slash for a database', `postgresql://owner:${SECRET}@db.example/`],
  ['a port beyond all ports', `postgresql://owner:${SECRET}@db.example:70000/four_lists`],
  ['a % in its password that encodes nothing', `postgresql://owner:${SECRET}%ZZ@db.example/four_lists`],
  ['a login among its parameters, which would win over every other', `${DATABASE}?user=owner&password=${SECRET}`],
  ['options of its own, which would win over ours', `${DATABASE}?options=-c%20role%3D${SECRET}`],
  ['a host among its parameters', `${DATABASE}?host=${SECRET}`],
];
const NO_ADDRESS: [string, string][] = [
  ['no port', 'temporal.example'],
  ['a scheme', 'https://temporal.example:7233'],
  ['a login', `user:${SECRET}@temporal.example:7233`],
  ['a token before the host', `${SECRET}@temporal.example:7233`],
  ['port 0', 'temporal.example:0'],
  ['a port beyond all ports', 'temporal.example:99999'],
  ['a blank', 'temporal.example: 7233'],
  ['no host', ':7233'],
  ['a path', 'temporal.example:7233/x'],
  ['an IPv6 address without brackets', '::1:7233'],
  ['brackets around a name', '[temporal.example]:7233'],
];
const NO_HOST = [
  'http://localhost',
  'localhost:3000',
  'a b',
  ' localhost',
  'localhost ',
  '-',
  `x@${SECRET}`,
  '/run/api.sock',
  '主机',
];

const refused: [string, string, string][] = [
  ...PORTS.flatMap((setting) => NO_PORT.map((value): [string, string, string] => [setting, `"${value}"`, value])),
  ...DATABASES.flatMap((setting) =>
    NO_DATABASE.map(([what, value]): [string, string, string] => [setting, what, value]),
  ),
  ...NO_ADDRESS.map(([what, value]): [string, string, string] => ['TEMPORAL_ADDRESS', what, value]),
  ...NO_HOST.map((value): [string, string, string] => ['API_HOST', `"${value}"`, value]),
  ...['a b', ' x', '/', '名', 'x'.repeat(201), `a:${SECRET}`].map((value): [string, string, string] => [
    'TEMPORAL_NAMESPACE',
    `"${value.slice(0, 20)}"`,
    value,
  ]),
  ...NO_NETWORKS.map((value): [string, string, string] => ['TRUSTED_PROXIES', `"${value.slice(0, 14)}"`, value]),
  ...['INFO', 'verbose', ' info', '30', SECRET].map((value): [string, string, string] => [
    'LOG_LEVEL',
    `"${value}"`,
    value,
  ]),
  ...['DATA_DIR', 'KEY_DIR', 'FOUR_LISTS_CACHE'].flatMap((setting) =>
    [' ', ' data', 'data ', 'data\n'].map((value): [string, string, string] => [setting, JSON.stringify(value), value]),
  ),
];

describe('a setting that is wrong is named in both languages, and its value is not told', () => {
  test.each(refused)('%s: %s', (setting, _what, value) => {
    const said = complaints(setting, value);
    expect(said).not.toEqual([]);
    for (const message of said) {
      expect(message).toContain(setting);
      expect(message).toMatch(/[\u4e00-\u9fff].* · .*[a-z]/s);
      expect(message).not.toContain(SECRET);
    }
  });
});

test.each(['APP_DATABASE_URL', 'BACKGROUND_DATABASE_URL', 'TEMPORAL_ADDRESS', 'KEY_DIR'])(
  'a program without %s, or with an empty one, does not start',
  (setting) => {
    for (const value of [undefined, ''])
      expect(() => readConfig({ ...programs, [setting]: value })).toThrow(`${setting} is not set`);
  },
);

test('what is set to nothing has its default', () => {
  const nothing = Object.fromEntries(
    [
      ...PORTS,
      ...DATABASES,
      'TEMPORAL_ADDRESS',
      'TEMPORAL_NAMESPACE',
      'DATA_DIR',
      'FOUR_LISTS_CACHE',
      'XDG_CACHE_HOME',
      'API_HOST',
      'TRUSTED_PROXIES',
      'LOG_LEVEL',
    ].map((setting) => [setting, '']),
  );
  const defaults = {
    databaseUrl: undefined,
    temporalAddress: undefined,
    temporalNamespace: 'four-lists',
    dataDir: '.data',
    cacheDir: join(homedir(), '.cache', 'four-lists'),
    apiHost: '127.0.0.1',
    apiPort: { number: 3000, setting: 'API_PORT', asked: false },
    trustedProxies: [],
    temporalPort: { number: 7233, setting: 'TEMPORAL_PORT', asked: false },
    temporalUiPort: { number: 8233, setting: 'TEMPORAL_UI_PORT', asked: false },
    logLevel: 'info',
  };
  expect(readStackConfig(nothing)).toEqual(defaults);
  expect(readStackConfig({})).toEqual(defaults);
  expect(readConfig({ ...programs, API_PORT: '', LOG_LEVEL: '' })).toMatchObject({ apiPort: 3000, logLevel: 'info' });
});

test.each([
  ['API_PORT', '1'],
  ['API_PORT', '65535'],
  ['API_HOST', '::'],
  ['API_HOST', '0.0.0.0'],
  ['API_HOST', 'office-1.example'],
  ['TRUSTED_PROXIES', '127.0.0.1'],
  ['TRUSTED_PROXIES', '10.0.0.0/8, ::1 ,fd00::/8'],
  ['TEMPORAL_ADDRESS', '[::1]:7233'],
  ['TEMPORAL_ADDRESS', 'temporal:443'],
  ['TEMPORAL_NAMESPACE', 'four-lists.a1b2c'],
  ['DATA_DIR', 'a directory/with blanks'],
  ['DATABASE_URL', 'postgres://owner@[::1]/db?sslmode=verify-full&sslrootcert=/etc/ca.pem'],
  ['APP_DATABASE_URL', 'postgresql://owner:p%40ss@db.example/four_lists?application_name=api'],
  ['LOG_LEVEL', 'silent'],
])('%s=%s is welcome', (setting, value) => expect(complaints(setting, value)).toEqual([]));

test.each([
  ['API_PORT', 'TEMPORAL_PORT', { API_PORT: '7233' }],
  ['API_PORT', 'TEMPORAL_UI_PORT', { API_PORT: '8233' }],
  ['TEMPORAL_PORT', 'TEMPORAL_UI_PORT', { TEMPORAL_PORT: '5000', TEMPORAL_UI_PORT: '5000' }],
])('%s and %s cannot be the same port', (one, other, env) => {
  expect(() => readStackConfig(env)).toThrow(`${one} and ${other} are the same port`);
});

test('ports of a Temporal of ours do not matter when there is another', () => {
  expect(readStackConfig({ TEMPORAL_ADDRESS: 'temporal:7233', API_PORT: '7233' }).apiPort.number).toBe(7233);
});

describe('the options of npm start', () => {
  test('are none, and the story is told', () => {
    expect(readOptions([])).toEqual({ help: false, story: true, sample: false, simulationFrom: undefined });
    expect(readOptions(['--no-story', '--sample'])).toMatchObject({ story: false, sample: true });
  });

  test('say where the clock of a simulation starts', () => {
    expect(readOptions(['--simulation']).simulationFrom).toBe(Date.parse('2026-03-02T09:00:00+08:00'));
    const from = ['--simulation', '--from', '2026-05-01T00:00:00Z'];
    expect(readOptions(from).simulationFrom).toBe(Date.parse('2026-05-01T00:00:00Z'));
  });

  test.each([
    ['an option that is not there', ['--storyless'], "Unknown option '--storyless'"],
    ['a short one that is not there', ['-x'], "Unknown option '-x'"],
    ['a word', ['start'], "Unexpected argument 'start'"],
    ['a value for a switch', ['--sample=yes'], "Option '--sample' does not take an argument"],
    ['--from without a time', ['--simulation', '--from'], "Option '--from <value>' argument missing"],
    ['--from with no time', ['--simulation', '--from', 'monday'], '--from: an instant is written like'],
    [
      '--from without an offset',
      ['--simulation', '--from', '2026-03-02T09:00:00'],
      '--from: an instant needs an offset',
    ],
    [
      '--from on a day that there is not',
      ['--simulation', '--from', '2026-02-30T09:00:00Z'],
      '--from: there is no such',
    ],
    ['--from in another century', ['--simulation', '--from', '1926-03-02T09:00:00Z'], 'in the years 2000 to 2099'],
    ['--from for the real clock', ['--from', '2026-03-02T09:00:00Z'], '--from is for --simulation'],
  ])('are refused with the list of them: %s', (_what, args, why) => {
    const reading = (): unknown => readOptions(args);
    expect(reading).toThrow(StackError);
    expect(reading).toThrow(new RegExp(`^[^\\n]*${why.replaceAll(/[<>-]/g, '\\$&')}[^]*--no-story`));
  });
});
