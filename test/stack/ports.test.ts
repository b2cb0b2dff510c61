import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { obtainPort, requirePort, StackError } from '../../stack/ports.ts';
import { freePort } from '../../stack/process-state.ts';

async function occupiedPort(): Promise<number> {
  const number = await freePort();
  const server = createServer();
  await new Promise<void>((done) => server.listen(number, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return number;
}

test('a free port is taken', async () => {
  const number = await freePort();
  const port = { number, setting: 'API_PORT', asked: false };
  expect(await requirePort('127.0.0.1', port, 'api')).toBe(number);
});

test('a port in use is refused with its number, its setting and what to do', async () => {
  const number = await occupiedPort();
  const refused = requirePort('127.0.0.1', { number, setting: 'API_PORT', asked: false }, 'api');
  await expect(refused).rejects.toThrow(StackError);
  await expect(refused).rejects.toThrow(`api needs port ${number} of 127.0.0.1, which another program uses`);
  await expect(refused).rejects.toThrow(`API_PORT=${number + 1} npm start`);
});

test('an address that is not ours is refused in other words', async () => {
  const refused = requirePort('192.0.2.1', { number: 4000, setting: 'API_PORT', asked: true }, 'api');
  await expect(refused).rejects.toThrow('cannot listen on 192.0.2.1:4000 (EADDRNOTAVAIL)');
});

test('a default port in use is exchanged for a free one, and that is said', async () => {
  const number = await occupiedPort();
  const said: string[] = [];
  const port = { number, setting: 'TEMPORAL_PORT', asked: false };
  const taken = await obtainPort('127.0.0.1', port, 'Temporal', (line) => said.push(line));
  expect(taken).not.toBe(number);
  expect(said.join()).toContain(`port ${number} is in use, Temporal takes ${taken}`);
});

test('a port that was asked for is not exchanged', async () => {
  const port = { number: await occupiedPort(), setting: 'TEMPORAL_PORT', asked: true };
  const say = (line: string): never => expect.unreachable(line);
  await expect(obtainPort('127.0.0.1', port, 'Temporal', say)).rejects.toThrow('TEMPORAL_PORT=');
});
