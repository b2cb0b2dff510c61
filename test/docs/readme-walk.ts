import { readFileSync } from 'node:fs';

/** The commands of the README's walk as one script, for a stack with these addresses instead of the usual ones. */
export function readmeWalk({ api, dataDir }: { api: string; dataDir: string }): string {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const walk = readme.slice(readme.indexOf('## A walk with curl'), readme.indexOf('## Commands'));
  const blocks = [...walk.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  return ['set -euo pipefail', ...blocks]
    .join('\n')
    .replaceAll('http://127.0.0.1:3000', api)
    .replaceAll("'.data/", `'${dataDir}/`);
}
