import { join, resolve } from 'node:path';
import { readStackConfig } from '../config.ts';
import { explain } from './explain.ts';
import { StackError } from './ports.ts';
import { readSampleLogins } from './sample-logins.ts';
import { readStackInfo } from './stack-info.ts';
import { StoryError } from './story-client.ts';
import { tellStory, walkSilently } from './tell-story.ts';

const USAGE = `npm run story [-- --json]
  在运行中的系统上走完一个诉求的五个阶段 · walks one demand through all five stages on the running stack
  --json   只输出一行 JSON · prints one line of JSON instead`;

async function main(args: string[]): Promise<void> {
  const unknown = args.find((arg) => !['--json', '--help', '-h'].includes(arg));
  if (unknown !== undefined) throw new StackError(`${unknown}?\n${USAGE}`);
  if (args.includes('--help') || args.includes('-h')) return console.log(USAGE);
  const dataDir = resolve(readStackConfig().dataDir);
  const info = await readStackInfo(dataDir);
  if (!info) throw new StackError('系统没有在运行，请先 npm start · nothing is running here: npm start first');
  const logins = await readSampleLogins(join(dataDir, 'sample-logins.json'));
  if (!logins)
    throw new StackError(
      `${dataDir} 里没有样例账号；空数据库可用 npm start -- --sample 装入样例街道，已有街道则请放回该文件的备份 · there are no sample logins: npm start -- --sample loads the sample office into an empty database; if it is loaded already, put back a copy of the file`,
    );
  if (args.includes('--json')) console.log(JSON.stringify(await walkSilently({ info, logins })));
  else await tellStory({ info, logins }, console.log);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof StoryError ? error.message : (explain(error) ?? error));
  process.exitCode = 1;
}
