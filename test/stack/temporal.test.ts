import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { expect, inject, onTestFinished, test } from 'vitest';
import { readStackConfig } from '../../config.ts';
import { freePort, isAlive } from '../../stack/process-state.ts';
import { findTemporal } from '../../stack/temporal-executable.ts';
import { startTemporal, type TemporalServer, useTemporal } from '../../stack/temporal.ts';
import { scratchDirectory, until, writeProgram } from './scratch.ts';

const { signal } = new AbortController();
const silent = (): void => undefined;

async function executable(): Promise<string> {
  const { path } = await findTemporal({ cacheDir: readStackConfig().cacheDir, say: silent, signal });
  return path;
}

async function start(database: string, namespace: string, log: (line: string) => void): Promise<TemporalServer> {
  const port = await freePort();
  const server = await startTemporal({ executable: await executable(), port, namespace, database, log, signal });
  onTestFinished(async () => await server.stop('told'));
  return server;
}

async function retentionDays(address: string, namespace: string): Promise<number> {
  const connection = await Connection.connect({ address });
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    return Number(config?.workflowExecutionRetentionTtl?.seconds) / 86_400;
  } finally {
    await connection.close();
  }
}

test('a server is up with its namespace kept for 90 days, and gone when it is stopped', async () => {
  const database = join(scratchDirectory(), 'temporal', 'temporal.db');
  const server = await start(database, 'four-lists', silent);
  expect(await retentionDays(server.address, 'four-lists')).toBe(90);
  const { pid } = JSON.parse(readFileSync(`${database}.pid`, 'utf8')) as { pid: number };
  expect(isAlive(pid)).toBe(true);
  await server.stop('asked');
  expect(isAlive(pid)).toBe(false);
  await until('the pid file is gone', () => !existsSync(`${database}.pid`));
});

test('a server that a killed parent left behind is ended by the next start', async () => {
  const directory = scratchDirectory();
  const database = join(directory, 'temporal.db');
  const stack = fileURLToPath(new URL('../../stack/temporal.ts', import.meta.url));
  const options = { executable: await executable(), port: await freePort(), namespace: 'four-lists', database };
  const parent = await writeProgram(
    directory,
    'parent.mts',
    `import { startTemporal } from ${JSON.stringify(stack)};
     await startTemporal({ ...${JSON.stringify(options)}, log: console.log, signal: new AbortController().signal });
     console.log('up');`,
  );
  const running = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), parent], { stdio: 'pipe' });
  await new Promise((done) => running.stdout.once('data', done));
  running.kill('SIGKILL');
  const { pid } = JSON.parse(readFileSync(`${database}.pid`, 'utf8')) as { pid: number };
  onTestFinished(() => void (isAlive(pid) && process.kill(pid, 'SIGKILL')));
  await sleep(100);
  expect(isAlive(pid)).toBe(true);
  const lines: string[] = [];
  await start(database, 'four-lists', (line) => lines.push(line));
  expect(isAlive(pid)).toBe(false);
  expect(lines.join()).toContain(`ending the Temporal server left behind (process ${pid})`);
});

test('a server that cannot listen does not count as started', async () => {
  const { temporalAddress } = inject('servers');
  const port = Number(temporalAddress.split(':')[1]);
  const options = { executable: await executable(), port, namespace: 'another', log: silent, signal };
  await expect(startTemporal(options)).rejects.toThrow('temporal did not start (exit code 1)');
});

test('a server of the user’s own gets the namespace if it is missing, and keeps it as it is', async () => {
  const { temporalAddress } = inject('servers');
  const said: string[] = [];
  const namespace = `own-${process.pid}`;
  await useTemporal(temporalAddress, namespace, (line) => said.push(line));
  await useTemporal(temporalAddress, namespace, (line) => said.push(line));
  expect(said).toHaveLength(1);
  expect(await retentionDays(temporalAddress, namespace)).toBe(90);
});

test('a server of the user’s own that does not answer is named', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  await expect(useTemporal(address, 'four-lists', silent)).rejects.toThrow(
    `the Temporal server at ${address} cannot be used`,
  );
});
