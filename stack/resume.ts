import { resolve } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { countOpen, resume } from '../background/reconciler.ts';
import { wake } from '../background/wake.ts';
import { readStackConfig } from '../config.ts';
import { createPool } from '../record/pool.ts';
import { StackError } from './ports.ts';
import { createProgress } from './progress.ts';
import { readStackInfo, type StackInfo } from './stack-info.ts';

const USAGE = `npm run resume
  唤醒每个未归档的事项，例如在恢复备份之后 · wakes every open item, for example after a backup was restored`;

async function main(args: string[]): Promise<void> {
  const unknown = args.find((arg) => !['--help', '-h'].includes(arg));
  if (unknown !== undefined) throw new StackError(`${unknown}?\n${USAGE}`);
  if (args.length > 0) return console.log(USAGE);
  const info = await readStackInfo(resolve(readStackConfig().dataDir));
  if (!info) throw new StackError('系统没有在运行，请先 npm start · nothing is running here: npm start first');
  const failed = await wakeAll(info);
  if (failed > 0)
    throw new StackError(`Temporal 未接受 ${failed} 个，请再试 · Temporal did not take ${failed} of them: try again`);
}

/** @returns how many could not be woken */
async function wakeAll({ loopsUrl, temporal }: StackInfo): Promise<number> {
  const loops = createPool(loopsUrl, 1);
  const connection = await Connection.connect({ address: temporal.address, connectTimeout: '5 seconds' });
  const client = new Client({ connection, namespace: temporal.namespace });
  try {
    const open = await countOpen(loops);
    const progress = createProgress('正在唤醒 · waking', Math.max(1, open));
    const { woken, failed } = await resume(
      loops,
      async (ref) => await wake(client, ref),
      () => progress.step(),
    );
    progress.end(`已唤醒 ${woken} 个未归档事项 · woke ${woken} open items`);
    return failed;
  } finally {
    await Promise.all([connection.close(), loops.end()]);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof StackError ? error.message : error);
  process.exitCode = 1;
}
