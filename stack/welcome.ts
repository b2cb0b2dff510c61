import { join, relative } from 'node:path';
import type { SampleLogin } from '../prisma/sample/load.ts';
import type { Stack } from './bring-up.ts';
import { people } from './sample-office.ts';

/** What to know once everything runs; passwords only when they were made just now. */
export function welcome({ info, loaded }: Stack, dataDir: string, tookMs: number): string {
  const { api, temporal, simulation } = info;
  return [
    '',
    `已就绪（${(tookMs / 1000).toFixed(1)} s）· ready${simulation ? '（模拟时钟 · simulation clock）' : ''}`,
    `  API          ${api}/v1`,
    `  OpenAPI      ${api}/docs`,
    `  Temporal UI  ${temporal.ui ?? `${temporal.address} (namespace ${temporal.namespace})`}`,
    '',
    ...(loaded ? introduce(loaded, dataDir) : []),
    '试一试 · try next:  npm run story',
    '',
  ].join('\n');
}

/** One account for each role, best one that has no other. */
function introduce(logins: SampleLogin[], dataDir: string): string[] {
  const near = relative('.', dataDir);
  const file = join(near.startsWith('..') ? dataDir : near, 'sample-logins.json');
  const roles = [...new Set(logins.flatMap((login) => login.roles))];
  const rows = roles.map((role) => {
    const holders = logins.filter((login) => login.roles.includes(role));
    const login = holders.find(({ roles }) => roles.length === 1) ?? holders[0];
    const { zh, en } = people.role(role);
    return `  ${(login?.username ?? '').padEnd(11)} ${login?.password ?? ''}   ${zh} · ${en}`;
  });
  return [
    `样例账号，密码仅显示这一次，保存在 ${file} · sample logins, shown this once and kept in ${file}:`,
    ...rows,
    '',
  ];
}
